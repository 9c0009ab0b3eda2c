package dev.tailrace.ring.redis;

import dev.tailrace.ring.Announcements;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** One broker's way to Redis: a ring for each event loop, and one subscriber for all of them. */
public final class RedisRings {

    private final Vertx vertx;
    private final RedisConnector connector;
    private final Discovery discovery;
    private final RedisLimits limits;
    private final RingOptions options;
    private final Announcements announcements;
    private final Reachability reachability;
    private final KnownHeads knownHeads;
    private final Damage damage;
    private final RedisSubscriber subscriber;
    private final SharedLists lists;
    private final String subscriberDeployment;
    private final Queue<Ring> rings = new ConcurrentLinkedQueue<>();

    private RedisRings(
            Vertx vertx,
            RedisConnector connector,
            Discovery discovery,
            RedisLimits limits,
            RingOptions options,
            Announcements announcements,
            Reachability reachability,
            KnownHeads knownHeads,
            Damage damage,
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
    public static Future<RedisRings> connect(
            Vertx vertx,
            RedisUri uri,
            RedisLimits limits,
            RingOptions options,
            Announcements announcements,
            RedisEvents events) {
        Reachability reachability = new Reachability(events);
        KnownHeads knownHeads = new KnownHeads();
        Damage damage = new Damage(events);
        RedisConnector connector = new RedisConnector(vertx, uri, limits);
        SubscriberVerticle verticle = new SubscriberVerticle(
                uri, connector, limits, options, announcements, knownHeads, damage, reachability);
        return vertx.deployVerticle(verticle)
                .map(deployment -> new RedisRings(
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
    public Future<Ring> ringForThisContext() {
        RedisLink link = new RedisLink(vertx, connector, discovery, limits, reachability, () -> {});
        RingCommands commands = new RingCommands(link, options, damage);
        Appends appends = new Appends(vertx, link, limits, script(link));
        Ring ring = new RedisRing(vertx, link, appends, commands, lists, damage, announcements, subscriber);
        rings.add(ring);
        return link.start().map(ring);
    }

    private AppendScript script(RedisLink link) {
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
        List<Future<Void>> closing = rings.stream().map(Ring::close).toList();
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
        private final KnownHeads knownHeads;
        private final Damage damage;
        private final Reachability reachability;

        private volatile @Nullable Discovery discovery;
        private volatile @Nullable RedisSubscriber subscriber;
        private volatile @Nullable SharedLists lists;

        SubscriberVerticle(
                RedisUri uri,
                RedisConnector connector,
                RedisLimits limits,
                RingOptions options,
                Announcements announcements,
                KnownHeads knownHeads,
                Damage damage,
                Reachability reachability) {
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
            RedisLink link = new RedisLink(vertx, connector, finding, limits, reachability, () -> {});
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
