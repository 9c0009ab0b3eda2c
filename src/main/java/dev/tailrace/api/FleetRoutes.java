package dev.tailrace.api;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Scope;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.http.JsonBody;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/fleets}, and the assignment of devices to fleets. */
public final class FleetRoutes {

    private static final int BODY_BYTES = 4096;

    private final FleetStore fleets;
    private final DeviceIndex index;
    private final int maxDevices;

    /** @param maxDevices of one fleet */
    public FleetRoutes(FleetStore fleets, DeviceIndex index, int maxDevices) {
        this.fleets = fleets;
        this.index = index;
        this.maxDevices = maxDevices;
    }

    public void mount(Router router) {
        router.get("/api/v1/fleets").handler(this::fleets);
        router.put("/api/v1/devices/:device/fleet").handler(JsonBody.handler(BODY_BYTES, this::assign));
        router.delete("/api/v1/devices/:device/fleet").handler(this::release);
    }

    private void fleets(RoutingContext call) {
        MultiMap params = call.queryParams();
        String after = params.get("after");
        int limit = DeviceQuery.limit(params.get("limit"));
        page(Caller.of(call).identity(), after == null ? null : RequestIds.fleet(after), limit)
                .onSuccess(page -> DeviceRoutes.json(call, describe(page, limit)))
                .onFailure(call::fail);
    }

    /** Reads one fleet more than the limit, to learn whether there is a next page. */
    private Future<List<FleetStore.Fleet>> page(Identity caller, @Nullable FleetId after, int limit) {
        Scope scope = caller.scope(Permission.LOGS_READ);
        if (caller.mayEverywhere(Permission.LOGS_READ)) {
            return fleets.fleets(after, limit + 1);
        }
        List<FleetId> readable = scope.fleets().stream()
                .filter(fleet -> caller.mayFleet(Permission.LOGS_READ, fleet))
                .filter(fleet -> after == null || FleetStore.ORDER.compare(fleet, after) > 0)
                .sorted(FleetStore.ORDER)
                .toList();
        return readable.isEmpty()
                ? Future.succeededFuture(List.of())
                : fleets.sizesOf(readable).map(found -> found.subList(0, Math.min(found.size(), limit + 1)));
    }

    private static JsonObject describe(List<FleetStore.Fleet> page, int limit) {
        List<FleetStore.Fleet> shown = page.size() > limit ? page.subList(0, limit) : page;
        JsonArray fleets = new JsonArray();
        shown.forEach(one ->
                fleets.add(new JsonObject().put("fleet", one.name().value()).put("devices", one.devices())));
        JsonObject answer = new JsonObject().put("fleets", fleets);
        return shown.size() == page.size()
                ? answer
                : answer.put("next", shown.get(limit - 1).name().value());
    }

    private void assign(RoutingContext call, JsonObject body) {
        FleetId fleet = RequestIds.fleet(body.getValue("fleet") instanceof String name ? name : "");
        assign(RequestIds.device(call.pathParam("device")), fleet)
                .onSuccess(done -> call.response().setStatusCode(204).end())
                .onFailure(call::fail);
    }

    private void release(RoutingContext call) {
        assign(RequestIds.device(call.pathParam("device")), null)
                .onSuccess(done -> call.response().setStatusCode(204).end())
                .onFailure(call::fail);
    }

    private Future<Void> assign(DeviceId device, @Nullable FleetId fleet) {
        return fleets.assign(device, fleet, maxDevices)
                .onSuccess(done -> index.moved(device))
                .compose(done -> done
                        ? Future.succeededFuture()
                        : Future.failedFuture(new Problem(
                                429,
                                "fleet-full",
                                "Fleet is full",
                                fleet + " has the maximum number of devices of a fleet (--fleet-devices): "
                                        + maxDevices)));
    }
}
