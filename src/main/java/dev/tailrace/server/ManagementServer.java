package dev.tailrace.server;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.metrics.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** {@code /metrics}, {@code /health/live} and {@code /health/ready}, on a port of their own. */
final class ManagementServer {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Vertx vertx;
    private final Settings settings;
    private final Telemetry telemetry;
    private final Readiness readiness;
    private @Nullable HttpServer http;

    ManagementServer(Vertx vertx, Settings settings, Telemetry telemetry, Readiness readiness) {
        this.vertx = vertx;
        this.settings = settings;
        this.telemetry = telemetry;
        this.readiness = readiness;
    }

    Future<Void> listen() {
        Router router = Router.router(vertx);
        router.get("/metrics").handler(call -> scrape(call.response()));
        router.get("/health/live").handler(call -> health(call.response(), true, "live"));
        router.get("/health/ready").handler(call -> health(call.response(), readiness.isReady(), state()));
        Problems.mount(router);
        HttpServer server = vertx.createHttpServer().requestHandler(router);
        return Listening.on(server, settings.managementPort(), settings.managementHost(), Setting.MANAGEMENT_PORT)
                .onSuccess(listening -> http = listening)
                .mapEmpty();
    }

    int port() {
        return http == null ? 0 : http.actualPort();
    }

    // Off the event loop: with many series a scrape takes milliseconds.
    private void scrape(HttpServerResponse response) {
        vertx.executeBlocking(telemetry::scrape, false)
                .onSuccess(text ->
                        response.putHeader("Content-Type", PROMETHEUS_TEXT).end(text))
                .onFailure(cause -> response.setStatusCode(500).end());
    }

    private String state() {
        return readiness.isDraining() ? "draining" : readiness.isStorageReady() ? "ready" : "storage away";
    }

    private static void health(HttpServerResponse response, boolean good, String state) {
        response.setStatusCode(good ? 200 : 503)
                .putHeader("Content-Type", "application/json")
                .end(new JsonObject()
                        .put("status", good ? "up" : "down")
                        .put("state", state)
                        .toBuffer());
    }
}
