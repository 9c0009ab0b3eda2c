package dev.tailrace.broker;

import java.util.concurrent.TimeUnit;

/**
 * How long flushes of one event loop are put off, so that each has more entries: not at all while flushing takes at
 * most {@link #RELAXED} of the loop's time; beyond that, the longer the more time it takes.
 */
final class FlushPace {

    /** The longest time for which entries are held back. */
    static final long MAX_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** What is longer ago than this counts little. */
    static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    static final double RELAXED = 0.6;

    /** From this share on the delay is the longest. */
    static final double SATURATED = 0.9;

    private double share; // of the loop's time, spent flushing
    private long last; // nanoTime when a flush ended

    FlushPace(long now) {
        last = now;
    }

    void flushed(long began, long ended) {
        long passed = ended - last;
        if (passed > 0) {
            double kept = Math.exp(-(double) passed / WINDOW_NANOS);
            share = share * kept + (1 - kept) * (ended - began) / passed;
            last = ended;
        }
    }

    /** The nanoTime before which the next flush does not begin. */
    long notBefore() {
        double strain = (share - RELAXED) / (SATURATED - RELAXED);
        return last + (long) (MAX_DELAY_NANOS * Math.min(1, Math.max(0, strain)));
    }
}
