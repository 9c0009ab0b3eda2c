package dev.tailrace.broker;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long work for readers may go on in one turn of the event loop. What is left goes on after {@link #PAUSE_MILLIS}, so that
 * the loop reads from its sockets in between.
 */
final class Slice {

    static final long NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** A timer and not the next task, because the loop runs its tasks for up to a second before it reads again. */
    static final long PAUSE_MILLIS = 1;

    private final LongSupplier nanoTime;
    private final long began;
    private final long length;

    private Slice(LongSupplier nanoTime, long length) {
        this.nanoTime = nanoTime;
        this.began = nanoTime.getAsLong();
        this.length = length;
    }

    static Slice beginning(LongSupplier nanoTime) {
        return new Slice(nanoTime, NANOS);
    }

    /** For what has to be done before anything else is. */
    static Slice endless() {
        return new Slice(() -> 0, Long.MAX_VALUE);
    }

    /** When it began, by the clock that it was made with. */
    long began() {
        return began;
    }

    boolean isOver() {
        return nanoTime.getAsLong() - began >= length;
    }
}
