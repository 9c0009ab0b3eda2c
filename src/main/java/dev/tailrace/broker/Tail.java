package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A feed's newest announcements, packed as they came, so that a subscriber that is a little behind need not ask the ring.
 * Holds at most {@link #MAX_BYTES}; beyond that the oldest batch goes. Consecutive offsets only.
 */
final class Tail {

    static final int MAX_BYTES = 256 * 1024;

    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private int bytes;

    record Chunk(long first, Entries entries) {
        long last() {
            return first + entries.size() - 1;
        }
    }

    void add(Chunk chunk) {
        chunks.addLast(chunk);
        bytes += chunk.entries.byteSize();
        while (bytes > MAX_BYTES) {
            bytes -= chunks.removeFirst().entries.byteSize();
        }
    }

    void clear() {
        chunks.clear();
        bytes = 0;
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
