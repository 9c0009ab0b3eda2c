package dev.tailrace.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where rings are stored, and how much of each. */
public record StorageSettings(
        @Nullable String redis, Duration redisTimeout, int ringCapacity, long ringBytes, Duration ringTtl) {

    static StorageSettings read(SettingReader read) {
        return new StorageSettings(
                read.orNull(Setting.REDIS),
                read.duration(Setting.REDIS_TIMEOUT, Duration.ofMillis(10), Duration.ofMinutes(1)),
                read.integer(Setting.RING_CAPACITY, 1, 1_000_000),
                read.bytes(Setting.RING_BYTES, 64 * 1024, 1L << 40),
                read.duration(Setting.RING_TTL, Duration.ofSeconds(1), Duration.ofDays(3650)));
    }
}
