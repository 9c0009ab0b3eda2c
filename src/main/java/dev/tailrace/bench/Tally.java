package dev.tailrace.bench;

import org.HdrHistogram.Histogram;

/** The counts of all connections of a run. */
final class Tally {

    private static final long MAX_LATENCY_NANOS = 600_000_000_000L;

    long sent;
    long acknowledged;
    long rejected;
    long delivered; // to readers that are not slow
    long deliveredSlow;
    long readBytes; // of streams, while it is measured

    // Each of these is a fault of the broker.
    long duplicates;
    long disordered;
    long lost;
    long offsetHoles;
    long foreign;
    long inexactGaps;
    long unacknowledged; // when the run gave up waiting
    long broken; // connections that ended early

    // These are allowed, and reported by the broker.
    long gaps;
    long gapEntries;
    long slowGapEntries;
    long evicted;

    /** Nanoseconds from the time at which a line was due to its arrival at a reader. */
    final Histogram latency = new Histogram(1000, MAX_LATENCY_NANOS, 3);

    /** Lines that were due within these bounds are measured. */
    long measureFrom = Long.MAX_VALUE;

    long measureTo = Long.MAX_VALUE;

    void latency(long sentNanos, long nowNanos) {
        if (sentNanos >= measureFrom && sentNanos < measureTo) {
            latency.recordValue(Math.max(0, Math.min(MAX_LATENCY_NANOS, nowNanos - sentNanos)));
        }
    }

    /** Bytes of a stream arrived. */
    void read(int bytes, long nowNanos) {
        if (nowNanos >= measureFrom && nowNanos < measureTo) {
            readBytes += bytes;
        }
    }

    boolean isClean() {
        return rejected + duplicates + disordered + lost + offsetHoles + foreign + inexactGaps + unacknowledged + broken
                == 0;
    }
}
