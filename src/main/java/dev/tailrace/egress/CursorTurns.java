package dev.tailrace.egress;

import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.Subscriber;
import io.vertx.core.Vertx;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The order in which the cursors of one stream go on after they had to stop: round robin, but cursors that missed their
 * turn come first. Touched on the stream's event loop only.
 */
final class CursorTurns {

    private final Vertx vertx;
    private final Subscriber stream;
    private Set<Cursor> waiting = Set.of(); // usually no cursor waits, and no set is needed
    private Set<Cursor> missed = Set.of();
    private boolean scheduled;

    CursorTurns(Vertx vertx, Subscriber stream) {
        this.vertx = vertx;
        this.stream = stream;
    }

    /** The cursor goes on after those that wait already, when the stream takes more. */
    void await(Cursor cursor) {
        if (waiting.isEmpty()) {
            waiting = new LinkedHashSet<>(2);
        }
        waiting.add(cursor);
        if (stream.isShared() && !scheduled && !stream.isFull()) {
            scheduled = true;
            vertx.runOnContext(nothing -> {
                scheduled = false;
                take();
            });
        }
    }

    /** The cursor goes on before all that did not miss their turn. */
    void missed(Cursor cursor) {
        if (missed.isEmpty()) {
            missed = new LinkedHashSet<>(2);
        }
        missed.add(cursor);
    }

    void remove(Cursor cursor) {
        if (!waiting.isEmpty()) {
            waiting.remove(cursor);
        }
        if (!missed.isEmpty()) {
            missed.remove(cursor);
        }
    }

    /**
     * Each cursor that waits goes on, until the stream is full; a cursor that has to wait again comes after the others.
     */
    void take() {
        for (int due = missed.size() + waiting.size(); due > 0 && !stream.isFull(); due--) {
            Set<Cursor> first = missed.isEmpty() ? waiting : missed;
            Cursor next = first.iterator().next();
            first.remove(next);
            next.drained();
        }
    }
}
