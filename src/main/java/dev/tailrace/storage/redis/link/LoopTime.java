package dev.tailrace.storage.redis.link;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Time for which an event loop was running. Of the time between two ticks at most twice their interval counts, so after
 * a pause of the process, or a long task on the loop, no deadline has passed before the loop could read what arrived
 * meanwhile.
 *
 * <p>It changes with the ticks only. Touched only on the loop that it measures.
 */
final class LoopTime {

    private final LongSupplier nanoTime;
    private final long mostPerTick;
    private long tickedAt;
    private long nanos;

    /** @param tickMillis the interval in which {@link #tick} is called, in milliseconds */
    LoopTime(long tickMillis) {
        this(tickMillis, System::nanoTime);
    }

    LoopTime(long tickMillis, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.mostPerTick = TimeUnit.MILLISECONDS.toNanos(2 * tickMillis);
        this.tickedAt = nanoTime.getAsLong();
    }

    void tick() {
        long now = nanoTime.getAsLong();
        nanos += Math.min(now - tickedAt, mostPerTick);
        tickedAt = now;
    }

    /** Nanoseconds from the first to the latest tick, without pauses. */
    long nanos() {
        return nanos;
    }
}
