package dev.tailrace.ingest;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The long work of one event loop, such as expanding bodies, one slice after the other however many senders there are. After each slice
 * the loop looks at its connections. Touched on that loop only.
 */
public final class Slices {

    /** A task that is run at once would come before all connections, and with it up to a second's worth of others (Netty 4.2). */
    private static final long PAUSE_MILLIS = 1;

    private final Vertx vertx;
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    Slices(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Runs it at once when nothing waits, or else in its turn. */
    public void run(Runnable slice) {
        if (waiting.isEmpty()) {
            slice.run();
        } else {
            waiting.add(slice);
        }
    }

    /** Runs it in its turn; called by a slice that is not done. */
    public void next(Runnable slice) {
        waiting.add(slice);
        if (waiting.size() == 1) {
            pause();
        }
    }

    private void pause() {
        vertx.setTimer(PAUSE_MILLIS, id -> runOne());
    }

    private void runOne() {
        // It stays the first until it is done, so that nobody runs at once meanwhile.
        try {
            waiting.element().run();
        } finally {
            waiting.remove();
            if (!waiting.isEmpty()) {
                pause();
            }
        }
    }
}
