package dev.tailrace.api;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;

/** {@code GET /api/v1/limits}: limits of the broker, for clients that show them. */
public final class LimitRoutes {

    private final JsonObject limits;

    /** @param limits the body of the response; not modified */
    public LimitRoutes(JsonObject limits) {
        this.limits = limits;
    }

    public void mount(Router router) {
        router.get("/api/v1/limits").handler(call -> DeviceRoutes.json(call, limits));
    }
}
