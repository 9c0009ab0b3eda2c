package dev.tailrace.ingest;

/**
 * @param windowLines a connection with this many lines unanswered by storage is not read
 * @param windowBytes likewise in bytes as stored
 * @param pendingBytes bytes that may wait for storage over all connections of the node, before the largest contributors
 *     are no longer read
 * @param lineBytes a longer line is rejected, as sent and before decoding its JSON
 * @param frameBytes a longer WebSocket frame ends its connection; messages of many frames have no limit
 * @param bodyBytes a longer body that is one document (a JSON array, or any with a Content-Length) is refused
 */
public record IngestOptions(
        int windowLines, int windowBytes, long pendingBytes, int lineBytes, int frameBytes, long bodyBytes) {}
