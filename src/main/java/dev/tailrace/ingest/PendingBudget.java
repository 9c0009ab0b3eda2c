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
 * else with them. So they have at most half of the limit, and who wants more is refused; of this half a caller has a
 * {@linkplain #share share}, however many connections it opens.
 */
public final class PendingBudget implements Room {

    private final long limit;

    /** Senders go on when so little is left, rather than at the limit, or they would stop again at once. */
    private final long low;

    private final AtomicLong held = new AtomicLong(); // waiting for storage, or unfinished
    private final FairRoom unfinished;
    private final LongAdder unread = new LongAdder();
    private final List<Runnable> onRoom = new CopyOnWriteArrayList<>();

    /** @param limit in bytes */
    public PendingBudget(long limit) {
        this.limit = limit;
        this.low = limit - limit / 4;
        this.unfinished = new FairRoom(limit / 2);
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

    /** Counts bytes that wait for a sender that has no share. */
    @Override
    public boolean hold(long more) {
        return hold(unfinished, more);
    }

    @Override
    public void release(long less) {
        release(unfinished, less);
    }

    @Override
    public long most() {
        return unfinished.most();
    }

    /** The part that a caller has in what waits for senders, as {@link FairRoom#share}. */
    Room share(String caller, int part) {
        Room share = unfinished.share(caller, part);
        return new Room() {
            @Override
            public boolean hold(long more) {
                return PendingBudget.this.hold(share, more);
            }

            @Override
            public void release(long less) {
                PendingBudget.this.release(share, less);
            }

            @Override
            public long most() {
                return share.most();
            }
        };
    }

    private boolean hold(Room room, long more) {
        boolean fits = room.hold(more);
        if (fits) {
            held.addAndGet(more);
        }
        return fits;
    }

    private void release(Room room, long less) {
        room.release(less);
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
