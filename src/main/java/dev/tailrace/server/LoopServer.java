package dev.tailrace.server;

import dev.tailrace.broker.AfterReading;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.config.HttpSettings;
import dev.tailrace.config.ListenSettings;
import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.config.SyslogSettings;
import dev.tailrace.http.BodyTimeouts;
import dev.tailrace.http.ConnectionLimits;
import dev.tailrace.http.HeadDecoder;
import dev.tailrace.http.HeadersOfHttp2;
import dev.tailrace.http.InvalidRequests;
import dev.tailrace.http.PipelineThrottle;
import dev.tailrace.http.RequestHead;
import dev.tailrace.http.RequestTurns;
import dev.tailrace.http.SmugglingGuard;
import dev.tailrace.http.WebSocketUpgrade;
import dev.tailrace.ingest.gelf.GelfServer;
import dev.tailrace.ingest.lines.FrameStream;
import dev.tailrace.ingest.lines.SenderPorts;
import dev.tailrace.ingest.syslog.SyslogServer;
import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
import dev.tailrace.server.tls.Tls;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.Stores;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One event loop of the broker: an HTTP server on the port that all loops share, and syslog if there is any. */
final class LoopServer extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(LoopServer.class);

    /** To Vert.x a negative port is any free one, and the same for all servers that name the same number. */
    private static final int SHARED_FREE_PORT = -1;

    /** Different from the number above, which to Vert.x is the port of HTTP. */
    private static final int SHARED_FREE_SYSLOG_PORT = -2;

    private static final int SHARED_FREE_SYSLOG_TLS_PORT = -3;
    private static final int SHARED_FREE_GELF_PORT = -4;

    private static final long LAG_MILLIS = 500;

    /** Before the end of the drain time, or a tenth of it, devices whose lines storage has not taken are disconnected as well. */
    private static final long FAREWELL_MILLIS = 500;

    private final NodeServices node;
    private final DeviceIndex devices;
    private final Settings settings;
    private final ServerMeters meters;
    private final Refusals refusals;
    private final @Nullable Tls tls;
    private LoopServices services;
    private HttpServer http;
    private @Nullable SyslogServer syslog;
    private int syslogPort = -1;
    private @Nullable GelfServer gelf;
    private int gelfPort = -1;
    private @Nullable NetServer syslogOverTls;
    private long lastLagCheck;

    @SuppressWarnings("NullAway.Init") // start() comes before any use
    LoopServer(NodeServices node, DeviceIndex devices, @Nullable Tls tls) {
        this.node = node;
        this.devices = devices;
        this.settings = node.settings();
        this.meters = node.meters().server();
        this.refusals = node.meters().refusals();
        this.tls = tls;
    }

    @Override
    public Future<?> start() {
        var endOfTick = new EndOfTick(context);
        return node.storage().stores(endOfTick).compose(stores -> serve(stores, endOfTick));
    }

    private Future<?> serve(Stores stores, EndOfTick endOfTick) {
        services = LoopServices.of(vertx, node, stores, endOfTick);
        var bodies = new BodyTimeouts(vertx, refusals, settings.http().bodyTimeout());
        Router router = new Routes(vertx, node, services).mount(devices, bodies);
        http = httpServer(router, bodies);
        lastLagCheck = System.nanoTime();
        vertx.setPeriodic(LAG_MILLIS, id -> measureLag());
        ListenSettings listen = settings.listen();
        int port = listen.port() == 0 ? SHARED_FREE_PORT : listen.port();
        return BindErrors.on(http, port, listen.host(), Setting.PORT)
                .compose(listening -> listenForSyslog())
                .compose(listening -> listenForGelf());
    }

    private HttpServer httpServer(Router router, BodyTimeouts bodies) {
        HttpSettings limits = settings.http();
        var connections = new ConnectionLimits(
                vertx,
                refusals,
                limits.requestTimeout(),
                limits.keepAlive(),
                bodies,
                new HeadersOfHttp2(
                        refusals,
                        new SmugglingGuard(new RequestTurns(
                                new PipelineThrottle(request -> route(router, request)),
                                System::nanoTime,
                                new AfterReading(context)::call))));
        HttpServerOptions options = HttpOptions.of(settings);
        return vertx.createHttpServer(tls == null ? options : tls.secure(options))
                .connectionHandler(connection -> {
                    HeadDecoder.install(connection, limits.headerBytes());
                    connections.opened(connection);
                    onConnection(connection, connections);
                })
                .requestHandler(connections)
                .invalidRequestHandler(new InvalidRequests(refusals));
    }

    private void route(Router router, HttpServerRequest request) {
        if (WebSocketUpgrade.isAsked(request) && !RequestHead.isHttp2(request)) {
            FrameStream.prepare(request, settings.ingest().frameBytes());
        }
        router.handle(request);
    }

    private Future<Void> listenForSyslog() {
        SyslogSettings wanted = settings.syslog();
        var server = new SyslogServer(services.ingest(), node.meters().syslog(), wanted.zone(), wanted.idle());
        syslog = server;
        return listenForSyslog(server, wanted.port())
                .compose(plain -> listenForSyslogOverTls(server, wanted.tlsPort()));
    }

    private Future<Void> listenForSyslog(SyslogServer server, @Nullable Integer port) {
        if (port == null) {
            return Future.succeededFuture();
        }
        int shared = port == 0 ? SHARED_FREE_SYSLOG_PORT : port;
        String host = settings.listen().host();
        return BindErrors.withBindError(
                        server.listen(
                                shared, host, SenderPorts.tcp(settings.sockets().receiveBuffer())),
                        port,
                        host,
                        Setting.SYSLOG_PORT)
                .onSuccess(listening -> syslogPort = listening.actualPort())
                .mapEmpty();
    }

    private Future<Void> listenForSyslogOverTls(SyslogServer server, @Nullable Integer port) {
        if (port == null || tls == null) {
            return Future.succeededFuture();
        }
        int shared = port == 0 ? SHARED_FREE_SYSLOG_TLS_PORT : port;
        String host = settings.listen().host();
        return BindErrors.withBindError(
                        server.listen(shared, host, syslogOverTls(tls)), port, host, Setting.SYSLOG_TLS_PORT)
                .onSuccess(listening -> syslogOverTls = listening)
                .mapEmpty();
    }

    private NetServerOptions syslogOverTls(Tls by) {
        return by.secureStream(SenderPorts.tcp(settings.sockets().receiveBuffer()))
                .setSslHandshakeTimeout(settings.http().requestTimeout().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    }

    private Future<Void> listenForGelf() {
        Integer port = settings.gelf().port();
        if (port == null) {
            return Future.succeededFuture();
        }
        gelf = new GelfServer(
                services.ingest(),
                node.meters().gelf(),
                settings.syslog().idle(),
                settings.lines().zone());
        String host = settings.listen().host();
        Future<NetServer> listening = gelf.listen(
                port == 0 ? SHARED_FREE_GELF_PORT : port,
                host,
                SenderPorts.tcp(settings.sockets().receiveBuffer()));
        return BindErrors.withBindError(listening, port, host, Setting.GELF_PORT)
                .onSuccess(server -> gelfPort = server.actualPort())
                .mapEmpty();
    }

    /** Takes the datagrams of syslog and GELF for all loops, on the ports that their connections have. */
    Future<Void> listenForDatagrams() {
        return listenForSyslogDatagrams().compose(listening -> listenForGelfDatagrams());
    }

    private Future<Void> listenForGelfDatagrams() {
        GelfServer server = gelf;
        if (server == null) {
            return Future.succeededFuture();
        }
        String host = settings.listen().host();
        return onLoop(() -> BindErrors.withBindError(
                        server.listenForDatagrams(gelfPort, host), gelfPort, host, Setting.GELF_PORT)
                .mapEmpty());
    }

    private Future<Void> listenForSyslogDatagrams() {
        SyslogServer server = syslog;
        if (server == null || syslogPort < 0) {
            return Future.succeededFuture();
        }
        return onLoop(() -> BindErrors.withBindError(
                        server.listenForDatagrams(syslogPort, settings.listen().host()),
                        syslogPort,
                        settings.listen().host(),
                        Setting.SYSLOG_PORT)
                .mapEmpty());
    }

    // A lost connection is normal, and its own handler is notified separately. Only the class is logged, because the
    // message may
    // quote a header.
    private void onConnection(HttpConnection connection, ConnectionLimits connections) {
        connection.exceptionHandler(cause -> {
            if (OutOfMemory.of(cause) != null) {
                log.debug("A connection failed", cause); // with its stack trace, for a handler of such errors
            } else {
                log.debug("A connection failed: {}", cause.getClass().getSimpleName());
            }
            if (cause instanceof Http2Exception broken
                    && broken.error() == Http2Error.ENHANCE_YOUR_CALM
                    && connections.ends(connection)) {
                refusals.refused(Limit.HTTP2_RESETS);
            }
        });
    }

    private void measureLag() {
        long now = System.nanoTime();
        meters.loopLag(now - lastLagCheck - TimeUnit.MILLISECONDS.toNanos(LAG_MILLIS));
        lastLagCheck = now;
    }

    int port() {
        return http.actualPort();
    }

    /** Uses the changed certificate for new connections; open ones keep theirs. */
    Future<?> use(Tls changed) {
        Future<?> used = http.updateSSLOptions(Tls.update(changed.secure(HttpOptions.of(settings))));
        NetServer streams = syslogOverTls;
        return streams == null
                ? used
                : used.compose(
                        done -> streams.updateSSLOptions(syslogOverTls(changed).getSslOptions()));
    }

    /** The port of GELF; -1 without one. */
    int gelfPort() {
        return gelfPort;
    }

    /** The port of syslog; -1 without syslog. */
    int syslogPort() {
        return syslogPort;
    }

    /** The port of syslog over TLS; -1 without it. */
    int syslogTlsPort() {
        NetServer server = syslogOverTls;
        return server == null ? -1 : server.actualPort();
    }

    /**
     * Stops listening, asks readers to reconnect, and asks devices to connect elsewhere once their lines are stored.
     * Connections without an open request are closed at once, others with their last response, so that no client sends another
     * request to a broker that shuts down: an EventSource would take the refusal for final.
     *
     * @param limit after which the connections that are still open are closed
     */
    Future<Void> drain(Duration limit) {
        return onLoop(() -> {
            // Readers do not wait for devices, whose lines may wait for storage.
            Future<Void> left = Future.join(
                            services.egress().drain(), services.ingest().drain())
                    .mapEmpty();
            long millis = limit.toMillis();
            vertx.setTimer(
                    Math.max(1, millis - Math.min(FAREWELL_MILLIS, millis / 10)),
                    id -> services.ingest().endDrain());
            // In the same tick, so that no request comes in between; and last, because it closes connections without a
            // request.
            http.shutdown(limit).onFailure(cause -> log.warn("Cannot shut down the HTTP server", cause));
            return left;
        });
    }

    private Future<Void> onLoop(Supplier<Future<Void>> what) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(nothing -> what.get().onComplete(done));
        return done.future();
    }
}
