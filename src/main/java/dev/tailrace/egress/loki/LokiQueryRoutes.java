package dev.tailrace.egress.loki;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Scope;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.broker.DeviceSelection;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.Start;
import dev.tailrace.egress.EgressServices;
import dev.tailrace.egress.LiveStream;
import dev.tailrace.egress.Query;
import dev.tailrace.egress.StreamReader;
import dev.tailrace.egress.history.HistoryReader;
import dev.tailrace.egress.history.HistoryRoutes;
import dev.tailrace.http.Problem;
import dev.tailrace.http.WebSocketUpgrade;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import dev.tailrace.storage.RingState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The part of Loki's API that its clients need to read and to follow one device. */
public final class LokiQueryRoutes {

    private static final int USUAL_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000_000;
    private static final long HOUR = LokiTime.duration("since", "1h");

    /** The query that Grafana sends to check a Loki. */
    private static final String HEALTH_CHECK = "vector(1)+vector(1)";

    /** Names in a list of devices: as many as a menu can show. */
    private static final int MOST_DEVICES = 10_000;

    private final EgressServices egress;
    private final DeviceIndex devices;

    public LokiQueryRoutes(EgressServices egress, DeviceIndex devices) {
        this.egress = egress;
        this.devices = devices;
    }

    public void mount(Router router) {
        router.get("/loki/api/v1/tail").handler(this::tail);
        router.get("/loki/api/v1/query_range").handler(this::range);
        router.get("/loki/api/v1/query").handler(this::instant);
        router.get("/loki/api/v1/labels").handler(this::labels);
        router.get("/loki/api/v1/label/:name/values").handler(this::values);
    }

    // ---- live

    private void tail(RoutingContext call) {
        Query query = new Query(call.queryParams());
        LogQl asked = LogQl.parse(required(query));
        int limit = query.integer("limit", 0, MAX_LIMIT, USUAL_LIMIT);
        String start = query.text("start");
        long from = start == null ? LokiTime.now() - HOUR : LokiTime.parse("start", start);
        WebSocketUpgrade.require(call);
        egress.refuseIfDraining();
        egress.refuseIfFull(1);
        Caller.of(call).requireRoomForAStream();
        Filter filter = new Filter(asked.conditions()).orNull();
        call.request().pause(); // until the WebSocket takes over
        Caller.of(call)
                .require(Permission.LOGS_READ, asked.device())
                .compose(may -> {
                    LokiRange wanted = new LokiRange(filter, from, Long.MAX_VALUE);
                    return place(new HistoryReader(egress, asked.device(), wanted, call), asked.device(), limit);
                })
                .compose(place -> egress.webSocket(call)
                        .onSuccess(socket -> LiveStream.serve(
                                egress,
                                new StreamReader(Caller.of(call), LokiTailFormat.INSTANCE, socket, filter),
                                asked.device(),
                                place)))
                .onFailure(cause -> refuse(call, cause));
    }

    /** Before the newest {@code limit} wanted entries; from there on the device's clock does not matter. */
    private Future<Start> place(HistoryReader reader, DeviceId device, int limit) {
        return egress.broker().state(device).compose(state -> {
            if (!state.exists()) {
                return Future.succeededFuture(new Start.After(Position.parse("0-0")));
            }
            return reader.firstOfNewest(state.oldest(), state.head(), limit)
                    .map(first -> new Start.After(new Position(state.epoch(), first - 1)));
        });
    }

    private static void refuse(RoutingContext call, Throwable cause) {
        if (!call.response().closed()) {
            call.request().resume();
            call.fail(cause);
        }
    }

    // ---- history

    private void range(RoutingContext call) {
        Query query = new Query(call.queryParams());
        LogQl asked = LogQl.parse(required(query));
        int limit = query.integer("limit", 1, MAX_LIMIT, USUAL_LIMIT);
        boolean forward = isForward(query.text("direction"));
        LokiRange wanted = range(query, new Filter(asked.conditions()).orNull());
        HistoryReader reader = new HistoryReader(egress, asked.device(), wanted, call);
        LokiJson.Answer answer = new LokiJson.Answer(asked.device());
        Caller.of(call)
                .require(Permission.LOGS_READ, asked.device())
                .compose(may -> egress.broker().state(asked.device()))
                .compose(state -> {
                    call.response()
                            .setChunked(true)
                            .putHeader("Content-Type", "application/json")
                            .putHeader("Cache-Control", "no-cache");
                    HistoryReader.Range all = all(state, limit);
                    return HistoryRoutes.end(
                            call.request(),
                            answer,
                            forward
                                    ? reader.read(all, answer, call.response())
                                    : reader.readBack(all, answer, call.response()));
                })
                .onFailure(call::fail);
    }

    private static HistoryReader.Range all(RingState state, int limit) {
        return new HistoryReader.Range(state.epoch(), state.oldest(), state.head(), limit);
    }

    private static boolean isForward(@Nullable String direction) {
        if (direction == null) {
            return false;
        }
        return switch (direction.toLowerCase(Locale.ROOT)) {
            case "forward" -> true;
            case "backward" -> false;
            default -> throw Problem.badParameter("direction", "must be forward or backward");
        };
    }

    private static LokiRange range(Query query, @Nullable Filter filter) {
        long now = LokiTime.now();
        String end = query.text("end");
        String start = query.text("start");
        String since = query.text("since");
        // a device's clock may be ahead of the broker's
        long to = end == null ? Long.MAX_VALUE : LokiTime.parse("end", end);
        long length = since == null ? HOUR : LokiTime.duration("since", since);
        long from = start == null ? Math.min(to, now) - length : LokiTime.parse("start", start);
        return new LokiRange(filter, from, to);
    }

    // ---- other requests of its clients

    private void instant(RoutingContext call) {
        String query = required(new Query(call.queryParams()));
        if (!query.replace(" ", "").equals(HEALTH_CHECK)) {
            throw Problem.badParameter(
                    "query", "metric queries are not supported; use /loki/api/v1/query_range or /loki/api/v1/tail");
        }
        JsonObject two = new JsonObject()
                .put("metric", new JsonObject())
                .put(
                        "value",
                        new JsonArray().add(System.currentTimeMillis() / 1000).add("2"));
        answer(
                call,
                new JsonObject()
                        .put("resultType", "vector")
                        .put("result", new JsonArray().add(two))
                        .put("stats", new JsonObject()));
    }

    private void labels(RoutingContext call) {
        answer(call, new JsonArray(List.of("device", "level", "service_name", "stream")));
    }

    private void values(RoutingContext call) {
        switch (call.pathParam("name")) {
            case "device" ->
                readable(Caller.of(call).identity())
                        .onSuccess(page -> {
                            JsonArray names = new JsonArray();
                            page.devices().forEach(one -> names.add(one.device().value()));
                            answer(call, names);
                        })
                        .onFailure(call::fail);
            case "stream" -> answer(call, new JsonArray(List.of("stderr", "stdout")));
            default -> answer(call, new JsonArray()); // there is no index of these
        }
    }

    private Future<DeviceSelection.Page> readable(Identity caller) {
        Scope scope = caller.scope(Permission.LOGS_READ);
        if (scope.isEmpty()) {
            return Future.succeededFuture(new DeviceSelection.Page(List.of(), null));
        }
        return devices.fresh()
                .compose(fresh -> DeviceSelection.of(
                        scope.everywhere() ? devices.after(null) : devices.after(null, scope.devices(), scope.fleets()),
                        any -> true,
                        (device, fleet) -> caller.may(Permission.LOGS_READ, device, fleet),
                        MOST_DEVICES));
    }

    private static void answer(RoutingContext call, Object data) {
        call.response()
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-cache")
                .end(new JsonObject().put("status", "success").put("data", data).toBuffer());
    }

    private static String required(Query query) {
        String text = query.text("query");
        if (text == null) {
            throw Problem.badParameter("query", "is missing; give it as in {device=\"NAME\"} |= \"text\"");
        }
        return text;
    }
}
