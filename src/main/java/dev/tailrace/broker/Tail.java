package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A feed's newest announcements, packed as they came, and what was read from the ring before them, so that a subscriber
 * that is behind need not ask the ring. Usually holds at most {@link #USUAL_BYTES}. While a subscriber lags it may grow to
 * {@link #BURST_BYTES}, because a burst can pass through the whole ring before even a fast subscriber has taken it; that
 * memory is one feed's, however many subscribers lag, and {@link TailBudget} bounds it over all feeds. Beyond that the
 * oldest chunk goes. Between what was read and what was announced there may be a hole.
 */
final class Tail {

    static final int USUAL_BYTES = 256 * 1024;
    static final int BURST_BYTES = 4 * 1024 * 1024;

    /** Chunks are joined up to this size when a subscriber that is behind comes for them. */
    static final int JOINED_BYTES = 64 * 1024;

    private final TailBudget budget;

    /** By first offset; they do not overlap. */
    private final NavigableMap<Long, Chunk> chunks = new TreeMap<>();

    private int bytes;

    Tail(TailBudget budget) {
        this.budget = budget;
    }

    /**
     * Takes what was announced, behind all that it has.
     *
     * @param lagging whether a subscriber may still come for more than the usual
     */
    void add(Chunk chunk, boolean lagging) {
        hold(chunk);
        trim(lagging && !budget.isOverdrawn() ? BURST_BYTES : USUAL_BYTES);
    }

    /** Takes what was read and is not there yet, if there is room for it. */
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

    /** Nobody lags any more. */
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

    /** What follows from {@code offset} on in one chunk, up to {@code last}; null when it is not held. */
    @Nullable
    Chunk from(long offset, long last) {
        Chunk chunk = holding(offset);
        if (chunk == null) {
            return null;
        }
        Chunk following = joined(chunk, last).part(offset, last);
        // What is shown is remembered beside the chunk, so beyond the budget it is given without the chunk.
        return budget.isOverdrawn() ? new Chunk(following.first(), following.entries()) : following;
    }

    /** A small chunk together with those that follow it: a write costs nearly the same whatever its size. */
    private Chunk joined(Chunk chunk, long last) {
        int size = chunk.entries().byteSize();
        if (size >= JOINED_BYTES / 2) {
            return chunk; // or each new entry would undo what is shared of it
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
