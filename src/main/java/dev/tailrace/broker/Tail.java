package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A feed's newest announcements, packed as they arrived, and what was read from the ring before them, so that a
 * subscriber that is behind need not read the ring. Usually holds at most {@link #USUAL_BYTES}. While a subscriber lags
 * it may grow to {@link #BURST_BYTES}, because a burst can pass through the whole ring before even a fast subscriber
 * has taken it. That memory is one feed's, however many subscribers lag, and {@link TailBudget} bounds it over all
 * feeds. Beyond that the oldest chunk is dropped. There may be a hole between what was read and what was announced.
 */
final class Tail {

    static final int USUAL_BYTES = 256 * 1024;
    static final int BURST_BYTES = 4 * 1024 * 1024;

    /** Chunks are joined up to this size when a subscriber that is behind reads them. */
    static final int JOINED_BYTES = 64 * 1024;

    private final TailBudget budget;

    /** By first offset; they do not overlap. */
    private final NavigableMap<Long, Chunk> chunks = new TreeMap<>();

    private int bytes;

    Tail(TailBudget budget) {
        this.budget = budget;
    }

    /**
     * Appends what was announced.
     *
     * @param lagging whether a subscriber may still need more than the usual
     */
    void add(Chunk chunk, boolean lagging) {
        hold(chunk);
        trim(lagging && !budget.isOverdrawn() ? BURST_BYTES : USUAL_BYTES);
    }

    /** Adds what was read and is not held yet, if there is room for it. */
    void fill(Chunk read, long head) {
        long first = read.first();
        Map.Entry<Long, Chunk> before = chunks.floorEntry(first);
        if (before != null) {
            first = Math.max(first, before.getValue().last() + 1);
        }
        Long after = chunks.higherKey(first - 1);
        long last = Math.min(Math.min(read.last(), head), after == null ? Long.MAX_VALUE : after - 1);
        if (first > last) {
            return;
        }
        Chunk missing = read.part(first, last);
        int size = missing.entries().byteSize();
        if (bytes + size <= USUAL_BYTES && budget.hasRoomToShare()) {
            hold(missing);
        }
    }

    private void hold(Chunk chunk) {
        chunks.put(chunk.first(), chunk);
        chunk.hold();
        chunk.paidBy(budget);
        account(chunk.entries().byteSize());
    }

    private void release(Chunk chunk) {
        chunks.remove(chunk.first());
        account(-chunk.entries().byteSize());
        chunk.paidBy(null);
        chunk.release();
    }

    private void account(int change) {
        bytes += change;
        budget.add(change);
    }

    /** No subscriber lags any more. */
    void trim() {
        trim(USUAL_BYTES);
    }

    void clear() {
        trim(0);
    }

    private void trim(int limit) {
        while (bytes > limit) {
            release(chunks.firstEntry().getValue());
        }
    }

    boolean holds(long offset) {
        return holding(offset) != null;
    }

    private @Nullable Chunk holding(long offset) {
        Map.Entry<Long, Chunk> before = chunks.floorEntry(offset);
        return before == null || before.getValue().last() < offset ? null : before.getValue();
    }

    /** The entries from {@code offset} on in one chunk, up to {@code last}; null when they are not held. */
    @Nullable
    Chunk from(long offset, long last) {
        Chunk chunk = holding(offset);
        if (chunk == null) {
            return null;
        }
        Chunk following = joined(chunk, last).part(offset, last);
        // The encoding is remembered with the chunk, so beyond the budget the chunk is returned as a copy without it.
        return budget.isOverdrawn() ? new Chunk(following.first(), following.entries()) : following;
    }

    /** Joins a small chunk with its successors, because a write costs nearly the same whatever its size. */
    private Chunk joined(Chunk chunk, long last) {
        int size = chunk.entries().byteSize();
        if (size >= JOINED_BYTES / 2) {
            return chunk; // otherwise each new entry would discard the encoding that is shared
        }
        Chunk end = chunk;
        Chunk next = chunks.get(end.last() + 1);
        while (next != null && next.last() <= last && size + next.entries().byteSize() <= JOINED_BYTES) {
            size += next.entries().byteSize();
            end = next;
            next = chunks.get(end.last() + 1);
        }
        return end == chunk ? chunk : join(chunk, end, size);
    }

    private Chunk join(Chunk begin, Chunk end, int size) {
        Entries.Builder all = new Entries.Builder(size);
        for (Chunk part = begin; part != null && part.first() <= end.first(); part = chunks.get(part.last() + 1)) {
            release(part);
            all.append(part.entries());
        }
        Chunk joined = new Chunk(begin.first(), all.build());
        hold(joined);
        return joined;
    }
}
