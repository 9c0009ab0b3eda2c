package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One flush of a feed in progress: a walk over the feed's cursors that can stop between two of them and go on in a
 * later tick of the loop. Cursors that join meanwhile are appended to the list and take nothing; none is removed from
 * it.
 */
final class Handover {

    /**
     * Writes of bytes that are encoded already, after which the clock is read; a millisecond or two of work. Counted,
     * because a thread that gets little of its processor would otherwise be stopped by the clock after a few of them.
     */
    static final int WRITES_PER_CHECK = 512;

    /** Views whose encoded entries are kept for the next cursors. The view of a single reader is seldom used again. */
    private static final int MOST_VIEWS = 64;

    private final String epoch;
    private final long first;
    private final long last;
    private final List<Chunk> chunks;
    private final int bytes;
    private final EncodeBuffer buffer;
    private final StreamBudget budget;
    private final Map<View, Encoded> views = new HashMap<>(4);
    private int next;
    private boolean delivered;

    /** @param chunks the entries {@code first} to {@code last} of the epoch */
    Handover(String epoch, long first, long last, List<Chunk> chunks, EncodeBuffer buffer, StreamBudget budget) {
        this.epoch = epoch;
        this.first = first;
        this.last = last;
        this.chunks = chunks;
        this.bytes =
                chunks.stream().mapToInt(chunk -> chunk.entries().byteSize()).sum();
        this.buffer = buffer;
        this.budget = budget;
    }

    /**
     * Goes on until the slice is over, but for one cursor at least. If a cursor throws, it is ended, and the others go
     * on.
     *
     * @return whether the walk is finished
     */
    boolean goOn(List<Cursor> cursors, Slice slice) {
        int unchecked = 0;
        while (next < cursors.size()) {
            int before = views.size();
            offer(cursors.get(next++));
            if (views.size() > before || ++unchecked == WRITES_PER_CHECK) {
                unchecked = 0;
                if (views.size() == MOST_VIEWS) {
                    release();
                }
                if (slice.isOver()) {
                    break;
                }
            }
        }
        return next >= cursors.size();
    }

    private void offer(Cursor cursor) {
        try {
            if (cursor.takes(first, last, bytes)) {
                cursor.deliver(views.computeIfAbsent(cursor.view(), this::encode), last);
                delivered = true;
            }
        } catch (Throwable failure) {
            cursor.fail(failure);
        }
    }

    private Encoded encode(View view) {
        return Encoded.of(view, epoch, chunks, buffer, budget);
    }

    /** Releases what was encoded. */
    void release() {
        views.values().forEach(Encoded::release);
        views.clear();
    }

    boolean hasDelivered() {
        return delivered;
    }

    /** When the oldest of the entries was received, in epoch milliseconds. */
    long receivedAt() {
        Entries oldest = chunks.get(0).entries();
        return Entry.receivedAt(oldest.bytes(), oldest.start(0), oldest.end(0));
    }
}
