package dev.tailrace.server;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.HostNames;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.http.ConnectionCounts;
import dev.tailrace.http.ServerPort;
import dev.tailrace.metrics.Telemetry;
import dev.tailrace.server.Acceptor.FirstHandler;
import dev.tailrace.server.tls.HandshakeTurns;
import dev.tailrace.server.tls.Tls;
import dev.tailrace.server.tls.TlsFiles;
import dev.tailrace.server.tls.TlsReload;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.redis.link.RedisUri;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One broker: builds its parts, listens, and drains its connections when it is stopped. */
public final class BrokerServer {

    private static final Logger log = LoggerFactory.getLogger(BrokerServer.class);

    private static final long RATES_SWEEP_MILLIS = 1000;

    private final Vertx vertx;
    private final Settings settings;
    private final ConnectionCounts limits;
    private final Acceptor acceptor;
    private final NodeServices node;
    private final Readiness readiness;
    private final Context lookout;
    private final ManagementServer management;
    private final @Nullable TlsFiles tlsFiles;
    private final @Nullable Tls tls;
    private final List<LoopServer> loops = new ArrayList<>();
    private volatile @Nullable TlsReload tlsReload;

    private BrokerServer(
            Vertx vertx,
            NodeServices node,
            Telemetry telemetry,
            ConnectionCounts limits,
            Acceptor acceptor,
            HostNames managementNames,
            @Nullable TlsFiles tlsFiles,
            @Nullable Tls tls) {
        this.vertx = vertx;
        this.node = node;
        this.settings = node.settings();
        this.limits = limits;
        this.acceptor = acceptor;
        this.readiness =
                new Readiness(vertx, node.storage()::refusal, settings.drain().readyWithoutStorage());
        this.tlsFiles = tlsFiles;
        this.tls = tls;
        this.lookout = vertx.getOrCreateContext();
        this.management = new ManagementServer(vertx, settings, telemetry, readiness, managementNames, tls);
    }

    /** Starts a broker; fails, with everything closed again, when it cannot listen or Redis refuses it. */
    public static Future<BrokerServer> start(Settings settings) {
        return start(settings, fleets -> List.of());
    }

    /** @param authenticators makes those of one event loop that are tried before those of the settings */
    static Future<BrokerServer> start(Settings settings, Function<Fleets, List<Authenticator>> authenticators) {
        ListenPolicy.requireSafe(settings);
        if (!settings.auth().asksForCredentials()) {
            log.warn(
                    "No credentials are configured: anyone who can reach {} can read and write; set --{} to require authentication",
                    settings.listen().host(),
                    Setting.AUTH_ADMIN_TOKEN.option());
        }
        RedisUri redis = settings.storage().redis() == null
                ? null
                : RedisUri.parse(settings.storage().redis());
        TlsFiles tlsFiles = TlsFiles.read(settings.tls());
        Tls tls = tlsFiles == null ? null : Tls.of(tlsFiles, settings.tls().clientRequired());
        HostNames managementNames = ManagementServer.names(settings);
        Telemetry telemetry = new Telemetry();
        NodeMeters meters = NodeMeters.of(telemetry.metrics());
        var limits = new ConnectionCounts(
                settings.http().connections(), settings.http().connectionsPerAddress());
        for (ServerPort port : ServerPort.values()) {
            meters.server().connections(port, () -> limits.open(port));
        }
        var handshakes = new HandshakeTurns(
                settings.http().handshakesPerAddress(),
                settings.http().requestTimeout(),
                System::nanoTime,
                meters.refusals());
        meters.server().handshakesWaiting(handshakes::waiting);
        var acceptor = new Acceptor(
                limits, FirstHandler.by(settings, tls != null, handshakes), meters.refusals(), meters.server());
        Vertx vertx = Vertx.builder()
                .with(vertxOptions(settings))
                .withTransport(AcceptorTransport.with(acceptor))
                .build();
        handshakes.areComputedBy(vertx);
        vertx.exceptionHandler(failure -> log.error("Unhandled exception", failure));
        // Not bound to a context: callbacks on a context of a closed Vert.x never run.
        Promise<BrokerServer> started = Promise.promise();
        OpenStorage.of(vertx, settings.storage(), redis, meters.storage())
                .map(storage -> NodeServices.of(vertx, settings, storage, meters, authenticators))
                .map(node -> new BrokerServer(vertx, node, telemetry, limits, acceptor, managementNames, tlsFiles, tls))
                .compose(server -> server.listen().map(server))
                .onSuccess(started::complete)
                .onFailure(cause -> vertx.close().onComplete(closed -> started.fail(cause)));
        return started.future();
    }

    private static VertxOptions vertxOptions(Settings settings) {
        return new VertxOptions()
                // One more, which serves neither devices nor readers, so that announcements from Redis do not wait for
                // them.
                .setEventLoopPoolSize(settings.sockets().eventLoops() + 1)
                // Vert.x computes TLS handshakes there. With its default of 20 threads, a flood of them would leave no
                // processor to the event loops.
                .setInternalBlockingPoolSize(Math.max(2, Runtime.getRuntime().availableProcessors() / 2));
    }

    private Future<Void> listen() {
        return startBackgroundTasks()
                .compose(this::deployAll)
                .compose(all -> loops.get(0).listenForDatagrams())
                .compose(listening -> listenForManagement())
                .onSuccess(listening -> {
                    acceptor.listens(syslogPort(), ServerPort.SYSLOG);
                    acceptor.listens(syslogTlsPort(), ServerPort.SYSLOG_TLS);
                    acceptor.listens(gelfPort(), ServerPort.GELF);
                    acceptor.listens(managementPort(), ServerPort.MANAGEMENT);
                    limits.descriptors(
                            Descriptors.forConnections(settings.http().connections()));
                    watchCertificates();
                });
    }

    // On the event loop that serves neither devices nor readers.
    private Future<Void> listenForManagement() {
        Promise<Void> listening = Promise.promise();
        lookout.runOnContext(nothing -> management.listen().onComplete(listening));
        return listening.future();
    }

    private Future<?> deployAll(DeviceIndex devices) {
        List<Future<LoopServer>> deployed = new ArrayList<>();
        for (int i = 0; i < settings.sockets().eventLoops(); i++) {
            deployed.add(deploy(devices));
        }
        return Future.all(deployed);
    }

    private Future<LoopServer> deploy(DeviceIndex devices) {
        var loop = new LoopServer(node, devices, tls);
        loops.add(loop);
        return vertx.deployVerticle(loop, new DeploymentOptions()).map(loop);
    }

    private void watchCertificates() {
        if (tls != null && tlsFiles != null) {
            certificateExpires(tls);
            TlsReload reload = new TlsReload(vertx, settings.tls(), tlsFiles, this::use);
            reload.begin();
            tlsReload = reload;
        }
    }

    private Future<?> use(Tls changed) {
        List<Future<?>> servers = new ArrayList<>();
        loops.forEach(loop -> servers.add(loop.use(changed)));
        servers.add(management.use(changed));
        return Future.all(servers).onSuccess(all -> certificateExpires(changed));
    }

    private void certificateExpires(Tls inUse) {
        Instant expires = inUse.expires();
        node.meters().server().certificateExpires(expires.getEpochSecond());
        if (expires.isBefore(Instant.now())) {
            log.warn("The TLS certificate expired at {}; clients refuse it", expires);
        }
    }

    /** Readiness and the list of devices use an event loop without clients, so that no client waits for them. */
    private Future<DeviceIndex> startBackgroundTasks() {
        Promise<DeviceIndex> begun = Promise.promise();
        lookout.runOnContext(nothing -> node.storage()
                .stores(new EndOfTick(lookout))
                .compose(stores -> {
                    readiness.begin(stores.ring());
                    node.deviceLimit().begin(vertx, stores.devices());
                    new ActivityReporter(vertx, node.activity(), stores.devices()).begin();
                    vertx.setPeriodic(RATES_SWEEP_MILLIS, id -> node.rates().sweep());
                    return node.revocations()
                            .begin(vertx, stores.revocations())
                            .map(started -> new DeviceIndex(vertx, stores.devices(), stores.fleets()));
                })
                .onComplete(begun));
        return begun.future();
    }

    /** The port of devices and readers. */
    public int port() {
        return loops.get(0).port();
    }

    /** The port of GELF, over TCP and UDP; -1 without one. */
    public int gelfPort() {
        return loops.get(0).gelfPort();
    }

    /** The port of syslog, over TCP and UDP; -1 without syslog. */
    public int syslogPort() {
        return loops.get(0).syslogPort();
    }

    /** The port of syslog over TLS; -1 without it. */
    public int syslogTlsPort() {
        return loops.get(0).syslogTlsPort();
    }

    /** The port of metrics and probes. */
    public int managementPort() {
        return management.port();
    }

    /**
     * Stops within the drain time. Readiness turns off at once. After the drain delay the broker stops listening, asks readers to
     * reconnect later, stores the lines of devices and closes their sockets.
     */
    public Future<Void> stop() {
        log.info("Draining for up to {} s", settings.drain().time().toMillis() / 1000.0);
        readiness.drain();
        TlsReload reload = tlsReload;
        if (reload != null) {
            reload.end();
        }
        Duration limit = Duration.ofMillis(Math.max(1, settings.drain().time().toMillis()));
        return delay(settings.drain().delay())
                .compose(nothing -> drain(limit))
                .eventually(node.storage()::close)
                .eventually(vertx::close);
    }

    private Future<Void> delay(Duration time) {
        Promise<Void> over = Promise.promise(); // not bound to an event loop, because they end before it completes
        if (time.isZero()) {
            over.complete();
        } else {
            vertx.setTimer(time.toMillis(), id -> over.complete());
        }
        return over.future();
    }

    private Future<Void> drain(Duration limit) {
        return Future.join(loops.stream().map(loop -> loop.drain(limit)).toList())
                .<Void>mapEmpty()
                .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(late -> log.warn("Not all connections ended within the drain time"));
    }
}
