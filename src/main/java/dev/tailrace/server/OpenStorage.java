package dev.tailrace.server;

import dev.tailrace.config.StorageSettings;
import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.Storage;
import dev.tailrace.storage.memory.MemoryStorage;
import dev.tailrace.storage.redis.RedisStorage;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.storage.redis.link.RedisUri;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Opens the storage that the settings ask for: Redis, or the memory of this process. */
final class OpenStorage {

    private OpenStorage() {}

    /**
     * Opens storage.
     *
     * @param redis null for storage in this process
     * @return fails when Redis refuses this broker
     */
    static Future<Storage> of(Vertx vertx, StorageSettings settings, @Nullable RedisUri redis, StorageMeters meters) {
        var options = new RingOptions(settings.ringCapacity(), settings.ringBytes(), settings.ringTtl());
        var announcements = new Announcements(vertx);
        meters.announcements(announcements::waitingBytes, announcements::dropped);
        if (redis == null) {
            return Future.succeededFuture(new MemoryStorage(vertx, options, announcements));
        }
        RedisLimits defaults = RedisLimits.DEFAULT;
        var limits = new RedisLimits(settings.redisTimeout(), defaults.connect(), defaults.calls(), defaults.bytes());
        return RedisStorage.connect(vertx, redis, limits, options, announcements, meters.ofRedis());
    }
}
