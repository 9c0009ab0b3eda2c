package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A feed's newest announcements, packed as they came, so that a subscriber that is a little behind need not ask the ring.
 * Usually holds at most {@link #USUAL_BYTES}. While a subscriber lags it may grow to {@link #BURST_BYTES}, because a burst
 * can pass through the whole ring before even a fast subscriber has taken it; that memory is one feed's, however many
 * subscribers lag, and {@link TailBudget} bounds it over all feeds. Beyond that the oldest batch goes. Consecutive offsets
 * only.
 */
final class Tail {

    static final int USUAL_BYTES = 256 * 1024;
    static final int BURST_BYTES = 4 * 1024 * 1024;

    private final TailBudget budget;
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private int bytes;

    Tail(TailBudget budget) {
        this.budget = budget;
    }

    record Chunk(long first, Entries entries) {
        long last() {
            return first + entries.size() - 1;
        }
    }

    /** @param lagging whether a subscriber may still come for more than the usual */
    void add(Chunk chunk, boolean lagging) {
        chunks.addLast(chunk);
        bytes += chunk.entries.byteSize();
        budget.add(chunk.entries.byteSize());
        trim(lagging && !budget.isOverdrawn() ? BURST_BYTES : USUAL_BYTES);
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
            int gone = chunks.removeFirst().entries.byteSize();
            bytes -= gone;
            budget.add(-gone);
        }
    }

    /** What follows from {@code offset} on in one chunk, up to {@code last}; null when it is not held. */
    @Nullable
    Chunk from(long offset, long last) {
        if (chunks.isEmpty() || offset < chunks.getFirst().first) {
            return null;
        }
        for (Chunk chunk : chunks) {
            if (offset <= chunk.last()) {
                int from = (int) (offset - chunk.first);
                int to = (int) (Math.min(last, chunk.last()) - chunk.first) + 1;
                return new Chunk(offset, chunk.entries.slice(from, to));
            }
        }
        return null;
    }
}
