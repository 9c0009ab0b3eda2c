package dev.tailrace.server;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.metrics.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/** {@code /metrics}, {@code /health/live} and {@code /health/ready}, on a port of their own. */
final class ManagementServer {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Vertx vertx;
    private final Settings settings;
    private final Telemetry telemetry;
    private final Readiness readiness;
    private final @Nullable Tls tls;
    private @Nullable HttpServer http;

    /** @param tls for its port too, if the settings say so */
    ManagementServer(Vertx vertx, Settings settings, Telemetry telemetry, Readiness readiness, @Nullable Tls tls) {
        this.vertx = vertx;
        this.settings = settings;
        this.telemetry = telemetry;
        this.readiness = readiness;
        this.tls = settings.managementTls() ? tls : null;
    }

    Future<Void> listen() {
        Router router = Router.router(vertx);
        SafeHeaders.mount(router);
        router.get("/metrics").handler(call -> scrape(call.response()));
        router.get("/health/live").handler(call -> health(call.response(), true, "live", null));
        router.get("/health/ready").handler(this::ready);
        Problems.mount(router, telemetry.meters());
        HttpServer server = vertx.createHttpServer(options()).requestHandler(router);
        return Listening.on(server, settings.managementPort(), settings.managementHost(), Setting.MANAGEMENT_PORT)
                .onSuccess(listening -> http = listening)
                .mapEmpty();
    }

    // Probes and scrapers have no certificates.
    private HttpServerOptions options() {
        HttpServerOptions options = new HttpServerOptions()
                .setIdleTimeout((int) Math.max(1, settings.keepAlive().toSeconds()));
        return tls == null ? options : tls.secureQuietly(options);
    }

    /** New connections get the changed certificate, if they get one at all. */
    Future<?> use(Tls changed) {
        return tls == null || http == null
                ? Future.succeededFuture()
                : http.updateSSLOptions(Tls.update(changed.secureQuietly(new HttpServerOptions())));
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

    private void ready(RoutingContext call) {
        String refusal = readiness.refusal();
        String state = readiness.isDraining()
                ? "draining"
                : readiness.isStorageReady() ? "ready" : refusal != null ? "storage refuses" : "storage away";
        health(call.response(), readiness.isReady(), state, refusal);
    }

    /** @param reason for whoever runs the broker */
    private static void health(HttpServerResponse response, boolean good, String state, @Nullable String reason) {
        JsonObject answer = new JsonObject().put("status", good ? "up" : "down").put("state", state);
        if (reason != null) {
            answer.put("reason", reason);
        }
        response.setStatusCode(good ? 200 : 503)
                .putHeader("Content-Type", "application/json")
                .end(answer.toBuffer());
    }
}
