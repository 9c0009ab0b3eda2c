package dev.tailrace.egress;

import dev.tailrace.broker.Broker;
import dev.tailrace.broker.Filter;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.ring.Page;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads a range of a ring page by page into a response, no faster than its reader takes it; holds one page at a time. */
final class HistoryReader {

    private static final int PAGE_ENTRIES = 500;
    private static final int PAGE_BYTES = 64 * 1024;

    private final Broker broker;
    private final DeviceId device;
    private final @Nullable Filter filter;

    /** Offsets {@code first} to {@code last} of an epoch, and at most {@code limit} entries of them. */
    record Range(String epoch, long first, long last, int limit) {}

    HistoryReader(Broker broker, DeviceId device, @Nullable Filter filter) {
        this.broker = broker;
        this.device = device;
        this.filter = filter;
    }

    /** The offset from which on {@code wanted} entries pass the filter, or {@code first} when fewer do. */
    Future<Long> firstOfNewest(long first, long last, int wanted) {
        if (filter == null || wanted == 0) {
            return Future.succeededFuture(Math.max(first, last - wanted + 1));
        }
        long from = Math.max(first, last - PAGE_ENTRIES + 1);
        return countBack(first, from, last, wanted);
    }

    // Walks backwards in steps of a page; a step whose entries are many bytes takes several reads forwards.
    private Future<Long> countBack(long first, long from, long to, int wanted) {
        return matching(from, to).compose(matches -> {
            if (matches.length >= wanted) {
                return Future.succeededFuture(matches[matches.length - wanted]);
            }
            if (from <= first) {
                return Future.succeededFuture(first);
            }
            return countBack(first, Math.max(first, from - PAGE_ENTRIES), from - 1, wanted - matches.length);
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
                if (shows(entries, i)) {
                    found[count++] = page.first() + i;
                }
            }
            long[] here = Arrays.copyOf(found, count);
            long next = page.first() + entries.size();
            if (entries.isEmpty() || next > to) {
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
            if (page.entries().isEmpty() || !page.state().epoch().equals(range.epoch)) {
                return Future.succeededFuture(); // cleared or lost meanwhile; what was written was true
            }
            Buffer out = Buffer.buffer(page.entries().byteSize() * 5 / 4);
            int shown = append(page, range, writer, out);
            Range rest = new Range(range.epoch, page.first() + page.entries().size(), range.last, range.limit - shown);
            return write(response, writer.packed(out)).compose(nothing -> read(rest, writer, response));
        });
    }

    private int append(Page page, Range range, HistoryFormat.Writer writer, Buffer out) {
        Entries entries = page.entries();
        int shown = 0;
        for (int i = 0; i < entries.size() && shown < range.limit; i++) {
            long offset = page.first() + i;
            if (offset <= range.last && shows(entries, i)) {
                writer.entry(out, range.epoch, offset, entries.bytes(), entries.start(i), entries.end(i));
                shown++;
            }
        }
        return shown;
    }

    private boolean shows(Entries entries, int index) {
        return Filter.shows(filter, entries.bytes(), entries.start(index), entries.end(index));
    }

    private static Future<Void> write(HttpServerResponse response, Buffer out) {
        if (out.length() == 0) {
            return Future.succeededFuture();
        }
        Future<Void> written = response.write(out);
        return response.writeQueueFull() ? written : Future.succeededFuture();
    }
}
