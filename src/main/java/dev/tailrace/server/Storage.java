package dev.tailrace.server;

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

/** Where rings are kept: hands each event loop its way to them. */
interface Storage {

    /** The ring for the calling event loop; comes although storage is unavailable, for it may come back. */
    Future<RingStore> ring();

    /** What storage refuses this broker, in a sentence for whoever runs it; null when it allows all that is needed. */
    default @Nullable String refusal() {
        return null;
    }

    /** Ends all connections, after the last ring was used. */
    Future<Void> close();

    /** Rings in this process. */
    static Storage inMemory(Vertx vertx, RingOptions options, Announcements announcements) {
        RingStore ring = new MemoryRing(vertx, options, announcements);
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

    /** Rings in Redis; fails when Redis refuses this broker. */
    static Future<Storage> inRedis(
            Vertx vertx,
            RedisUri uri,
            RedisLimits limits,
            RingOptions options,
            Announcements announcements,
            RedisEvents events) {
        return RedisStorage.connect(vertx, uri, limits, options, announcements, events)
                .map(rings -> new Storage() {
                    @Override
                    public Future<RingStore> ring() {
                        return rings.ringForThisContext();
                    }

                    @Override
                    public @Nullable String refusal() {
                        return rings.refusal();
                    }

                    @Override
                    public Future<Void> close() {
                        return rings.close();
                    }
                });
    }
}
