package dev.tailrace.egress.history;

import dev.tailrace.auth.Caller;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.Eviction;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.FilterWork;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.egress.EgressServices;
import dev.tailrace.egress.PeerSocket;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads a range of a ring page by page into a response, at the pace of its reader. Holds one page at a time. */
public final class HistoryReader {

    private static final int PAGE_ENTRIES = 500;
    private static final int PAGE_BYTES = 64 * 1024;

    /** Entries in one read when they are written backwards; fewer where so many have more bytes than a page. */
    private static final int WINDOW_ENTRIES = 100;

    private final EgressServices egress;
    private final Broker broker;
    private final DeviceId device;
    private final @Nullable Wanted wanted;
    private final HttpServerRequest request;
    private final Caller caller;
    private final String account; // its share of time is charged for the filter
    private boolean begun; // pages are being read

    /** Offsets {@code first} to {@code last} of an epoch, and at most {@code limit} entries of them. */
    public record Range(String epoch, long first, long last, int limit) {}

    /** Selects the entries to show. */
    public interface Wanted {
        /** Called on any thread. */
        boolean shows(long offset, byte[] bytes, int start, int end);

        /** The cost of a call, as {@link Filter#weight}. */
        long weight();

        /** Selects what a filter lets through; null for all. */
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
     * @param call is answered; after its response is closed nothing more is done
     */
    public HistoryReader(EgressServices egress, DeviceId device, @Nullable Wanted wanted, RoutingContext call) {
        this.egress = egress;
        this.broker = egress.broker();
        this.device = device;
        this.wanted = wanted;
        this.request = call.request();
        this.caller = Caller.of(call);
        this.account = caller.account(request.remoteAddress());
    }

    /**
     * Where the newest {@code count} wanted entries begin, or fewer when there are no more; after the last offset when
     * there is none.
     */
    public Future<Long> firstOfNewest(long first, long last, int count) {
        if (wanted == null || count == 0) {
            return Future.succeededFuture(Math.max(first, last - count + 1));
        }
        long from = Math.max(first, last - PAGE_ENTRIES + 1);
        return countBack(first, from, last, count, last + 1);
    }

    // Walks backwards in steps of a page; a step whose entries have many bytes takes several reads forwards.
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
        return page(from, PAGE_ENTRIES, any -> true).compose(found -> {
            long[] here = found.selected.stream()
                    .mapToLong(i -> found.page.first() + i)
                    .takeWhile(offset -> offset <= to)
                    .toArray();
            long next = found.next();
            if (next <= from || next > to) {
                return Future.succeededFuture(here);
            }
            return matching(next, to).map(rest -> concat(here, rest));
        });
    }

    /**
     * A page, and which of its entries are wanted.
     *
     * @param selected indices
     */
    private record Found(Page page, BitSet selected) {

        /** The offset where the next page begins. */
        long next() {
            return page.first() + page.entries().size();
        }
    }

    /**
     * Reads a page.
     *
     * @param useful whether its entries are of use; otherwise none is selected
     */
    private Future<Found> page(long from, int entries, Predicate<Page> useful) {
        try {
            caller.requireStillValid(); // the response may take hours
        } catch (Problem over) {
            return Future.failedFuture(over);
        }
        if (wanted == null) {
            return broker.read(device, from, entries, PAGE_BYTES)
                    .map(page -> new Found(page, useful.test(page) ? all(page) : new BitSet()));
        }
        Wanted test = wanted;
        return broker.filters().inTurn(account, test.weight(), PAGE_BYTES, begun, this::isGone, () -> {
            begun = true;
            return broker.read(device, from, entries, PAGE_BYTES)
                    .compose(page -> useful.test(page)
                            ? selected(page, test)
                            : Future.succeededFuture(new Found(page, new BitSet())));
        });
    }

    private Future<Found> selected(Page page, Wanted test) {
        Entries entries = page.entries();
        FilterWork.Test shows = i -> test.shows(page.first() + i, entries.bytes(), entries.start(i), entries.end(i));
        return broker.filters()
                .select(account, entries, test.weight(), shows, this::isGone)
                .map(selected -> new Found(page, selected));
    }

    private boolean isGone() {
        return request.response().closed();
    }

    private static BitSet all(Page page) {
        BitSet all = new BitSet();
        all.set(0, page.entries().size());
        return all;
    }

    private static long[] concat(long[] a, long[] b) {
        long[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    /** Writes what the filter lets through; completes when all is written or the reader is gone. */
    public Future<Void> read(Range range, HistoryFormat.Writer writer, HttpServerResponse response) {
        if (range.first > range.last || range.limit == 0) {
            return Future.succeededFuture();
        }
        return page(range.first, PAGE_ENTRIES, any -> true).compose(found -> {
            Page page = found.page;
            if (page.state().sharedWith(range.epoch) < range.last) {
                return Future.failedFuture(
                        new RingUnavailableException("storage lost entries of " + device + " while they were read"));
            }
            if (found.next() <= range.first) {
                return Future.succeededFuture(); // cleared meanwhile; what was written was correct
            }
            Buffer out = Buffer.buffer(page.entries().byteSize() * 5 / 4);
            int shown = append(page, found.selected, range, writer, out);
            Range rest = new Range(range.epoch, found.next(), range.last, range.limit - shown);
            return write(response, writer.packed(out)).compose(nothing -> read(rest, writer, response));
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
    public Future<Void> readBack(Range range, HistoryFormat.Writer writer, HttpServerResponse response) {
        return readBack(range, WINDOW_ENTRIES, writer, response);
    }

    /** @param most entries in one read */
    private Future<Void> readBack(Range range, int most, HistoryFormat.Writer writer, HttpServerResponse response) {
        if (range.first > range.last || range.limit == 0) {
            return Future.succeededFuture();
        }
        int window = (int) Math.min(most, range.last - range.first + 1);
        long from = range.last - window + 1;
        Predicate<Page> isWhole = page -> page.first() + page.entries().size() > range.last
                && page.state().sharedWith(range.epoch) >= range.last; // otherwise cut, cleared or lost meanwhile
        return page(from, window, isWhole).compose(found -> {
            int read = found.page.entries().size();
            boolean isCut = found.next() > from && found.next() <= range.last;
            if (isCut && window > 1) { // cut at the bytes of a page, which is read forwards
                return readBack(range, Math.max(1, Math.min(read, window - 1)), writer, response);
            }
            Buffer out = Buffer.buffer();
            int shown = appendBack(found, range, writer, out);
            Range older = new Range(range.epoch, range.first, from - 1, range.limit - shown);
            int next = Math.min(WINDOW_ENTRIES, 2 * window);
            return write(response, out).compose(nothing -> readBack(older, next, writer, response));
        });
    }

    private static int appendBack(Found found, Range range, HistoryFormat.Writer writer, Buffer out) {
        Entries entries = found.page.entries();
        BitSet selected = found.selected;
        int shown = 0;
        for (int i = selected.length() - 1; i >= 0 && shown < range.limit; i = selected.previousSetBit(i - 1)) {
            long offset = found.page.first() + i;
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
            return Future.failedFuture(
                    new Problem(503, "too-many-readers", "Readers hold too much memory", "retry later"));
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
     * Evicts a reader that accepts nothing for the stall limit. On a stream of HTTP/2, where it is not visible what the
     * peer accepts, a reader is evicted that does not accept a page in that time.
     */
    private void watch(Future<Void> written, PeerSocket socket) {
        long seen = socket.progress();
        Duration limit = egress.options().stallLimit();
        long timer = egress.vertx().setTimer(limit.toMillis(), id -> {
            if (socket.progress() != seen) {
                watch(written, socket);
            } else {
                egress.evicted(Eviction.STALLED);
                socket.abort(limit);
            }
        });
        written.onComplete(done -> egress.vertx().cancelTimer(timer));
    }
}
