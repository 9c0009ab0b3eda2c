package dev.tailrace.api;

import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entry;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/devices/{device}}, and {@code DELETE …/logs}, which clears the ring of a device. */
public final class DeviceRoutes {

    private final Broker broker;
    private final FleetStore fleets;
    private final Activity activity;

    public DeviceRoutes(Broker broker, FleetStore fleets, Activity activity) {
        this.broker = broker;
        this.fleets = fleets;
        this.activity = activity;
    }

    public void mount(Router router) {
        router.get("/api/v1/devices/:device").handler(this::device);
        router.delete("/api/v1/devices/:device/logs").handler(this::clear);
        router.get("/api/v1/openapi.yaml")
                .handler(call -> call.response()
                        .putHeader("Content-Type", "application/yaml")
                        .sendFile("openapi.yaml")
                        .onFailure(call::fail));
    }

    private void device(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        Future<@Nullable KnownDevice> known = broker.device(device);
        Future<RingState> state = broker.state(device);
        Future<Map<DeviceId, FleetId>> fleet = fleets.fleetsOf(List.of(device));
        Future.all(known, state, fleet)
                .compose(all -> lastEntry(device, state.result()))
                .map(last -> describe(device, known.result(), fleet.result().get(device), state.result(), last))
                .onSuccess(described -> json(call, described))
                .onFailure(call::fail);
    }

    private Future<Page> lastEntry(DeviceId device, RingState state) {
        return broker.read(device, Math.max(1, state.head()), 1, 1);
    }

    private JsonObject describe(
            DeviceId device, @Nullable KnownDevice known, @Nullable FleetId fleet, RingState state, Page last) {
        Activity.Counts counts = activity.of(device);
        boolean heard = known != null || state.exists();
        if (!heard && fleet == null && counts.connections() == 0 && counts.watchers() == 0) {
            throw Problem.unknownDevice(device);
        }
        JsonObject json = describe(known == null ? new KnownDevice(device, 0, counts.connections() > 0) : known, fleet);
        json.put("entries", state.head() - state.oldest() + 1);
        if (state.exists()) {
            json.put(
                    "newest",
                    state.epoch() + "-" + state.head()); // also if that entry was removed: the position to resume from
        }
        if (state.head() >= state.oldest()) {
            json.put("oldest", state.epoch() + "-" + state.oldest());
        }
        if (!last.entries().isEmpty()) {
            byte[] bytes = last.entries().bytes();
            json.put(
                    "lastReceivedAt",
                    Entry.receivedAt(
                            bytes, last.entries().start(0), last.entries().end(0)));
        }
        return json;
    }

    /** Counts are those of this broker; {@code online} and {@code lastSeen} are those of all brokers together. */
    private JsonObject describe(KnownDevice device, @Nullable FleetId fleet) {
        Activity.Counts counts = activity.of(device.device());
        return new JsonObject()
                .put("device", device.device().value())
                .put("fleet", fleet == null ? null : fleet.value())
                .put("online", device.online() || counts.connections() > 0)
                .put("lastSeen", device.lastSeen() == 0 ? null : device.lastSeen())
                .put("connections", counts.connections())
                .put("watchers", counts.watchers())
                .put("linesPerSecond", counts.linesPerSecond())
                .put("bytesPerSecond", counts.bytesPerSecond());
    }

    private void clear(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        broker.clear(device)
                .onSuccess(state -> call.response().setStatusCode(204).end())
                .onFailure(call::fail);
    }

    static void json(RoutingContext call, JsonObject body) {
        call.response()
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-cache")
                .end(body.toBuffer());
    }
}
