package dev.tailrace.bench;

import org.HdrHistogram.Histogram;

/** What all connections of a run have counted. */
final class Tally {

    private static final long MAX_LATENCY_NANOS = 600_000_000_000L;

    long sent;
    long acknowledged;
    long rejected;
    long delivered; // to readers that are not slow
    long deliveredSlow;
    long readBytes; // of streams, while it is measured

    // A broker's duty is broken by each of these.
    long duplicates;
    long disordered;
    long lost;
    long offsetHoles;
    long foreign;
    long inexactGaps;
    long unacknowledged; // when the run gave up waiting
    long broken; // connections that ended early

    // These it may do, and tells.
    long gaps;
    long gapEntries;
    long slowGapEntries;
    long evicted;

    /** Nanoseconds from when a line was to leave to when a reader had it. */
    final Histogram latency = new Histogram(1000, MAX_LATENCY_NANOS, 3);

    /** Lines that were to leave within these bounds are measured. */
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
