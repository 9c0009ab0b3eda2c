package dev.tailrace.ingest;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds the bytes that all ways in of a node hold. When they exceed the limit, no sender is read and no new one is taken until enough
 * of them are stored or given up. Counted is the room that arrays take, not what is in it. Shared by all event loops.
 *
 * <p>Bytes that wait for their sender (the begin of a line, or of a document) would wait for ever if it never went on, and everybody
 * else with them. So they have at most half of the limit, and who wants more is refused.
 */
public final class PendingBudget {

    private final long limit;

    /** Senders go on when so little is left, rather than at the limit, or they would stop again at once. */
    private final long low;

    private final AtomicLong held = new AtomicLong(); // waiting for storage, or unfinished
    private final AtomicLong unfinished = new AtomicLong();
    private final LongAdder unread = new LongAdder();
    private final List<Runnable> onRoom = new CopyOnWriteArrayList<>();

    /** @param limit in bytes */
    public PendingBudget(long limit) {
        this.limit = limit;
        this.low = limit - limit / 4;
    }

    /** Bytes that are held now. */
    public long bytes() {
        return held.get() + unread.sum();
    }

    /** Counts bytes that wait for storage; fewer when negative. */
    void add(long more) {
        long after = held.addAndGet(more);
        if (after <= low && after - more > low) {
            onRoom.forEach(Runnable::run);
        }
    }

    /** Counts bytes that wait for storage no longer. */
    void remove(long less) {
        add(-less);
    }

    /**
     * Counts bytes that wait for their sender.
     *
     * @return false when there is no room for them; they are not counted then, and must not be held
     */
    boolean hold(long more) {
        if (unfinished.addAndGet(more) > limit / 2) {
            unfinished.addAndGet(-more);
            return false;
        }
        held.addAndGet(more);
        return true;
    }

    /** Counts bytes that wait for their sender no longer. */
    void release(long less) {
        unfinished.addAndGet(-less);
        add(-less);
    }

    /**
     * Counts bytes that arrived at senders that are not read: at most one read of each connection. They stop nobody, for they
     * leave only when their senders go on.
     */
    void unread(long more) {
        unread.add(more);
    }

    /** Whether nobody is to be read. */
    boolean isOverdrawn() {
        return held.get() > limit;
    }

    /** Whether those who wait may go on. */
    boolean hasRoom() {
        return held.get() <= low;
    }

    /** Bytes until nobody is to be read. */
    long room() {
        return Math.max(0, limit - held.get());
    }

    /** Runs the handler, on any thread, each time that those who wait may go on. */
    void onRoom(Runnable handler) {
        onRoom.add(handler);
    }
}
