package dev.tailrace.egress;

import dev.tailrace.broker.Broker;
import dev.tailrace.broker.Filter;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.ring.Page;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a range of a ring page by page into a response, no faster than its reader takes it; holds one page at a time. */
final class HistoryReader {

    private static final int PAGE_ENTRIES = 500;
    private static final int PAGE_BYTES = 64 * 1024;

    /** Entries that are held at once when they are written backwards. */
    private static final int WINDOW_ENTRIES = 100;

    private final Broker broker;
    private final DeviceId device;
    private final @Nullable Wanted wanted;

    /** Offsets {@code first} to {@code last} of an epoch, and at most {@code limit} entries of them. */
    record Range(String epoch, long first, long last, int limit) {}

    /** Which entries to show. */
    interface Wanted {
        boolean shows(long offset, byte[] bytes, int start, int end);

        /** What a filter lets through; null for all. */
        static @Nullable Wanted by(@Nullable Filter filter) {
            return filter == null ? null : (offset, bytes, start, end) -> Filter.shows(filter, bytes, start, end);
        }
    }

    /** @param wanted which entries to show, or null for all */
    HistoryReader(Broker broker, DeviceId device, @Nullable Wanted wanted) {
        this.broker = broker;
        this.device = device;
        this.wanted = wanted;
    }

    /** Where the newest {@code count} entries that are wanted begin, or fewer when there are no more; behind the last when there is none. */
    Future<Long> firstOfNewest(long first, long last, int count) {
        if (wanted == null || count == 0) {
            return Future.succeededFuture(Math.max(first, last - count + 1));
        }
        long from = Math.max(first, last - PAGE_ENTRIES + 1);
        return countBack(first, from, last, count, last + 1);
    }

    // Walks backwards in steps of a page; a step whose entries are many bytes takes several reads forwards.
    private Future<Long> countBack(long first, long from, long to, int count, long oldestFound) {
        return matching(from, to).compose(matches -> {
            if (matches.length >= count) {
                return Future.succeededFuture(matches[matches.length - count]);
            }
            long oldest = matches.length == 0 ? oldestFound : matches[0];
            if (from <= first) {
                return Future.succeededFuture(oldest);
            }
            return countBack(first, Math.max(first, from - PAGE_ENTRIES), from - 1, count - matches.length, oldest);
        });
    }

    private Future<long[]> matching(long from, long to) {
        if (from > to) {
            return Future.succeededFuture(new long[0]);
        }
        return broker.read(device, from, PAGE_ENTRIES, PAGE_BYTES).compose(page -> {
            Entries entries = page.entries();
            long[] found = new long[entries.size()];
            int count = 0;
            for (int i = 0; i < entries.size() && page.first() + i <= to; i++) {
                if (shows(page, i)) {
                    found[count++] = page.first() + i;
                }
            }
            long[] here = Arrays.copyOf(found, count);
            long next = page.first() + entries.size();
            if (next <= from || next > to) {
                return Future.succeededFuture(here);
            }
            return matching(next, to).map(rest -> concat(here, rest));
        });
    }

    private static long[] concat(long[] a, long[] b) {
        long[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    /** Writes what passes the filter; completes when all is written or the reader is gone. */
    Future<Void> read(Range range, HistoryFormat.Writer writer, HttpServerResponse response) {
        if (range.first > range.last || range.limit == 0) {
            return Future.succeededFuture();
        }
        return broker.read(device, range.first, PAGE_ENTRIES, PAGE_BYTES).compose(page -> {
            long next = page.first() + page.entries().size();
            if (next <= range.first || !page.state().epoch().equals(range.epoch)) {
                return Future.succeededFuture(); // cleared or lost meanwhile; what was written was true
            }
            Buffer out = Buffer.buffer(page.entries().byteSize() * 5 / 4);
            int shown = append(page, range, writer, out);
            Range rest = new Range(range.epoch, next, range.last, range.limit - shown);
            return write(response, writer.packed(out)).compose(nothing -> read(rest, writer, response));
        });
    }

    private int append(Page page, Range range, HistoryFormat.Writer writer, Buffer out) {
        Entries entries = page.entries();
        int shown = 0;
        for (int i = 0; i < entries.size() && shown < range.limit; i++) {
            long offset = page.first() + i;
            if (offset <= range.last && shows(page, i)) {
                writer.entry(out, range.epoch, offset, entries.bytes(), entries.start(i), entries.end(i));
                shown++;
            }
        }
        return shown;
    }

    private boolean shows(Page page, int index) {
        Entries entries = page.entries();
        return wanted == null
                || wanted.shows(page.first() + index, entries.bytes(), entries.start(index), entries.end(index));
    }

    // ---- backwards

    /** Writes what is wanted, the newest first; completes when all is written or the reader is gone. */
    Future<Void> readBack(Range range, HistoryFormat.Writer writer, HttpServerResponse response) {
        if (range.first > range.last || range.limit == 0) {
            return Future.succeededFuture();
        }
        long from = Math.max(range.first, range.last - WINDOW_ENTRIES + 1);
        return window(range.epoch, from, range.last).compose(pages -> {
            Buffer out = Buffer.buffer();
            int shown = 0;
            for (int i = pages.size() - 1; i >= 0; i--) {
                shown += appendBack(pages.get(i), range, range.limit - shown, writer, out);
            }
            Range rest = new Range(range.epoch, range.first, from - 1, range.limit - shown);
            return write(response, out).compose(nothing -> readBack(rest, writer, response));
        });
    }

    /** What the ring still has of a few consecutive entries. */
    private Future<List<Page>> window(String epoch, long from, long to) {
        if (from > to) {
            return Future.succeededFuture(List.of());
        }
        return broker.read(device, from, (int) (to - from + 1), PAGE_BYTES).compose(page -> {
            long next = page.first() + page.entries().size();
            if (next <= from || !page.state().epoch().equals(epoch)) {
                return Future.succeededFuture(List.of()); // cleared or lost meanwhile
            }
            return window(epoch, next, to).map(rest -> {
                List<Page> pages = new ArrayList<>(List.of(page));
                pages.addAll(rest);
                return pages;
            });
        });
    }

    private int appendBack(Page page, Range range, int limit, HistoryFormat.Writer writer, Buffer out) {
        Entries entries = page.entries();
        int shown = 0;
        for (int i = entries.size() - 1; i >= 0 && shown < limit; i--) {
            long offset = page.first() + i;
            if (offset <= range.last && shows(page, i)) {
                writer.entry(out, range.epoch, offset, entries.bytes(), entries.start(i), entries.end(i));
                shown++;
            }
        }
        return shown;
    }

    private static Future<Void> write(HttpServerResponse response, Buffer out) {
        if (out.length() == 0) {
            return Future.succeededFuture();
        }
        Future<Void> written = response.write(out);
        // A stream of HTTP/2 counts messages, not bytes, and would hold sixteen pages before it is full.
        boolean isStream = response.streamId() >= 0;
        return isStream || response.writeQueueFull() ? written : Future.succeededFuture();
    }
}
