package dev.tailrace.egress.balena;

import dev.tailrace.broker.Broker;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.RingState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The part of balena's API that its SDK and CLI need to find a device's logs, answered from what the broker knows. It
 * is for a broker without the real API; beside that one, a proxy forwards these requests to it.
 */
public final class BalenaApi {

    private final Broker broker;

    public BalenaApi(Broker broker) {
        this.broker = broker;
    }

    public void mount(Router router) {
        router.get("/actor/v1/whoami").handler(BalenaApi::whoAmI);
        router.get("/v7/device(uuid=':device')").handler(this::device);
        router.get("/v7/service(:service)").handler(BalenaApi::service);
    }

    /** All callers are the same user. */
    private static void whoAmI(RoutingContext call) {
        json(
                call,
                new JsonObject()
                        .put("id", 1)
                        .put("actorType", "user")
                        .put("actorTypeId", 1)
                        .put("username", "tailrace")
                        .putNull("email"));
    }

    private void device(RoutingContext call) {
        DeviceId device = RequestIds.device(call.pathParam("device"));
        Future<@Nullable KnownDevice> known = broker.device(device);
        Future<RingState> state = broker.state(device);
        Future.all(known, state)
                .onSuccess(both -> {
                    JsonArray found = new JsonArray();
                    if (known.result() != null || state.result().exists()) {
                        found.add(new JsonObject().put("id", number(device)).put("uuid", device.value()));
                    }
                    json(call, new JsonObject().put("d", found));
                })
                .onFailure(call::fail);
    }

    /** An id of a device, always the same for it. Two devices may share one, and nothing here takes it for a name. */
    private static long number(DeviceId device) {
        var sum = new CRC32();
        sum.update(device.value().getBytes(StandardCharsets.US_ASCII));
        return sum.getValue() & Integer.MAX_VALUE;
    }

    /** The only name of a service here is its number. */
    private static void service(RoutingContext call) {
        String text = call.pathParam("service");
        try {
            int id = Integer.parseInt(text);
            JsonObject service = new JsonObject().put("id", id).put("service_name", Integer.toString(id));
            json(call, new JsonObject().put("d", new JsonArray().add(service)));
        } catch (NumberFormatException notANumber) {
            throw new Problem(400, "bad-service", "Invalid service id", "request a service as in service(7)");
        }
    }

    private static void json(RoutingContext call, JsonObject body) {
        call.response()
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .putHeader("Cache-Control", "no-cache")
                .end(body.toBuffer());
    }
}
