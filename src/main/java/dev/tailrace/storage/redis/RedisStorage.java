package dev.tailrace.storage.redis;

import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.Storage;
import dev.tailrace.storage.Stores;
import dev.tailrace.storage.redis.link.Discovery;
import dev.tailrace.storage.redis.link.RedisClient;
import dev.tailrace.storage.redis.link.RedisConnector;
import dev.tailrace.storage.redis.link.RedisEvents;
import dev.tailrace.storage.redis.link.RedisHealth;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.RedisUri;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps everything in Redis: stores for each event loop, with connections of their own, and one subscriber for all of
 * them.
 */
public final class RedisStorage implements Storage {

    private final Vertx vertx;
    private final Shared shared;
    private final String deployment; // of the verticle that has the shared parts
    private final Queue<RedisRing> rings = new ConcurrentLinkedQueue<>();

    /** What all event loops share. */
    private record Shared(RedisServices services, RedisSubscriber subscriber, SharedLists lists) {}

    private RedisStorage(Vertx vertx, Shared shared, String deployment) {
        this.vertx = vertx;
        this.shared = shared;
        this.deployment = deployment;
    }

    /**
     * Connects the subscriber. Fails when Redis refuses this broker (password, version, unknown master), because an
     * operator has to change something. A Redis that cannot be reached is not a failure: the broker tries to connect
     * until it can.
     */
    public static Future<Storage> connect(
            Vertx vertx,
            RedisUri uri,
            RedisLimits limits,
            RingOptions options,
            Announcements announcements,
            RedisEvents events) {
        var connector = new RedisConnector(vertx, uri, limits);
        var health = new RedisHealth(events);
        var damage = new CorruptData(events);
        var verticle = new SharedVerticle(() -> new RedisServices(
                new RedisClient(vertx, connector, new Discovery(vertx, connector, uri), limits, health, Scripts.ALL),
                options,
                announcements,
                new HeadCache(),
                damage));
        return vertx.deployVerticle(verticle).map(deployment -> new RedisStorage(vertx, verticle.shared(), deployment));
    }

    /**
     * Stores for the calling event loop, ready when their connections are, or have been tried once. Their watches share
     * the subscriber.
     */
    @Override
    public Future<Stores> stores(EndOfTick endOfTick) {
        RedisServices services = shared.services();
        RedisRouter link = services.redis().router();
        CorruptData damage = services.damage();
        AppendScript script = new AppendScript(
                services.options(),
                services.heads(),
                damage,
                device -> link.unannounced(DeviceKeys.of(device).slot()));
        RedisRing ring = new RedisRing(
                vertx,
                link,
                new AppendBatcher(endOfTick, link, services.redis().limits(), script),
                new RingCommands(link, services.options(), damage),
                services.announcements(),
                shared.subscriber());
        rings.add(ring);
        SharedLists lists = shared.lists();
        var stores = new Stores(
                ring,
                lists.devices(),
                lists.fleets(),
                new RedisCredentials(link, lists, damage),
                new RedisRevocations(link, damage),
                new RedisPlaces(link, damage));
        return link.start().map(stores);
    }

    /**
     * Which commands Redis refuses to its user, in a sentence for its operator; null when it allows all that are
     * needed.
     */
    @Override
    public @Nullable String refusal() {
        return shared.services().redis().health().rights().refusal();
    }

    @Override
    public Future<Void> close() {
        List<Future<Void>> closing = rings.stream().map(RedisRing::close).toList();
        return Future.join(closing)
                .compose(closed -> vertx.undeploy(deployment))
                .mapEmpty();
    }

    /** Gives the subscriber, the discovery and the shared lists a context of their own. */
    private static final class SharedVerticle extends VerticleBase {
        private final Supplier<RedisServices> services;
        private volatile @Nullable Shared shared;

        /** @param services makes them on the context that the discovery uses */
        SharedVerticle(Supplier<RedisServices> services) {
            this.services = services;
        }

        @Override
        public Future<?> start() {
            RedisServices made = services.get();
            var starting = new Shared(made, new RedisSubscriber(made), new SharedLists(made));
            shared = starting;
            return starting.subscriber()
                    .start()
                    .compose(started -> starting.lists().start());
        }

        Shared shared() {
            return Objects.requireNonNull(shared, "started");
        }

        @Override
        public Future<?> stop() {
            shared().subscriber().close();
            shared().lists().close();
            shared().services().redis().discovery().close();
            return Future.succeededFuture();
        }
    }
}
