package dev.tailrace.storage.redis;

import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.Storage;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.redis.link.RedisEvents;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.storage.redis.link.RedisUri;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Opens stores on a Redis, each with a Vert.x of its own, as brokers in several processes have them. */
public final class RedisTestStores {

    static final RingOptions OPTIONS = new RingOptions(1000, Duration.ofHours(1));

    private RedisTestStores() {}

    /** The reports of the stores about their connections. */
    public static final class Events implements RedisEvents {
        final AtomicBoolean up = new AtomicBoolean();
        final AtomicInteger reconnects = new AtomicInteger();
        final AtomicInteger damages = new AtomicInteger();

        @Override
        public void up(boolean now) {
            up.set(now);
        }

        @Override
        public void reconnected() {
            reconnects.incrementAndGet();
        }

        @Override
        public void damaged() {
            damages.incrementAndGet();
        }
    }

    public static TestStores open(String url) {
        return open(url, OPTIONS, RedisLimits.DEFAULT, RedisEvents.NONE);
    }

    static TestStores open(String url, RingOptions options, RedisLimits limits, RedisEvents events) {
        return open(Vertx.vertx(), url, options, limits, events);
    }

    /** Everything on one event loop: the rings and the subscriber. */
    static TestStores openOnOneLoop(String url, RedisEvents events) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        return open(vertx, url, OPTIONS, RedisLimits.DEFAULT, events);
    }

    private static TestStores open(
            Vertx vertx, String url, RingOptions options, RedisLimits limits, RedisEvents events) {
        Future<Storage> connecting =
                RedisStorage.connect(vertx, RedisUri.parse(url), limits, options, new Announcements(vertx), events);
        try {
            Storage storage = connecting.await(10, TimeUnit.SECONDS);
            return new TestStores(
                    vertx,
                    loop -> storage.stores(new EndOfTick(vertx.getOrCreateContext())),
                    () -> close(vertx, storage));
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        } finally {
            if (!connecting.succeeded()) {
                vertx.close();
            }
        }
    }

    private static void close(Vertx vertx, Storage storage) {
        try {
            storage.close().compose(closed -> vertx.close()).await(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
