package dev.tailrace.egress;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.NextTicket;
import dev.tailrace.auth.Permission;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.Start;
import dev.tailrace.http.LastEventId;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.http.WebSocketUpgrade;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.model.Position;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET …/logs/stream}: live entries, of one device or of several, as a response or a WebSocket. */
public final class LiveRoutes {

    private static final Logger log = LoggerFactory.getLogger(LiveRoutes.class);

    private static final int MAX_TAIL = 1_000_000;

    /** A reader whose resume id cannot be looked up reconnects after this time, or up to twice as long. */
    private static final int LOOK_UP_AGAIN_MILLIS = 2000;

    private final EgressServices egress;

    public LiveRoutes(EgressServices egress) {
        this.egress = egress;
    }

    public void mount(Router router) {
        router.get("/api/v1/devices/:device/logs/stream").handler(this::one);
        router.get("/api/v1/logs/stream").handler(this::several);
    }

    private void one(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        Query query = new Query(call.queryParams());
        String resume = resumeToken(call, query);
        Start start = resume == null
                ? new Start.Tail(query.integer("tail", 0, MAX_TAIL, 0))
                : new Start.After(position(resume));
        serve(call, query, 1, query.filter(), reader -> LiveStream.serve(egress, reader, device, start));
    }

    private void several(RoutingContext call) {
        Query query = new Query(call.queryParams());
        String token = resumeToken(call, query);
        Future<Resume> resumed = resume(token);
        Start fresh = new Start.Tail(query.integer("tail", 0, MAX_TAIL, 0));
        Filter filter = query.filter();
        Caller caller = Caller.of(call);
        String name = query.text("fleet");
        FleetId fleet = name == null ? null : fleet(call, name);
        Future<List<DeviceId>> devices;
        if (fleet == null) {
            List<DeviceId> named = devices(call);
            devices = caller.require(Permission.LOGS_READ, named).map(named);
        } else {
            caller.require(Permission.LOGS_READ, fleet);
            devices = devicesOf(fleet);
        }
        boolean upgrade = WebSocketUpgrade.isAsked(call.request());
        StreamFormat asked = upgrade ? WebSocketFormat.INSTANCE : format(call.request(), query);
        if (upgrade) {
            call.request().pause(); // until the WebSocket takes over
        }
        Future.all(devices, resumed)
                .compose(both -> {
                    Resume resume = resumed.result();
                    Map<DeviceId, Start> starts = resume.starts(devices.result(), fresh);
                    serve(call, query, starts.size(), filter, reader -> {
                        if (fleet == null) {
                            LiveStream.serveSeveral(egress, reader, starts, resume, token);
                        } else {
                            LiveStream.serveFleet(egress, reader, starts, resume, token, fleet);
                        }
                    });
                    return Future.succeededFuture();
                })
                .onFailure(cause -> {
                    if (upgrade) {
                        call.request().resume();
                    }
                    if (token != null && !upgrade && cause instanceof RingUnavailableException) {
                        comeAgain(call, asked);
                    } else {
                        call.fail(cause);
                    }
                });
    }

    /**
     * Answers a reader that resumes while storage is unavailable with a stream that ends at once. An EventSource takes
     * an error status for final; after this answer it reconnects, still with its id, or with the next ticket.
     */
    private static void comeAgain(RoutingContext call, StreamFormat format) {
        long retry = LOOK_UP_AGAIN_MILLIS + ThreadLocalRandom.current().nextInt(LOOK_UP_AGAIN_MILLIS);
        String id = format == SseFormat.INSTANCE ? NextTicket.idToComeAgain(call) : null;
        Buffer answer = Buffer.buffer();
        Stream.of(
                        Optional.ofNullable(format.event("status", new JsonObject().put("storage", "away"), id)),
                        Optional.ofNullable(format.bye("storage", retry)))
                .flatMap(Optional::stream)
                .forEach(answer::appendBuffer);
        head(call.response(), format)
                .end(answer)
                .onFailure(cause -> log.debug("A reader left before it was asked to retry", cause));
    }

    private static FleetId fleet(RoutingContext call, String name) {
        if (call.queryParams().contains("device")) {
            throw Problem.badParameter("fleet", "cannot be combined with device");
        }
        return RequestIds.fleet(name);
    }

    private Future<List<DeviceId>> devicesOf(FleetId fleet) {
        int most = egress.options().devicesPerStream();
        return egress.fleets().devicesOf(fleet, most + 1).map(devices -> {
            if (devices.isEmpty()) {
                throw Problem.unknownFleet(fleet);
            }
            if (devices.size() > most) {
                throw tooManyDevices("fleet: it has more devices than one stream may follow (" + most
                        + ", --stream-devices); select some with device=…");
            }
            return devices;
        });
    }

    private List<DeviceId> devices(RoutingContext call) {
        List<DeviceId> devices = call.queryParams().getAll("device").stream()
                .distinct()
                .map(RequestIds::device)
                .toList();
        int most = egress.options().devicesPerStream();
        if (devices.isEmpty()) {
            throw Problem.badParameter("device", "must be given 1 to " + most + " times, as in ?device=a&device=b");
        }
        if (devices.size() > most) {
            throw tooManyDevices("device: it may be given " + most + " times (--stream-devices)");
        }
        return devices;
    }

    private static Problem tooManyDevices(String detail) {
        return new Problem(400, "too-many-devices", "Too many devices for one stream", detail);
    }

    /** @param begin serves the reader, once its response or WebSocket is ready */
    private void serve(
            RoutingContext call, Query query, int devices, @Nullable Filter filter, Consumer<StreamReader> begin) {
        egress.refuseIfDraining();
        egress.refuseIfFull(devices);
        Caller caller = Caller.of(call);
        caller.requireRoomForAStream();
        HttpServerRequest request = call.request();
        if (call.response().closed()) {
            return; // the reader left before it was authorised
        }
        if (WebSocketUpgrade.isAsked(request)) {
            egress.webSocket(call)
                    .onSuccess(
                            socket -> begin.accept(new StreamReader(caller, WebSocketFormat.INSTANCE, socket, filter)))
                    .onFailure(call::fail);
            return;
        }
        StreamFormat format = format(request, query);
        head(request.response(), format);
        begin.accept(new StreamReader(caller, format, egress.socket(request), filter));
    }

    public static HttpServerResponse head(HttpServerResponse response, StreamFormat format) {
        return response.setChunked(true)
                .putHeader("Content-Type", format.contentType())
                .putHeader("Cache-Control", "no-cache, no-transform")
                .putHeader("X-Accel-Buffering", "no");
    }

    // A reconnecting EventSource repeats the query of its first request, so the id of the last event is the newer one.
    private static @Nullable String resumeToken(RoutingContext call, Query query) {
        String last = LastEventId.of(call.request());
        String place = last == null ? "" : NextTicket.positionIn(last);
        return place.isEmpty() ? query.text("after") : place; // a ticket alone is not a position
    }

    private static Position position(String token) {
        try {
            return Position.parse(token);
        } catch (IllegalArgumentException invalid) {
            throw Problem.badParameter("after, Last-Event-ID or lastEventId", String.valueOf(invalid.getMessage()));
        }
    }

    private Future<Resume> resume(@Nullable String token) {
        if (token == null) {
            return Future.succeededFuture(Resume.NONE);
        }
        try {
            ResumeId id = ResumeId.parse(token);
            return id == null
                    ? Future.succeededFuture(Resume.at(PositionSet.parse(token)))
                    : egress.places().read(id);
        } catch (IllegalArgumentException invalid) {
            throw Problem.badParameter("after, Last-Event-ID or lastEventId", String.valueOf(invalid.getMessage()));
        }
    }

    private static StreamFormat format(HttpServerRequest request, Query query) {
        String wanted = query.text("format");
        if (wanted == null) {
            String accept = request.getHeader("Accept");
            return accept != null && accept.contains("ndjson") ? NdjsonFormat.INSTANCE : SseFormat.INSTANCE;
        }
        return switch (wanted) {
            case "sse" -> SseFormat.INSTANCE;
            case "ndjson" -> NdjsonFormat.INSTANCE;
            default -> throw Problem.badParameter("format", "must be sse or ndjson");
        };
    }
}
