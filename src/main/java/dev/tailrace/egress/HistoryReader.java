package dev.tailrace.egress;

import dev.tailrace.broker.Broker;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.FilterWork;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.metrics.Meters.Eviction;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Problem;
import dev.tailrace.ring.Page;
import dev.tailrace.ring.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a range of a ring page by page into a response, no faster than its reader takes it; holds one page at a time. */
final class HistoryReader {

    private static final int PAGE_ENTRIES = 500;
    private static final int PAGE_BYTES = 64 * 1024;

    /** Entries that are held at once when they are written backwards. */
    private static final int WINDOW_ENTRIES = 100;

    private final Egress egress;
    private final Broker broker;
    private final DeviceId device;
    private final @Nullable Wanted wanted;
    private final HttpServerRequest request;

    /** Offsets {@code first} to {@code last} of an epoch, and at most {@code limit} entries of them. */
    record Range(String epoch, long first, long last, int limit) {}

    /** Which entries to show. */
    interface Wanted {
        /** Called on any thread. */
        boolean shows(long offset, byte[] bytes, int start, int end);

        /** What that may cost, as {@link Filter#weight}. */
        long weight();

        /** What a filter lets through; null for all. */
        static @Nullable Wanted by(@Nullable Filter filter) {
            return filter == null ? null : new Filtered(filter);
        }
    }

    private record Filtered(Filter filter) implements Wanted {
        @Override
        public boolean shows(long offset, byte[] bytes, int start, int end) {
            return Filter.shows(filter, bytes, start, end);
        }

        @Override
        public long weight() {
            return filter.weight();
        }
    }

    /**
     * @param wanted which entries to show, or null for all
     * @param request whose answer it is; once that is closed nothing more is done
     */
    HistoryReader(Egress egress, DeviceId device, @Nullable Wanted wanted, HttpServerRequest request) {
        this.egress = egress;
        this.broker = egress.broker();
        this.device = device;
        this.wanted = wanted;
        this.request = request;
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
            long next = page.first() + page.entries().size();
            return selected(page).compose(selected -> {
                long[] here = selected.stream()
                        .mapToLong(i -> page.first() + i)
                        .takeWhile(offset -> offset <= to)
                        .toArray();
                if (next <= from || next > to) {
                    return Future.succeededFuture(here);
                }
                return matching(next, to).map(rest -> concat(here, rest));
            });
        });
    }

    /** Which entries of a page are wanted. */
    private Future<BitSet> selected(Page page) {
        Entries entries = page.entries();
        if (wanted == null) {
            BitSet all = new BitSet();
            all.set(0, entries.size());
            return Future.succeededFuture(all);
        }
        FilterWork.Test test = i -> wanted.shows(page.first() + i, entries.bytes(), entries.start(i), entries.end(i));
        return broker.filters().select(entries, wanted.weight(), test, request.response()::closed);
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
            if (page.state().sharedWith(range.epoch) < range.last) {
                return Future.failedFuture(
                        new RingUnavailableException("storage lost entries of " + device + " while they were read"));
            }
            if (next <= range.first) {
                return Future.succeededFuture(); // cleared meanwhile; what was written was true
            }
            return selected(page).compose(selected -> {
                Buffer out = Buffer.buffer(page.entries().byteSize() * 5 / 4);
                int shown = append(page, selected, range, writer, out);
                Range rest = new Range(range.epoch, next, range.last, range.limit - shown);
                return write(response, writer.packed(out)).compose(nothing -> read(rest, writer, response));
            });
        });
    }

    private static int append(Page page, BitSet selected, Range range, HistoryFormat.Writer writer, Buffer out) {
        Entries entries = page.entries();
        int shown = 0;
        for (int i = selected.nextSetBit(0); i >= 0 && shown < range.limit; i = selected.nextSetBit(i + 1)) {
            long offset = page.first() + i;
            if (offset <= range.last) {
                writer.entry(out, range.epoch, offset, entries.bytes(), entries.start(i), entries.end(i));
                shown++;
            }
        }
        return shown;
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
            return appendBack(pages, pages.size() - 1, range, range.limit, writer, out)
                    .compose(shown -> {
                        Range rest = new Range(range.epoch, range.first, from - 1, range.limit - shown);
                        return write(response, out).compose(nothing -> readBack(rest, writer, response));
                    });
        });
    }

    /** Pages {@code index} to 0, of which the first is the oldest; how many entries were shown. */
    private Future<Integer> appendBack(
            List<Page> pages, int index, Range range, int limit, HistoryFormat.Writer writer, Buffer out) {
        if (index < 0 || limit == 0) {
            return Future.succeededFuture(0);
        }
        Page page = pages.get(index);
        return selected(page).compose(selected -> {
            int shown = appendBack(page, selected, range, limit, writer, out);
            return appendBack(pages, index - 1, range, limit - shown, writer, out)
                    .map(more -> shown + more);
        });
    }

    /** What the ring still has of a few consecutive entries. */
    private Future<List<Page>> window(String epoch, long from, long to) {
        if (from > to) {
            return Future.succeededFuture(List.of());
        }
        return broker.read(device, from, (int) (to - from + 1), PAGE_BYTES).compose(page -> {
            long next = page.first() + page.entries().size();
            if (next <= from || page.state().sharedWith(epoch) < to) {
                return Future.succeededFuture(List.of()); // cleared or lost meanwhile
            }
            return window(epoch, next, to).map(rest -> {
                List<Page> pages = new ArrayList<>(List.of(page));
                pages.addAll(rest);
                return pages;
            });
        });
    }

    private static int appendBack(
            Page page, BitSet selected, Range range, int limit, HistoryFormat.Writer writer, Buffer out) {
        Entries entries = page.entries();
        int shown = 0;
        for (int i = selected.length() - 1; i >= 0 && shown < limit; i = selected.previousSetBit(i - 1)) {
            long offset = page.first() + i;
            if (offset <= range.last) {
                writer.entry(out, range.epoch, offset, entries.bytes(), entries.start(i), entries.end(i));
                shown++;
            }
        }
        return shown;
    }

    // ---- writing

    private Future<Void> write(HttpServerResponse response, Buffer out) {
        if (out.length() == 0) {
            return Future.succeededFuture();
        }
        StreamBudget budget = broker.streamBudget();
        if (budget.isOverdrawn()) {
            return Future.failedFuture(new Problem(
                    503, "too-many-readers", "Readers hold as much memory as they may", "ask again in a while"));
        }
        int length = out.length();
        Future<Void> written = response.write(out);
        if (!written.isComplete()) {
            budget.add(length);
            written.onComplete(done -> budget.remove(length));
            watch(written, egress.socket(request));
        }
        // A stream of HTTP/2 counts messages, not bytes, and would hold sixteen pages before it is full.
        boolean isStream = response.streamId() >= 0;
        return isStream || response.writeQueueFull() ? written : Future.succeededFuture();
    }

    /**
     * Evicts a reader that accepts nothing for the stall limit. Of a stream of HTTP/2 it is not seen what is accepted, so there
     * it is one that does not accept a page in that time.
     */
    private void watch(Future<Void> written, PeerSocket socket) {
        long seen = socket.progress();
        Duration limit = egress.options().stallLimit();
        long timer = egress.vertx().setTimer(limit.toMillis(), id -> {
            if (socket.progress() != seen) {
                watch(written, socket);
            } else {
                egress.meters().evicted(Eviction.STALLED);
                socket.abort(limit);
            }
        });
        written.onComplete(done -> egress.vertx().cancelTimer(timer));
    }
}
