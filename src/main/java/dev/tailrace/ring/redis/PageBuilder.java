package dev.tailrace.ring.redis;

import dev.tailrace.model.Entries;
import dev.tailrace.model.Newlines;
import dev.tailrace.ring.Page;
import dev.tailrace.ring.RingState;

/**
 * Takes the entries of a page out of announcements, which is what Redis keeps. Where one is missing or cannot be read the
 * page ends, or begins after it when it has no entries yet.
 */
final class PageBuilder {

    /** A usual page; a larger one grows. */
    private static final int READ_BYTES = 66 * 1024;

    private final int maxEntries;
    private final int maxBytes;
    private final Entries.Builder entries;

    private long first;

    PageBuilder(long first, int maxEntries, int maxBytes) {
        this.first = first;
        this.maxEntries = maxEntries;
        this.maxBytes = maxBytes;
        this.entries = new Entries.Builder(Math.min(READ_BYTES, maxBytes));
    }

    /** Takes what is still wanted of some whole announcements, the next ones of the ring. */
    void add(byte[] announcements) {
        // Before the first header nothing can be told an offset.
        long offset = Long.MIN_VALUE;
        int end;
        for (int from = 0; from < announcements.length; from = end + 1) {
            end = Newlines.first(announcements, from, announcements.length);
            if (announcements[from] == 'S') {
                offset = firstOffset(announcements, end);
                if (offset > next() && entries.size() == 0) {
                    first = offset;
                }
            } else {
                if (offset == next() && wantsMore()) {
                    entries.append(announcements, from, end).endEntry();
                }
                offset++;
            }
        }
    }

    /** The decimal number before {@code end}. */
    private static long firstOffset(byte[] bytes, int end) {
        long offset = 0;
        long weight = 1;
        for (int at = end - 1; at >= 0 && bytes[at] >= '0' && bytes[at] <= '9'; at--) {
            offset += (bytes[at] - '0') * weight;
            weight *= 10;
        }
        return offset;
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
