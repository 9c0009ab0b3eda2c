package dev.tailrace.ingest;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Runs the long work of one event loop, such as decompressing bodies, one slice after the other, however many senders
 * there are. After each slice the loop reads its connections. Touched on that loop only.
 */
public final class Slices {

    /** A timer rather than a task: Netty 4.2 runs tasks for up to a second before it reads connections again. */
    private static final long PAUSE_MILLIS = 1;

    private final Vertx vertx;
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    Slices(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Runs the slice at once when no other waits, else after those that wait. */
    public void run(Runnable slice) {
        if (waiting.isEmpty()) {
            slice.run();
        } else {
            waiting.add(slice);
        }
    }

    /** Runs the slice after those that wait; called by a slice that is not done. */
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
        // The slice stays in the queue until it is done, so that run() does not run another one at once meanwhile.
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
