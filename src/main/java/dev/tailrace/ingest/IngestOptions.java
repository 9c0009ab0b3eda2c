package dev.tailrace.ingest;

import java.time.Duration;

/**
 * @param windowLines a connection with this many lines unanswered by storage is not read
 * @param windowBytes a connection with this many bytes unanswered by storage, counted as stored, is not read
 * @param pendingBytes when all connections of the node together hold this many bytes, none of them is read
 * @param lineBytes a longer line is rejected, as sent and before decoding its JSON
 * @param frameBytes a longer WebSocket frame ends its connection; messages of many frames have no limit
 * @param bodyBytes a longer body that is one document (a JSON array, or any with a Content-Length) is refused
 * @param documentBytes a document of records (OTLP, Loki) that is longer after decompression is refused
 * @param retry for how long lines of a request are offered to a storage that is unavailable, before the request fails
 * @param guessLevels whether the level of a line that was sent without one is guessed from its message
 */
public record IngestOptions(
        int windowLines,
        int windowBytes,
        long pendingBytes,
        int lineBytes,
        int frameBytes,
        long bodyBytes,
        long documentBytes,
        Duration retry,
        boolean guessLevels) {}
