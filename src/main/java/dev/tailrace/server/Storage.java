package dev.tailrace.server;

import dev.tailrace.config.StorageSettings;
import dev.tailrace.metrics.Meters;
import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.memory.MemoryRing;
import dev.tailrace.storage.redis.RedisStorage;
import dev.tailrace.storage.redis.link.RedisEvents;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.storage.redis.link.RedisUri;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** The storage of a broker, in its own memory or in Redis. */
interface Storage {

    /** The ring for the calling event loop; succeeds while storage is unavailable as well, because it may become available. */
    Future<RingStore> ring();

    /** What storage refuses this broker, as a sentence for its operator; null when it allows all that is needed. */
    default @Nullable String refusal() {
        return null;
    }

    /** Closes all connections; no ring may be used any more. */
    Future<Void> close();

    /**
     * Opens it; fails when Redis refuses this broker.
     *
     * @param redis null for rings in this process
     */
    static Future<Storage> open(Vertx vertx, StorageSettings settings, @Nullable RedisUri redis, Meters meters) {
        var options = new RingOptions(settings.ringCapacity(), settings.ringBytes(), settings.ringTtl());
        var announcements = new Announcements(vertx);
        meters.announcements(announcements::waitingBytes, announcements::dropped);
        if (redis == null) {
            return Future.succeededFuture(inMemory(new MemoryRing(vertx, options, announcements)));
        }
        RedisLimits defaults = RedisLimits.DEFAULT;
        var limits = new RedisLimits(settings.redisTimeout(), defaults.connect(), defaults.calls(), defaults.bytes());
        return RedisStorage.connect(vertx, redis, limits, options, announcements, events(meters))
                .map(Storage::inRedis);
    }

    private static RedisEvents events(Meters meters) {
        meters.withRedis();
        return new RedisEvents() {
            @Override
            public void up(boolean up) {
                meters.redisUp(up);
            }

            @Override
            public void reconnected() {
                meters.redisReconnected();
            }

            @Override
            public void damaged() {
                meters.ringDamaged();
            }
        };
    }

    private static Storage inMemory(RingStore ring) {
        return new Storage() {
            @Override
            public Future<RingStore> ring() {
                return Future.succeededFuture(ring);
            }

            @Override
            public Future<Void> close() {
                return ring.close();
            }
        };
    }

    private static Storage inRedis(RedisStorage redis) {
        return new Storage() {
            @Override
            public Future<RingStore> ring() {
                return redis.ringForThisContext();
            }

            @Override
            public @Nullable String refusal() {
                return redis.refusal();
            }

            @Override
            public Future<Void> close() {
                return redis.close();
            }
        };
    }
}
