package dev.tailrace.ingest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Limits the bytes that all ways in of a node hold. Above the limit, no sender is read and no new one is taken until
 * enough bytes are stored or given up. Long before that, a caller that holds more than its
 * {@linkplain PendingShare share} is not read any more. The size of arrays is counted, not the bytes used in them.
 * Shared by all event loops.
 *
 * <p>An unfinished line or document waits for its sender, perhaps for ever, and would make all other senders wait as
 * well. So unfinished input has at most half of the limit, and more of it is refused. Each caller has a
 * {@linkplain #share share} of this half, however many connections it opens.
 */
public final class PendingBudget implements Room {

    private final long limit;

    /** Senders continue at this number of bytes rather than at the limit, or they would stop again at once. */
    private final long low;

    private final AtomicLong held = new AtomicLong(); // waiting for storage, or unfinished
    private final FairRoom unfinished;
    private final LongAdder unread = new LongAdder();
    private final Map<String, Senders> callers = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Runnable> onRoom = new CopyOnWriteArrayList<>();

    /** Whether the limit was exceeded, and the bytes have not fallen to {@link #low} since. */
    private volatile boolean full;

    /** The senders of one caller. */
    private static final class Senders {
        private final AtomicLong held = new AtomicLong(); // waiting for storage
        private int count; // changed within the map only
    }

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

    /** Counts bytes that are held; fewer when negative. */
    void add(long more) {
        long after = held.addAndGet(more);
        if (after > limit) {
            full = true;
        }
        if (full && held.get() <= low) { // asked again, because others may have left before it was set
            full = false;
        } else if (more > 0) {
            return;
        }
        if (!full && waiting.get() > 0) {
            onRoom.forEach(Runnable::run);
        }
    }

    /** Counts unfinished input of a sender that has no share. */
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

    /** The share that a caller has of the room for unfinished input. */
    Room share(Account account) {
        Room share = unfinished.share(account);
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
            add(more);
        }
        return fits;
    }

    private void release(Room room, long less) {
        room.release(less);
        add(-less);
    }

    /**
     * Counts bytes that arrived from senders that are not read: at most one read of each connection. They do not stop
     * senders, because they can only be stored when their senders continue.
     */
    public void unread(long more) {
        unread.add(more);
    }

    /**
     * Opens the share of a new sender, which is counted together with the caller's other senders until it is closed.
     */
    PendingShare open(Account account) {
        Senders senders = callers.compute(account.caller(), (caller, known) -> {
            Senders all = known == null ? new Senders() : known;
            all.count++;
            return all;
        });
        return new PendingShare(this, account, senders.held);
    }

    void close(Account account) {
        callers.computeIfPresent(account.caller(), (caller, senders) -> --senders.count == 0 ? null : senders);
    }

    /** Whether new senders of the caller are refused. */
    boolean isOverdrawn(Account account) {
        Senders senders = callers.get(account.caller());
        return isOverdrawn()
                || (senders != null && PendingShare.isMoreThanItsPart(senders.held.get(), account, room()));
    }

    /** Number of callers that have a sender. */
    int callers() {
        return callers.size();
    }

    /** Whether no sender is to be read. */
    boolean isOverdrawn() {
        return held.get() > limit;
    }

    /** Whether waiting senders may continue, if their callers do not exceed their shares. */
    boolean hasRoom() {
        return !full;
    }

    /** Bytes left until no sender is read. */
    long room() {
        return Math.max(0, limit - held.get());
    }

    /** Runs the handler, on any thread, each time that there may be room for waiting senders. */
    void onRoom(Runnable handler) {
        onRoom.add(handler);
    }

    /**
     * Counts senders that wait for room; fewer when negative. A sender that begins to wait checks for room once more
     * after this call.
     */
    void waits(int more) {
        waiting.addAndGet(more);
    }
}
