package dev.tailrace.egress.balena;

import dev.tailrace.auth.Caller;
import dev.tailrace.broker.EncodeBuffer;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.Start;
import dev.tailrace.egress.EgressServices;
import dev.tailrace.egress.LiveRoutes;
import dev.tailrace.egress.LiveStream;
import dev.tailrace.egress.StreamReader;
import dev.tailrace.egress.history.HistoryFormat;
import dev.tailrace.egress.history.HistoryReader;
import dev.tailrace.egress.history.HistoryRoutes;
import dev.tailrace.egress.history.ReceiveTimeSearch;
import dev.tailrace.http.Gzip;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The reading routes of balena's device API, history and live, for its SDKs, its CLI and other readers. */
public final class BalenaLogs {

    private static final int HISTORY_COUNT = 1000;
    private static final long HISTORY_LOOKBACK = TimeUnit.DAYS.toMillis(30);
    private static final long LIVE_LOOKBACK = TimeUnit.DAYS.toMillis(1);

    /** A live stream whose storage does not answer begins without history after this time. */
    private static final long LOOK_MILLIS = 500;

    private final EgressServices egress;

    public BalenaLogs(EgressServices egress) {
        this.egress = egress;
    }

    public void mount(Router router) {
        router.get("/device/v2/:device/logs").handler(this::logs);
        router.head("/device/v2/:device/logs").handler(call -> call.response().end());
    }

    private void logs(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        BalenaQuery query = new BalenaQuery(call.queryParams());
        if (query.isAmbiguous()) {
            call.response().setStatusCode(400).end();
        } else if (query.isLive()) {
            live(call, device, query);
        } else {
            history(call, device, query);
        }
    }

    // ---- live

    private void live(RoutingContext call, DeviceId device, BalenaQuery query) {
        egress.refuseIfDraining();
        egress.refuseIfFull(1);
        Caller.of(call).requireRoomForAStream();
        Filter filter = query.filter();
        Position after = query.after();
        int count = query.count(0);
        if (after != null) {
            serve(call, device, new Start.After(after), filter);
        } else if (count == 0) {
            serve(call, device, new Start.Tail(0), filter);
        } else {
            long now = System.currentTimeMillis();
            newest(device, count, query.start(now - LIVE_LOOKBACK, now - HISTORY_LOOKBACK))
                    .onSuccess(start -> serve(call, device, start, filter));
        }
    }

    private void serve(RoutingContext call, DeviceId device, Start start, @Nullable Filter filter) {
        HttpServerRequest request = call.request();
        if (!request.response().closed()) { // the close handlers of a closed response never run
            Gzip gzip = Gzip.isAcceptedBy(request) ? new Gzip() : null;
            HttpServerResponse response = request.response();
            LiveRoutes.head(response, BalenaStreamFormat.INSTANCE).putHeader("Vary", "Accept-Encoding");
            if (gzip != null) {
                response.putHeader("Content-Encoding", "gzip");
            }
            var reader = new StreamReader(
                    Caller.of(call), BalenaStreamFormat.INSTANCE, egress.socket(request), filter, gzip);
            LiveStream.serve(egress, reader, device, start);
        }
    }

    /** The newest {@code count} entries, except those received before {@code since}. */
    private Future<Start> newest(DeviceId device, int count, long since) {
        Start tail = new Start.Tail(count);
        return egress.broker()
                .state(device)
                .compose(state -> {
                    long from = Math.max(state.oldest(), state.head() - count + 1);
                    return new ReceiveTimeSearch(egress.broker(), device, since)
                            .firstOf(from, state.head())
                            .map(first ->
                                    first == from ? tail : new Start.After(new Position(state.epoch(), first - 1)));
                })
                .timeout(LOOK_MILLIS, TimeUnit.MILLISECONDS)
                .otherwise(tail);
    }

    // ---- history

    private void history(RoutingContext call, DeviceId device, BalenaQuery query) {
        Filter filter = query.filter();
        Position after = query.after();
        int count = query.count(HISTORY_COUNT);
        long earliest = System.currentTimeMillis() - HISTORY_LOOKBACK;
        var since = new ReceiveTimeSearch(egress.broker(), device, query.start(earliest, earliest));
        var reader = new HistoryReader(egress, device, HistoryReader.Wanted.by(filter), call);
        HttpServerRequest request = call.request();
        egress.broker()
                .state(device)
                .compose(state -> HistoryRoutes.range(reader, state, after, null, count))
                .compose(range -> since.firstOf(range.first(), range.last())
                        .map(first -> new HistoryReader.Range(range.epoch(), first, range.last(), range.limit())))
                .compose(range -> write(request, reader, range))
                .onFailure(call::fail);
    }

    private static Future<Void> write(HttpServerRequest request, HistoryReader reader, HistoryReader.Range range) {
        HttpServerResponse response = request.response()
                .setChunked(true)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .putHeader("Cache-Control", "no-cache")
                .putHeader("Vary", "Accept-Encoding");
        if (!Gzip.isAcceptedBy(request)) {
            return HistoryRoutes.write(request, reader, new Array(null), range);
        }
        response.putHeader("Content-Encoding", "gzip");
        Gzip gzip = new Gzip();
        return HistoryRoutes.write(request, reader, new Array(gzip), range).onComplete(done -> gzip.close());
    }

    /** A JSON array of entries, compressed or not. */
    private static final class Array implements HistoryFormat.Writer {
        private final @Nullable Gzip gzip;
        private final EncodeBuffer buffer = new EncodeBuffer();
        private boolean any;

        Array(@Nullable Gzip gzip) {
            this.gzip = gzip;
        }

        @Override
        public void entry(Buffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            buffer.clear().append(any ? ',' : '[');
            any = true;
            BalenaEntry.object(buffer, epoch, offset, bytes, start, end);
            out.appendBytes(buffer.bytes(), 0, buffer.length());
        }

        @Override
        public Buffer packed(Buffer page) {
            return gzip == null || page.length() == 0 ? page : gzip.flushed(page.getBytes());
        }

        @Override
        public Buffer end() {
            Buffer end = Buffer.buffer(any ? "]" : "[]");
            return gzip == null ? end : gzip.flushed(end.getBytes()).appendBuffer(gzip.end());
        }
    }
}
