package dev.tailrace.config;

import java.time.Duration;

/** Limits of connections and requests. */
public record HttpSettings(
        int connections,
        int connectionsPerAddress,
        int handshakesPerAddress,
        Duration requestTimeout,
        Duration keepAlive,
        Duration bodyTimeout,
        int headerBytes,
        boolean http2Cleartext,
        int http2Streams,
        int http2Resets) {

    static HttpSettings read(SettingReader read) {
        return new HttpSettings(
                read.integer(Setting.CONNECTIONS, 1, 100_000_000),
                read.integer(Setting.CONNECTIONS_PER_ADDRESS, 0, 100_000_000),
                read.integer(Setting.HANDSHAKES_PER_ADDRESS, 0, 100_000_000),
                read.duration(Setting.REQUEST_TIMEOUT, Duration.ofMillis(100), Duration.ofHours(1)),
                read.duration(Setting.KEEP_ALIVE, Duration.ofMillis(100), Duration.ofDays(1)),
                read.duration(Setting.BODY_TIMEOUT, Duration.ofMillis(100), Duration.ofHours(1)),
                (int) read.bytes(Setting.HEADER_BYTES, 4096, 1 << 24),
                read.flag(Setting.HTTP2_CLEARTEXT),
                read.integer(Setting.HTTP2_STREAMS, 1, 10_000),
                read.integer(Setting.HTTP2_RESETS, 1, 1_000_000));
    }
}
