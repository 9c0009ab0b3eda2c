package dev.tailrace.broker;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long work for readers may take, in total, before an event loop does something else. The rest of a flush goes on
 * after the loop has read from its sockets once; other work, which is rare, after {@link #PAUSE_MILLIS}.
 */
final class Slice {

    static final long NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /**
     * With a timer and not in the next task, because the loop runs its tasks for up to a second before it reads again.
     */
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

    /** For work that must not be interrupted. */
    static Slice endless() {
        return new Slice(() -> 0, Long.MAX_VALUE);
    }

    /** This slice until the pause after it is over, then a new one. */
    Slice now() {
        long now = nanoTime.getAsLong();
        if (now - began >= NANOS + PAUSE_NANOS) {
            began = now;
        }
        return this;
    }

    /** Begins a new slice; the loop has read from its sockets since the last one. */
    void begin() {
        began = nanoTime.getAsLong();
    }

    boolean isOver() {
        return nanoTime.getAsLong() - began >= length;
    }
}
