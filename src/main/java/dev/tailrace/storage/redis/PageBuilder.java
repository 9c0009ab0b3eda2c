package dev.tailrace.storage.redis;

import dev.tailrace.model.Entries;
import dev.tailrace.model.codec.CleanText;
import dev.tailrace.model.codec.Newlines;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;

/**
 * Takes the entries of a page out of announcements, which is what Redis keeps. Where an entry is missing or cannot be
 * read the page ends, or, when it has no entries yet, begins after that one.
 */
final class PageBuilder {

    /** Bytes of a usual page; the buffer grows for a larger one. */
    private static final int READ_BYTES = 66 * 1024;

    /** The most decimal digits of a number that fits. */
    private static final long MOST_WEIGHT = 1_000_000_000_000_000_000L;

    private final long head;
    private final int maxEntries;
    private final int maxBytes;
    private final Entries.Builder entries;

    private long first;
    private boolean passedOver;

    /** @param head no entry is after it, whatever an announcement says */
    PageBuilder(long first, long head, int maxEntries, int maxBytes) {
        this.first = first;
        this.head = head;
        this.maxEntries = maxEntries;
        this.maxBytes = maxBytes;
        this.entries = new Entries.Builder(Math.min(READ_BYTES, maxBytes));
    }

    /** Takes the wanted entries of some whole announcements, the next ones of the ring. */
    void add(byte[] announcements) {
        // Before the first header the offset of an entry is not known.
        long offset = Long.MIN_VALUE;
        int end;
        for (int from = 0; from < announcements.length; from = end + 1) {
            end = Newlines.first(announcements, from, announcements.length);
            if (announcements[from] == 'S') {
                offset = firstOffset(announcements, end);
                if (offset > next() && offset <= head && entries.size() == 0) {
                    first = offset;
                    passedOver = true;
                }
            } else {
                if (offset == next() && offset <= head && wantsMore()) {
                    take(announcements, from, end);
                }
                offset++;
            }
        }
    }

    // Bytes that are not text would break the lines, events and messages in which they are sent. After readable entries
    // they end the page, because nothing else has their offset.
    private void take(byte[] bytes, int from, int end) {
        if (CleanText.is(bytes, from, end)) {
            entries.append(bytes, from, end).endEntry();
        } else if (entries.size() == 0) {
            first++;
            passedOver = true;
        }
    }

    /** The decimal number between a space and {@code end}; where there is none, an offset that no entry has. */
    private static long firstOffset(byte[] bytes, int end) {
        long offset = 0;
        long weight = 1;
        int at = end - 1;
        while (at >= 0 && bytes[at] >= '0' && bytes[at] <= '9' && weight < MOST_WEIGHT) {
            offset += (bytes[at] - '0') * weight;
            weight *= 10;
            at--;
        }
        return weight > 1 && bytes[at] == ' ' ? offset : Long.MIN_VALUE;
    }

    /** Whether something was found that cannot be read. */
    boolean passedOver() {
        return passedOver;
    }

    private long next() {
        return first + entries.size();
    }

    private boolean wantsMore() {
        return entries.size() < maxEntries && (entries.size() == 0 || entries.byteSize() < maxBytes);
    }

    Page build(RingState state) {
        return new Page(state, first, entries.build());
    }
}
