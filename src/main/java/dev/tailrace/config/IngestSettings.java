package dev.tailrace.config;

import java.time.Duration;

/** Memory for lines that are not stored yet, sizes of what is sent, and what is added to it. */
public record IngestSettings(
        int windowLines,
        int windowBytes,
        long pendingBytes,
        int lineBytes,
        int frameBytes,
        long bodyBytes,
        long documentBytes,
        long decoderBytes,
        Duration retry,
        boolean guessLevels) {

    static IngestSettings read(SettingReader read) {
        long decoders = read.bytes(Setting.INGEST_DECODER_BYTES, 0, 1L << 40);
        return new IngestSettings(
                read.integer(Setting.INGEST_WINDOW_LINES, 1, 10_000_000),
                (int) read.bytes(Setting.INGEST_WINDOW_BYTES, 1, 1 << 30),
                read.bytes(Setting.INGEST_PENDING_BYTES, 1, 1L << 40),
                (int) read.bytes(Setting.INGEST_LINE_BYTES, 1024, 1 << 28),
                (int) read.bytes(Setting.INGEST_FRAME_BYTES, 1024, 1 << 28),
                read.bytes(Setting.INGEST_BODY_BYTES, 1024, 1L << 40),
                read.bytes(Setting.INGEST_DOCUMENT_BYTES, 1024, 1 << 30),
                decoders == 0 ? Runtime.getRuntime().maxMemory() / 2 : decoders,
                read.duration(Setting.INGEST_RETRY, Duration.ZERO, Duration.ofMinutes(1)),
                read.flag(Setting.GUESS_LEVELS));
    }
}
