package dev.tailrace.egress.history;

import dev.tailrace.broker.Filter;
import dev.tailrace.egress.EgressServices;
import dev.tailrace.egress.GapJson;
import dev.tailrace.egress.Query;
import dev.tailrace.http.CutOff;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Gap;
import dev.tailrace.model.Position;
import dev.tailrace.storage.RingState;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** {@code GET …/logs}: the entries of a ring as JSON, NDJSON or text, to read or to download. */
public final class HistoryRoutes {

    private static final int MAX_LIMIT = 1_000_000;
    private static final DateTimeFormatter FILE_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final EgressServices egress;

    public HistoryRoutes(EgressServices egress) {
        this.egress = egress;
    }

    public void mount(Router router) {
        router.get("/api/v1/devices/:device/logs").handler(this::history);
    }

    private void history(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        Query query = new Query(call.queryParams());
        HistoryFormat format = HistoryFormat.of(call.request(), query);
        Filter filter = query.filter();
        int limit = query.integer("limit", 0, MAX_LIMIT, MAX_LIMIT);
        Position after = query.position("after");
        Position before = query.position("before");
        boolean download = Boolean.TRUE.equals(query.bool("download"));
        HistoryReader reader = new HistoryReader(egress, device, HistoryReader.Wanted.by(filter), call);
        egress.broker()
                .state(device)
                .compose(state -> range(reader, state, after, before, limit).compose(range -> {
                    head(call.response(), device, format, download, range);
                    Gap gap = after == null ? null : gapAfter(after, state);
                    if (gap != null) {
                        call.response()
                                .putHeader("Tailrace-Gap", GapJson.of(gap).encode());
                    }
                    return write(call.request(), reader, format.writer(), range);
                }))
                .onFailure(call::fail);
    }

    /** The offsets to show: the oldest after {@code after} when that is given, otherwise the newest. */
    public static Future<HistoryReader.Range> range(
            HistoryReader reader, RingState state, @Nullable Position after, @Nullable Position before, int limit) {
        long seen = after == null ? 0 : Math.min(after.offset(), sharedWith(state, after, "after"));
        long first = Math.max(state.oldest(), seen + 1);
        long last = before == null ? state.head() : Math.min(before.offset() - 1, sharedWith(state, before, "before"));
        if (after != null || limit > last - first) {
            return Future.succeededFuture(new HistoryReader.Range(state.epoch(), first, last, limit));
        }
        return reader.firstOfNewest(first, last, limit)
                .map(start -> new HistoryReader.Range(state.epoch(), start, last, limit));
    }

    /** The last offset that names the same entry in the position's epoch and in the ring as it is now. */
    private static long sharedWith(RingState state, Position position, String parameter) {
        long shared = state.sharedWith(position.epoch());
        if (shared == 0 && !position.epoch().equals(state.epoch())) {
            throw Problem.badParameter(
                    parameter,
                    "position " + position + " belongs to another epoch; the current one is "
                            + (state.exists() ? state.epoch() : "none"));
        }
        return shared;
    }

    /** The gap after a position, or null when nothing is missing. */
    private static @Nullable Gap gapAfter(Position after, RingState state) {
        long shared = state.sharedWith(after.epoch());
        if (!after.epoch().equals(state.epoch()) || after.offset() > shared) {
            return Gap.ofEpoch(after.epoch(), Math.max(after.offset(), shared) + 1);
        }
        long first = Math.max(after.offset(), state.cleared()) + 1;
        return first < state.oldest() ? Gap.of(state.epoch(), first, state.oldest() - 1, Gap.Reason.EVICTED) : null;
    }

    private static void head(
            HttpServerResponse response,
            DeviceId device,
            HistoryFormat format,
            boolean download,
            HistoryReader.Range range) {
        response.setChunked(true)
                .putHeader("Content-Type", format.contentType())
                .putHeader("Cache-Control", "no-cache")
                .putHeader("X-Content-Type-Options", "nosniff");
        if (!range.epoch().isEmpty()) {
            response.putHeader("Tailrace-Position", new Position(range.epoch(), range.last()).toString());
        }
        if (download) {
            String name = device + "-" + FILE_TIME.format(Instant.now()) + format.extension();
            response.putHeader("Content-Disposition", "attachment; filename=\"" + name + "\"");
        }
    }

    public static Future<Void> write(
            HttpServerRequest request, HistoryReader reader, HistoryFormat.Writer writer, HistoryReader.Range range) {
        return end(request, writer, reader.read(range, writer, request.response()));
    }

    /** Ends a response after all is written, and cuts it off when not all could be. */
    public static Future<Void> end(HttpServerRequest request, HistoryFormat.Writer writer, Future<Void> written) {
        HttpServerResponse response = request.response();
        return written.compose(done -> response.end(writer.end())).recover(cause -> {
            if (response.headWritten()) {
                return CutOff.incomplete(request);
            }
            response.headers().clear();
            response.setChunked(false);
            return Future.failedFuture(cause);
        });
    }
}
