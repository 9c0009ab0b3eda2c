package dev.tailrace.config;

import java.time.Duration;

/** Streams to readers. */
public record StreamSettings(
        Duration heartbeat,
        Duration stallLimit,
        Duration lifetime,
        int bytes,
        long pendingBytes,
        int perUser,
        int devices,
        int followedDevices,
        int fleetDevices) {

    static StreamSettings read(SettingReader read) {
        long pending = read.bytes(Setting.STREAM_PENDING_BYTES, 0, 1L << 40);
        return new StreamSettings(
                read.duration(Setting.STREAM_HEARTBEAT, Duration.ofMillis(15), Duration.ofHours(1)),
                read.duration(Setting.STREAM_STALL_LIMIT, Duration.ofMillis(100), Duration.ofHours(1)),
                read.duration(Setting.STREAM_LIFETIME, Duration.ZERO, Duration.ofDays(365)),
                (int) read.bytes(Setting.STREAM_BYTES, 1024, 1 << 28),
                pending == 0 ? Runtime.getRuntime().maxMemory() / 4 : pending,
                read.integer(Setting.STREAMS_PER_USER, 1, 1_000_000),
                read.integer(Setting.STREAM_DEVICES, 1, 100_000),
                read.integer(Setting.FOLLOWED_DEVICES, 1, 100_000_000),
                read.integer(Setting.FLEET_DEVICES, 1, 10_000_000));
    }
}
