package dev.tailrace.server;

import dev.tailrace.broker.Activity;
import dev.tailrace.config.Settings;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.RuntimeMeters;
import dev.tailrace.ring.Announcements;
import dev.tailrace.ring.MemoryRing;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingOptions;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One broker: wires the rooms, listens, and leaves politely. */
public final class BrokerServer {

    private static final Logger log = LoggerFactory.getLogger(BrokerServer.class);

    private final Vertx vertx;
    private final Settings settings;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Meters meters = new Meters(registry);
    private final Activity activity = new Activity();
    private final PendingBudget budget;
    private final Storage storage;
    private final Readiness readiness;
    private final ManagementServer management;
    private final List<LoopServer> loops = new ArrayList<>();

    private BrokerServer(Vertx vertx, Settings settings) {
        this.vertx = vertx;
        this.settings = settings;
        this.budget = new PendingBudget(settings.ingestPendingBytes());
        meters.pendingBytes(budget::bytes);
        var options = new RingOptions(settings.ringCapacity(), settings.ringTtl());
        var announcements = new Announcements(vertx);
        this.storage = inMemory(new MemoryRing(vertx, options, announcements));
        this.readiness = new Readiness(vertx);
        this.management = new ManagementServer(vertx, settings, registry, readiness);
    }

    /** Starts a broker; fails, with everything closed again, when it cannot listen. */
    public static Future<BrokerServer> start(Settings settings) {
        RefuseToListen.unlessSafe(settings);
        Vertx vertx = Vertx.vertx(
                new VertxOptions().setEventLoopPoolSize(settings.eventLoops()).setPreferNativeTransport(false));
        var server = new BrokerServer(vertx, settings);
        return server.listen()
                .map(server)
                .recover(cause -> vertx.close().transform(closed -> Future.failedFuture(cause)));
    }

    private static Storage inMemory(Ring ring) {
        return new Storage() {
            @Override
            public Ring ring() {
                return ring;
            }

            @Override
            public Future<Void> close() {
                return ring.close();
            }
        };
    }

    private Future<Void> listen() {
        RuntimeMeters.register(registry);
        vertx.runOnContext(nothing -> {
            Ring ring = storage.ring();
            readiness.begin(ring);
            new DeviceRegistry(vertx, activity).begin(ring);
        });
        return deploy(settings.port())
                .compose(first -> deployOthers(first.port()))
                .compose(all -> management.listen());
    }

    // The first loop finds the port, which may have been left to the system; the others share it.
    private Future<LoopServer> deploy(int port) {
        var loop = new LoopServer(settings, port, storage, activity, meters, budget);
        loops.add(loop);
        return vertx.deployVerticle(loop, new DeploymentOptions()).map(loop);
    }

    private Future<Void> deployOthers(int port) {
        List<Future<LoopServer>> others = new ArrayList<>();
        for (int i = 1; i < settings.eventLoops(); i++) {
            others.add(deploy(port));
        }
        return Future.all(others).mapEmpty();
    }

    /** Where devices and readers connect. */
    public int port() {
        return loops.get(0).port();
    }

    /** Where metrics and probes are. */
    public int managementPort() {
        return management.port();
    }

    /**
     * Leaves politely within the drain time: not ready, devices' lines stored and their sockets closed, readers told when to
     * come back, then the end.
     */
    public Future<Void> stop() {
        log.info("Draining, for at most {}", settings.drainTime());
        readiness.drain();
        long limit = Math.max(1, settings.drainTime().toMillis());
        return each(LoopServer::drainDevices)
                .compose(devicesLeft -> each(LoopServer::drainReaders))
                .timeout(limit, TimeUnit.MILLISECONDS)
                .onFailure(late -> log.warn("Not all connections ended within the drain time"))
                .eventually(storage::close)
                .eventually(vertx::close);
    }

    private Future<Void> each(Function<LoopServer, Future<Void>> what) {
        return Future.join(loops.stream().map(what).toList()).mapEmpty();
    }
}
