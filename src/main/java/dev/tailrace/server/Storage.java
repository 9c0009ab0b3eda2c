package dev.tailrace.server;

import dev.tailrace.ring.Announcements;
import dev.tailrace.ring.MemoryRing;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingOptions;
import dev.tailrace.ring.redis.RedisEvents;
import dev.tailrace.ring.redis.RedisLimits;
import dev.tailrace.ring.redis.RedisRings;
import dev.tailrace.ring.redis.RedisUri;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Where rings are kept: hands each event loop its way to them. */
interface Storage {

    /** The ring for the calling event loop; comes although storage is away, for it may come back. */
    Future<Ring> ring();

    /** What storage refuses this broker, in a sentence for whoever runs it; null when it allows all that is needed. */
    default @Nullable String refusal() {
        return null;
    }

    /** Ends all connections, after the last ring was used. */
    Future<Void> close();

    /** Rings in this process. */
    static Storage inMemory(Vertx vertx, RingOptions options, Announcements announcements) {
        Ring ring = new MemoryRing(vertx, options, announcements);
        return new Storage() {
            @Override
            public Future<Ring> ring() {
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
        return RedisRings.connect(vertx, uri, limits, options, announcements, events)
                .map(rings -> new Storage() {
                    @Override
                    public Future<Ring> ring() {
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
