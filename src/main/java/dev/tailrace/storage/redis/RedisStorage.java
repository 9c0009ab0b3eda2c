package dev.tailrace.storage.redis;

import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.redis.link.Discovery;
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
import org.jspecify.annotations.Nullable;

/** One broker's way to Redis: a ring for each event loop, and one subscriber for all of them. */
public final class RedisStorage {

    private final Vertx vertx;
    private final RedisConnector connector;
    private final Discovery discovery;
    private final RedisLimits limits;
    private final RingOptions options;
    private final Announcements announcements;
    private final RedisHealth reachability;
    private final HeadCache knownHeads;
    private final CorruptData damage;
    private final RedisSubscriber subscriber;
    private final SharedLists lists;
    private final String subscriberDeployment;
    private final Queue<RingStore> rings = new ConcurrentLinkedQueue<>();

    private RedisStorage(
            Vertx vertx,
            RedisConnector connector,
            Discovery discovery,
            RedisLimits limits,
            RingOptions options,
            Announcements announcements,
            RedisHealth reachability,
            HeadCache knownHeads,
            CorruptData damage,
            RedisSubscriber subscriber,
            SharedLists lists,
            String subscriberDeployment) {
        this.vertx = vertx;
        this.connector = connector;
        this.discovery = discovery;
        this.limits = limits;
        this.options = options;
        this.announcements = announcements;
        this.reachability = reachability;
        this.knownHeads = knownHeads;
        this.damage = damage;
        this.subscriber = subscriber;
        this.lists = lists;
        this.subscriberDeployment = subscriberDeployment;
    }

    /**
     * Connects the subscriber. Fails when Redis refuses us (password, version, unknown master): somebody has to change
     * something. A Redis that cannot be reached is no failure: it is tried until it can.
     */
    public static Future<RedisStorage> connect(
            Vertx vertx,
            RedisUri uri,
            RedisLimits limits,
            RingOptions options,
            Announcements announcements,
            RedisEvents events) {
        RedisHealth reachability = new RedisHealth(events);
        HeadCache knownHeads = new HeadCache();
        CorruptData damage = new CorruptData(events);
        RedisConnector connector = new RedisConnector(vertx, uri, limits);
        SubscriberVerticle verticle = new SubscriberVerticle(
                uri, connector, limits, options, announcements, knownHeads, damage, reachability);
        return vertx.deployVerticle(verticle)
                .map(deployment -> new RedisStorage(
                        vertx,
                        connector,
                        verticle.discovery(),
                        limits,
                        options,
                        announcements,
                        reachability,
                        knownHeads,
                        damage,
                        verticle.subscriber(),
                        verticle.lists(),
                        deployment));
    }

    /**
     * A ring for the calling event loop, ready when its connections are, or have been tried once. Its watches share the
     * subscriber.
     */
    public Future<RingStore> ringForThisContext() {
        RedisRouter link = new RedisRouter(vertx, connector, discovery, limits, reachability, Scripts.ALL, () -> {});
        RingCommands commands = new RingCommands(link, options, damage);
        AppendBatcher appends = new AppendBatcher(vertx, link, limits, script(link));
        RingStore ring = new RedisRing(vertx, link, appends, commands, lists, damage, announcements, subscriber);
        rings.add(ring);
        return link.start().map(ring);
    }

    private AppendScript script(RedisRouter link) {
        return new AppendScript(
                options,
                knownHeads,
                damage,
                device -> link.unannounced(DeviceKeys.of(device).slot()));
    }

    /** Which commands Redis refuses to its user, in a sentence for whoever runs it; null when it allows all that are needed. */
    public @Nullable String refusal() {
        return reachability.rights().refusal();
    }

    /** Whether every master can be reached, both for commands and for announcements. */
    public boolean isUp() {
        return reachability.isUp();
    }

    /** Closes all connections, those of the rings too. */
    public Future<Void> close() {
        List<Future<Void>> closing = rings.stream().map(RingStore::close).toList();
        return Future.join(closing)
                .compose(closed -> vertx.undeploy(subscriberDeployment))
                .mapEmpty();
    }

    /** Gives the subscriber, the discovery and the shared lists a context of their own. */
    private static final class SubscriberVerticle extends VerticleBase {
        private final RedisUri uri;
        private final RedisConnector connector;
        private final RedisLimits limits;
        private final RingOptions options;
        private final Announcements announcements;
        private final HeadCache knownHeads;
        private final CorruptData damage;
        private final RedisHealth reachability;

        private volatile @Nullable Discovery discovery;
        private volatile @Nullable RedisSubscriber subscriber;
        private volatile @Nullable SharedLists lists;

        SubscriberVerticle(
                RedisUri uri,
                RedisConnector connector,
                RedisLimits limits,
                RingOptions options,
                Announcements announcements,
                HeadCache knownHeads,
                CorruptData damage,
                RedisHealth reachability) {
            this.uri = uri;
            this.connector = connector;
            this.limits = limits;
            this.options = options;
            this.announcements = announcements;
            this.knownHeads = knownHeads;
            this.damage = damage;
            this.reachability = reachability;
        }

        @Override
        public Future<?> start() {
            Discovery finding = new Discovery(vertx, connector, uri);
            discovery = finding;
            RedisSubscriber starting = new RedisSubscriber(
                    vertx, connector, finding, limits, options, announcements, knownHeads, damage, reachability);
            subscriber = starting;
            RedisRouter link = new RedisRouter(vertx, connector, finding, limits, reachability, Scripts.ALL, () -> {});
            SharedLists shared = new SharedLists(vertx, link, options, damage);
            lists = shared;
            return starting.start().compose(started -> shared.start());
        }

        Discovery discovery() {
            return Objects.requireNonNull(discovery, "started");
        }

        RedisSubscriber subscriber() {
            return Objects.requireNonNull(subscriber, "started");
        }

        SharedLists lists() {
            return Objects.requireNonNull(lists, "started");
        }

        @Override
        public Future<?> stop() {
            subscriber().close();
            lists().close();
            discovery().close();
            return Future.succeededFuture();
        }
    }
}
