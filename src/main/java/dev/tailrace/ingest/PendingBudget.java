package dev.tailrace.ingest;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes that wait for storage over all connections of a node. When they exceed the limit, those connections
 * pause that hold more than the average, so the largest contributors first. Shared by all event loops.
 */
public final class PendingBudget {

    private final long limit;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger contributors = new AtomicInteger();

    /** @param limit in bytes */
    public PendingBudget(long limit) {
        this.limit = limit;
    }

    /** Bytes that wait for storage now. */
    public long bytes() {
        return bytes.get();
    }

    void join() {
        contributors.incrementAndGet();
    }

    void leave() {
        contributors.decrementAndGet();
    }

    void add(long more) {
        bytes.addAndGet(more);
    }

    void remove(long less) {
        bytes.addAndGet(-less);
    }

    /** Whether a connection that holds {@code own} bytes has to pause. */
    boolean isOverdrawnBy(long own) {
        long all = bytes.get();
        return all > limit && own >= all / Math.max(1, contributors.get());
    }
}
