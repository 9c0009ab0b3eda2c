package dev.tailrace.broker;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long work for readers may go on before an event loop does something else, all such work together. What is left of a flush
 * goes on when the loop has read from its sockets once; other work, which is rare, after {@link #PAUSE_MILLIS}.
 */
final class Slice {

    static final long NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** A timer and not the next task, because the loop runs its tasks for up to a second before it reads again. */
    static final long PAUSE_MILLIS = 1;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);

    private final LongSupplier nanoTime;
    private final long length;
    private long began;

    Slice(LongSupplier nanoTime) {
        this(nanoTime, NANOS);
    }

    private Slice(LongSupplier nanoTime, long length) {
        this.nanoTime = nanoTime;
        this.length = length;
        this.began = nanoTime.getAsLong();
    }

    /** For what has to be done before anything else is. */
    static Slice endless() {
        return new Slice(() -> 0, Long.MAX_VALUE);
    }

    /** This one while it goes on and until the pause after it is over, else begun anew. */
    Slice now() {
        long now = nanoTime.getAsLong();
        if (now - began >= NANOS + PAUSE_NANOS) {
            began = now;
        }
        return this;
    }

    /** Begins anew, when the loop has read from its sockets since. */
    void begin() {
        began = nanoTime.getAsLong();
    }

    boolean isOver() {
        return nanoTime.getAsLong() - began >= length;
    }
}
