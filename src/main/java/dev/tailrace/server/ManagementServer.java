package dev.tailrace.server;

import dev.tailrace.auth.HostNames;
import dev.tailrace.broker.AfterReading;
import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.http.BodyTimeouts;
import dev.tailrace.http.ConnectionLimits;
import dev.tailrace.http.InvalidRequests;
import dev.tailrace.http.PipelineThrottle;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestTurns;
import dev.tailrace.http.SafeHeaders;
import dev.tailrace.http.SmugglingGuard;
import dev.tailrace.metrics.Refusals;
import dev.tailrace.metrics.Telemetry;
import dev.tailrace.server.tls.Tls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The management port: {@code /metrics}, {@code /health/live} and {@code /health/ready}. */
final class ManagementServer {

    private static final Logger log = LoggerFactory.getLogger(ManagementServer.class);

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Vertx vertx;
    private final Settings settings;
    private final Telemetry telemetry;
    private final Readiness readiness;
    private final HostNames names;
    private final @Nullable Tls tls;
    private @Nullable HttpServer http;
    private boolean refusedSome;

    /**
     * @param names the host names that requests may have
     * @param tls used if the settings ask for it on this port
     */
    ManagementServer(
            Vertx vertx,
            Settings settings,
            Telemetry telemetry,
            Readiness readiness,
            HostNames names,
            @Nullable Tls tls) {
        this.names = names;
        this.vertx = vertx;
        this.settings = settings;
        this.telemetry = telemetry;
        this.readiness = readiness;
        this.tls = settings.tls().management() ? tls : null;
    }

    /**
     * The host names of the port. They include the machine's name if others reach the port. They do not if only the machine itself does,
     * because a foreign network that it joins may claim that name.
     */
    static HostNames names(Settings settings) {
        Set<String> names = new HashSet<>(settings.auth().hosts());
        names.add(settings.listen().managementHost());
        if (!ListenPolicy.isLoopback(settings.listen().managementHost())) {
            try {
                names.add(InetAddress.getLocalHost().getHostName());
            } catch (UnknownHostException nameless) {
                log.debug("Cannot determine the name of this machine: {}", nameless.getMessage());
            }
        }
        return HostNames.orAddresses(names);
    }

    /** Listens on the calling event loop. */
    Future<Void> listen() {
        Router router = Router.router(vertx);
        SafeHeaders.mount(router);
        router.route().handler(this::admit);
        router.get("/metrics").handler(call -> scrape(call.response()));
        router.get("/health/live").handler(call -> health(call.response(), true, "live", null));
        router.get("/health/ready").handler(this::ready);
        Refusals refusals = telemetry.metrics().refusals();
        Problems.mount(router, refusals);
        var connections = new ConnectionLimits(
                vertx,
                refusals,
                settings.http().requestTimeout(),
                settings.http().keepAlive(),
                new BodyTimeouts(vertx, refusals, settings.http().bodyTimeout()),
                new SmugglingGuard(new RequestTurns(
                        new PipelineThrottle(router),
                        System::nanoTime,
                        new AfterReading(vertx.getOrCreateContext())::call)));
        HttpServer server = vertx.createHttpServer(options())
                .connectionHandler(connections::opened)
                .requestHandler(connections)
                .invalidRequestHandler(new InvalidRequests(refusals));
        return BindErrors.on(
                        server,
                        settings.listen().managementPort(),
                        settings.listen().managementHost(),
                        Setting.MANAGEMENT_PORT)
                .onSuccess(listening -> http = listening)
                .mapEmpty();
    }

    private void admit(RoutingContext call) {
        if (names.include(call.request())) {
            call.next();
            return;
        }
        if (!refusedSome) {
            refusedSome = true;
            log.warn(
                    "The management port refused a request for an unknown host name (logged once); add the names that"
                            + " scrapers use to --{} ({})",
                    Setting.HOSTS.option(),
                    Setting.HOSTS.variable());
        }
        call.fail(new Problem(
                403,
                "foreign-host",
                "Unknown host",
                "use its IP address or localhost, or add the name to --hosts (TAILRACE_HOSTS)"));
    }

    // Probes and scrapers have no certificates.
    private HttpServerOptions options() {
        HttpServerOptions options = new HttpServerOptions()
                // With it, Vert.x shows a connection only after its first request, which may never come.
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout((int) Math.max(1, settings.http().keepAlive().toSeconds()));
        return tls == null ? options : tls.secureQuietly(options);
    }

    /** Uses the changed certificate for new connections, if the port speaks TLS. */
    Future<?> use(Tls changed) {
        return tls == null || http == null
                ? Future.succeededFuture()
                : http.updateSSLOptions(Tls.update(changed.secureQuietly(new HttpServerOptions())));
    }

    int port() {
        return http == null ? 0 : http.actualPort();
    }

    // Not on an event loop, because a scrape of many series takes milliseconds.
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

    /** @param reason for the operator */
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
