package dev.tailrace.server;

import dev.tailrace.api.ApiOptions;
import dev.tailrace.api.DeviceListRoutes;
import dev.tailrace.api.DeviceRoutes;
import dev.tailrace.api.DoctorRoutes;
import dev.tailrace.api.FleetRoutes;
import dev.tailrace.api.KeyRoutes;
import dev.tailrace.api.LimitRoutes;
import dev.tailrace.api.LoginRoutes;
import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.CachedFleets;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Gate;
import dev.tailrace.auth.HostNames;
import dev.tailrace.auth.Keys;
import dev.tailrace.auth.Logins;
import dev.tailrace.auth.OpenStreams;
import dev.tailrace.auth.Origins;
import dev.tailrace.auth.Revocations;
import dev.tailrace.auth.StorageClock;
import dev.tailrace.auth.Tickets;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.AfterReading;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.egress.EgressOptions;
import dev.tailrace.egress.EgressServices;
import dev.tailrace.egress.FollowBudget;
import dev.tailrace.egress.LiveRoutes;
import dev.tailrace.egress.balena.BalenaApi;
import dev.tailrace.egress.balena.BalenaLogs;
import dev.tailrace.egress.history.HistoryRoutes;
import dev.tailrace.egress.loki.LokiQueryRoutes;
import dev.tailrace.http.BodyTimeouts;
import dev.tailrace.http.ConnectionLimits;
import dev.tailrace.http.HeadDecoder;
import dev.tailrace.http.HeadersOfHttp2;
import dev.tailrace.http.InvalidRequests;
import dev.tailrace.http.PipelineThrottle;
import dev.tailrace.http.RequestHead;
import dev.tailrace.http.RequestTurns;
import dev.tailrace.http.SafeHeaders;
import dev.tailrace.http.SmugglingGuard;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.FairRoom;
import dev.tailrace.ingest.IngestOptions;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.Rates;
import dev.tailrace.ingest.balena.BalenaRoutes;
import dev.tailrace.ingest.journal.JournalRoutes;
import dev.tailrace.ingest.lines.FrameStream;
import dev.tailrace.ingest.lines.IngestRoutes;
import dev.tailrace.ingest.lines.LineReaders;
import dev.tailrace.ingest.lines.WebSocketIngest;
import dev.tailrace.ingest.loki.LokiRoutes;
import dev.tailrace.ingest.otlp.OtlpRoutes;
import dev.tailrace.ingest.records.FieldMapping;
import dev.tailrace.ingest.syslog.SyslogServer;
import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.server.tls.Tls;
import dev.tailrace.storage.RingStore;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One event loop's share of the broker: its rooms, and an HTTP server on the port that all loops share. */
final class LoopServer extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(LoopServer.class);

    private static final int WEBSOCKET_CLOSE_SECONDS = 5;

    private static final int HTTP2_RESETS_SECONDS = 30;

    /** With less a connection does not begin (RFC 9113, section 6.9.2). */
    private static final int HTTP2_LEAST_WINDOW = 65_535;

    /** To Vert.x a negative port is any free one, and the same for all servers that name the same number. */
    private static final int SHARED_FREE_PORT = -1;

    /** Not the number above, for to Vert.x that is the port of HTTP. */
    private static final int SHARED_FREE_SYSLOG_PORT = -2;

    private static final long LAG_MILLIS = 500;

    /** Before the end of the drain time, or a tenth of it, devices whose lines storage has not taken are sent away as well. */
    private static final long FAREWELL_MILLIS = 500;

    private final Settings settings;
    private final Storage storage;
    private final Revocations revocations;
    private final StorageClock clock;
    private final Activity activity;
    private final DeviceIndex devices;
    private final Meters meters;
    private final PendingBudget budget;
    private final FairRoom decoders;
    private final StreamBudget streamBudget;
    private final FilterShares filterShares;
    private final Rates rates;
    private final DeviceLimit deviceLimit;
    private final OpenStreams streams;
    private final FollowBudget followBudget;
    private final @Nullable Tls tls;
    private final Function<Fleets, List<Authenticator>> authenticators;
    private IngestServices ingest;
    private EgressServices egress;
    private HttpServer http;
    private @Nullable SyslogServer syslog;
    private int syslogPort = -1;
    private long lastLagCheck;

    @SuppressWarnings("NullAway.Init") // start() comes before any use
    LoopServer(
            Settings settings,
            Storage storage,
            Revocations revocations,
            StorageClock clock,
            Activity activity,
            DeviceIndex devices,
            Meters meters,
            PendingBudget budget,
            FairRoom decoders,
            StreamBudget streamBudget,
            FilterShares filterShares,
            Rates rates,
            DeviceLimit deviceLimit,
            OpenStreams streams,
            FollowBudget followBudget,
            @Nullable Tls tls,
            Function<Fleets, List<Authenticator>> authenticators) {
        this.settings = settings;
        this.storage = storage;
        this.revocations = revocations;
        this.clock = clock;
        this.activity = activity;
        this.devices = devices;
        this.meters = meters;
        this.budget = budget;
        this.decoders = decoders;
        this.streamBudget = streamBudget;
        this.filterShares = filterShares;
        this.rates = rates;
        this.deviceLimit = deviceLimit;
        this.streams = streams;
        this.followBudget = followBudget;
        this.tls = tls;
        this.authenticators = authenticators;
    }

    @Override
    public Future<?> start() {
        return storage.ring().compose(this::serve);
    }

    private Future<?> serve(RingStore ring) {
        var broker = new Broker(vertx, ring, activity, meters, streamBudget, filterShares);
        Fleets fleets = new CachedFleets(vertx, ring.memberships());
        ingest = new IngestServices(
                vertx, broker, activity, meters, budget, decoders, rates, fleets, deviceLimit, ingestOptions());
        egress = new EgressServices(vertx, broker, meters, egressOptions(), followBudget, ring.places());

        Router router = Router.router(vertx);
        var bodies = new BodyTimeouts(vertx, meters, settings.http().bodyTimeout());
        SafeHeaders.mount(router);
        origins().mount(router);
        Keys keys = new Keys(ring.credentials(), ring.revocations(), revocations, clock);
        List<Authenticator> tokens = Authenticators.of(vertx, settings, keys, fleets, authenticators);
        Logins logins =
                new Logins(ring.credentials(), ring.revocations(), revocations, clock, tokens, settings.auth().logins());
        Tickets tickets = new Tickets(ring.credentials(), clock, fleets, settings.auth().tickets());
        Gate gate = new Gate(
                vertx, Authenticators.withSessions(tokens, logins, tickets), revocations::isRevoked, clock, streams);
        bodies.mount(router);
        gate.mount(router);
        var readers = new LineReaders(settings.ingest().lineBytes());
        new IngestRoutes(ingest, readers, new WebSocketIngest.Shared(vertx, readers)).mount(router);
        new JournalRoutes(ingest).mount(router);
        new OtlpRoutes(ingest, FieldMapping.of(settings.records().otlpDevice(), "service.name", "")).mount(router);
        new LokiRoutes(ingest, FieldMapping.of(settings.records().lokiDevice(), settings.records().lokiService(), settings.records().lokiLevel()))
                .mount(router);
        new LiveRoutes(egress).mount(router);
        new HistoryRoutes(egress).mount(router);
        new BalenaRoutes(ingest, settings.balena().processingInterval()).mount(router);
        new BalenaLogs(egress).mount(router);
        if (settings.balena().api()) {
            new BalenaApi(broker).mount(router);
        }
        new LokiQueryRoutes(egress, devices).mount(router);
        new DeviceListRoutes(broker, devices, activity).mount(router);
        new DeviceRoutes(broker, activity).mount(router);
        new KeyRoutes(ring.revocations(), keys, revocations).mount(router);
        new FleetRoutes(broker, devices, new ApiOptions(settings.streams().fleetDevices())).mount(router);
        new LoginRoutes(logins, tickets).mount(router);
        new LimitRoutes(limits()).mount(router);
        DashboardRoutes.mount(router);
        new DoctorRoutes(settings.streams().heartbeat()).mount(router);
        DoctorPage.mount(router);
        gate.verify(router);
        Problems.mount(router, meters);

        vertx.setPeriodic(LAG_MILLIS, id -> measureLag());
        lastLagCheck = System.nanoTime();
        HttpServerOptions options = httpOptions(settings);
        var connections = new ConnectionLimits(
                vertx,
                meters,
                settings.http().requestTimeout(),
                settings.http().keepAlive(),
                bodies,
                new HeadersOfHttp2(
                        meters,
                        new SmugglingGuard(new RequestTurns(
                                new PipelineThrottle(request -> route(router, request)),
                                System::nanoTime,
                                new AfterReading(context)::call))));
        http = vertx.createHttpServer(tls == null ? options : tls.secure(options))
                .connectionHandler(connection -> {
                    HeadDecoder.install(connection, settings.http().headerBytes());
                    connections.opened(connection);
                    onConnection(connection, connections);
                })
                .requestHandler(connections)
                .invalidRequestHandler(new InvalidRequests(meters));
        return BindErrors.on(
                        http, settings.listen().port() == 0 ? SHARED_FREE_PORT : settings.listen().port(), settings.listen().host(), Setting.PORT)
                .compose(listening -> listenForSyslog());
    }

    private void route(Router router, HttpServerRequest request) {
        if (RequestHead.isWebSocket(request) && !RequestHead.isHttp2(request)) {
            FrameStream.prepare(request, settings.ingest().frameBytes());
        }
        router.handle(request);
    }

    private Future<Void> listenForSyslog() {
        Integer port = settings.syslog().port();
        if (port == null) {
            return Future.succeededFuture();
        }
        syslog = new SyslogServer(ingest, settings.syslog().zone(), settings.syslog().idle());
        int shared = port == 0 ? SHARED_FREE_SYSLOG_PORT : port;
        return BindErrors.withBindError(
                        syslog.listen(shared, settings.listen().host(), settings.sockets().receiveBuffer()),
                        port,
                        settings.listen().host(),
                        Setting.SYSLOG_PORT)
                .onSuccess(server -> syslogPort = server.actualPort())
                .mapEmpty();
    }

    /** Takes syslog's datagrams for all loops, if there is syslog, on the port that its connections have. */
    Future<Void> listenForDatagrams() {
        SyslogServer server = syslog;
        if (server == null) {
            return Future.succeededFuture();
        }
        return onLoop(() -> BindErrors.withBindError(
                        server.listenForDatagrams(syslogPort, settings.listen().host()),
                        syslogPort,
                        settings.listen().host(),
                        Setting.SYSLOG_PORT)
                .mapEmpty());
    }

    // Peers that vanish are their own business; whoever served them hears of it too. Not the message: it may quote a
    // header.
    private void onConnection(HttpConnection connection, ConnectionLimits connections) {
        connection.exceptionHandler(cause -> {
            if (OutOfMemory.of(cause) != null) {
                log.debug("A connection failed", cause); // whole, for whoever counts on hearing of it
            } else {
                log.debug("A connection failed: {}", cause.getClass().getSimpleName());
            }
            if (cause instanceof Http2Exception broken
                    && broken.error() == Http2Error.ENHANCE_YOUR_CALM
                    && connections.ends(connection)) {
                meters.refused(Limit.HTTP2_RESETS);
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

    /** New connections get the changed certificate; those that are open keep what they have. */
    Future<?> use(Tls changed) {
        return http.updateSSLOptions(Tls.update(changed.secure(httpOptions(settings))));
    }

    /** Where syslog is heard, -1 when it is not. */
    int syslogPort() {
        return syslogPort;
    }

    /**
     * Stops listening, asks readers to come back, and asks devices to connect elsewhere once their lines are stored.
     * ConnectionLimits without an open request are closed, others with their last answer, so that nobody sends another request
     * to a broker that leaves: an EventSource would take the refusal for final.
     *
     * @param limit after which the connections that are still open are closed
     */
    Future<Void> drain(Duration limit) {
        return onLoop(() -> {
            // Readers do not wait for devices, whose lines may wait for storage.
            Future<Void> left = Future.join(egress.drain(), ingest.drain()).mapEmpty();
            long millis = limit.toMillis();
            vertx.setTimer(Math.max(1, millis - Math.min(FAREWELL_MILLIS, millis / 10)), id -> ingest.endDrain());
            // In the same turn, so that no request comes in between; and last, as it closes whom nobody holds open.
            http.shutdown(limit).onFailure(cause -> log.warn("Cannot shut down the HTTP server", cause));
            return left;
        });
    }

    private Future<Void> onLoop(Supplier<Future<Void>> what) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(nothing -> what.get().onComplete(done));
        return done.future();
    }

    private Origins origins() {
        boolean ownMachineOnly = !settings.auth().asksForCredentials() && !settings.auth().insecure();
        return new Origins(
                settings.auth().allowedOrigins(),
                ownMachineOnly ? HostNames.ofOwnMachine(settings.listen().host(), settings.auth().hosts()) : null);
    }

    private JsonObject limits() {
        return new JsonObject()
                .put("ringCapacity", settings.storage().ringCapacity())
                .put("ringBytes", settings.storage().ringBytes())
                .put("ringTtlSeconds", settings.storage().ringTtl().toSeconds())
                .put("deviceLines", settings.rates().deviceLines())
                .put("deviceBytes", settings.rates().deviceBytes())
                .put("fleetLines", settings.rates().fleetLines())
                .put("fleetBytes", settings.rates().fleetBytes())
                .put("ingestWindowLines", settings.ingest().windowLines())
                .put("ingestWindowBytes", settings.ingest().windowBytes())
                .put("ingestLineBytes", settings.ingest().lineBytes())
                .put("streamDevices", settings.streams().devices())
                .put("followedDevices", settings.streams().followedDevices())
                .put("streamsPerUser", settings.streams().perUser())
                .put("fleetDevices", settings.streams().fleetDevices());
    }

    private IngestOptions ingestOptions() {
        return new IngestOptions(
                settings.ingest().windowLines(),
                settings.ingest().windowBytes(),
                settings.ingest().pendingBytes(),
                settings.ingest().lineBytes(),
                settings.ingest().frameBytes(),
                settings.ingest().bodyBytes(),
                settings.ingest().documentBytes(),
                settings.ingest().retry());
    }

    private EgressOptions egressOptions() {
        return new EgressOptions(
                settings.streams().heartbeat(),
                settings.streams().stallLimit(),
                settings.streams().lifetime(),
                settings.drain().time().dividedBy(2),
                settings.streams().bytes(),
                settings.streams().devices());
    }

    /**
     * Small socket buffers, or the kernel holds megabytes for each paused device and stalled reader. No idle timeout:
     * devices may be silent, and readers are watched by their heartbeats. No compression: an event shared by a thousand
     * readers would be deflated a thousand times, and a WebSocket keeps a window per connection. Strict threads: all is written
     * on the connection's event loop, and a queue for writes from elsewhere would be most of a kilobyte per connection.
     */
    static HttpServerOptions httpOptions(Settings settings) {
        return new HttpServerOptions()
                .setStrictThreadMode(true)
                .setReceiveBufferSize(settings.sockets().receiveBuffer())
                .setSendBufferSize(settings.sockets().sendBuffer())
                .setTcpNoDelay(true)
                .setAcceptBacklog(4096)
                .setSslHandshakeTimeout(settings.http().requestTimeout().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setHandle100ContinueAutomatically(true)
                .setMaxHeaderSize(settings.http().headerBytes())
                .setMaxInitialLineLength(settings.http().headerBytes())
                .setHttp2ClearTextEnabled(settings.http().http2Cleartext())
                .setInitialSettings(http2Settings(settings))
                .setHttp2ConnectionWindowSize(http2Window(settings))
                .setHttp2RstFloodMaxRstFramePerWindow(settings.http().http2Resets())
                .setHttp2RstFloodWindowDuration(HTTP2_RESETS_SECONDS)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setMaxWebSocketFrameSize(settings.ingest().frameBytes())
                .setMaxWebSocketMessageSize(Integer.MAX_VALUE) // read frame by frame, never put together
                .setWebSocketSubProtocols(List.of(WebSocketIngest.TEXT_PROTOCOL))
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setWebSocketClosingTimeout(WEBSOCKET_CLOSE_SECONDS);
    }

    // A stream is to HTTP/2 what a connection is to HTTP/1.1: a paused device can still push as much.
    private static Http2Settings http2Settings(Settings settings) {
        return new Http2Settings()
                .setMaxConcurrentStreams(settings.http().http2Streams())
                .setMaxHeaderListSize(settings.http().headerBytes())
                .setPushEnabled(false)
                .setInitialWindowSize(settings.sockets().receiveBuffer());
    }

    // What all streams may push, so that paused ones never keep another from sending.
    private static int http2Window(Settings settings) {
        long all = (long) settings.http().http2Streams() * settings.sockets().receiveBuffer();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(HTTP2_LEAST_WINDOW, all));
    }
}
