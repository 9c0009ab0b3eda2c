package dev.tailrace.api;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;

/** {@code GET /api/v1/limits}: what the broker keeps and how much it takes, for readers that show it. */
public final class LimitRoutes {

    private final JsonObject limits;

    /** @param limits as they are told; never changed */
    public LimitRoutes(JsonObject limits) {
        this.limits = limits;
    }

    public void mount(Router router) {
        router.get("/api/v1/limits").handler(call -> DeviceRoutes.json(call, limits));
    }
}
