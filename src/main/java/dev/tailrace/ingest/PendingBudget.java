package dev.tailrace.ingest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds the bytes that all ways in of a node hold. When they exceed the limit, no sender is read and no new one is taken until enough
 * of them are stored or given up; long before that, a caller that holds more than its {@linkplain PendingShare share} is read no more.
 * Counted is the room that arrays take, not what is in it. Shared by all event loops.
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
    private final Map<String, Senders> callers = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Runnable> onRoom = new CopyOnWriteArrayList<>();

    /** It was overdrawn, and too little has left since. */
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

    /** The part that a caller has in what waits for senders. */
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
     * Counts bytes that arrived at senders that are not read: at most one read of each connection. They stop nobody, for they
     * leave only when their senders go on.
     */
    public void unread(long more) {
        unread.add(more);
    }

    /** Counts what a new sender has waiting for storage with what the caller's others have, until the share is closed. */
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

    /** Whether no new sender of the caller is to be taken. */
    boolean isOverdrawn(Account account) {
        Senders senders = callers.get(account.caller());
        return isOverdrawn()
                || (senders != null && PendingShare.isMoreThanItsPart(senders.held.get(), account, room()));
    }

    /** Callers that have a sender. */
    int callers() {
        return callers.size();
    }

    /** Whether nobody is to be read. */
    boolean isOverdrawn() {
        return held.get() > limit;
    }

    /** Whether those who wait may go on, if they have not more than their shares. */
    boolean hasRoom() {
        return !full;
    }

    /** Bytes until nobody is to be read. */
    long room() {
        return Math.max(0, limit - held.get());
    }

    /** Runs the handler, on any thread, each time that some of those who wait may have got room. */
    void onRoom(Runnable handler) {
        onRoom.add(handler);
    }

    /** Counts senders that wait for room; fewer when negative. Whoever begins to wait looks for room after this once more. */
    void waits(int more) {
        waiting.addAndGet(more);
    }
}
