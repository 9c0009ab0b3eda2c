package dev.tailrace.perf;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A way in, as one of its clients uses it.
 *
 * @param most lines that a batch may have
 */
record IngestPath(String title, Manner manner, int most, Encoder encoder) {

    /** How batches follow each other on a connection. */
    enum Manner {
        /** A frame, and the next once it is acknowledged. */
        ACKNOWLEDGED,
        /** A request, and the next once it is answered. */
        ANSWERED,
        /** Frames as fast as they are read. */
        FRAMES,
        /** Chunks of one endless request as fast as they are read. */
        CHUNKS,
        /** Bytes as fast as they are read. */
        BYTES;

        boolean waits() {
            return this == ACKNOWLEDGED || this == ANSWERED;
        }

        boolean isWebSocket() {
            return this == ACKNOWLEDGED || this == FRAMES;
        }
    }

    /**
     * What carries some lines.
     *
     * @param head of the request, except for the header that gives the length; empty without HTTP
     */
    record Message(String head, byte[] body) {}

    /** Makes a message of lines of a device. */
    @FunctionalInterface
    interface Encoder {
        Message encode(String device, int lines);
    }

    static final IngestPath WEBSOCKET =
            new IngestPath("WebSocket", Manner.ACKNOWLEDGED, 100, IngestPathMessages::numberedFrame);
    static final IngestPath FRAMES =
            new IngestPath("WebSocket, not acknowledged", Manner.FRAMES, 100, IngestPathMessages::frame);

    static final List<IngestPath> OTHERS = List.of(
            new IngestPath("POST ndjson", Manner.ANSWERED, 100, IngestPathMessages::ndjson),
            new IngestPath("PUT text", Manner.ANSWERED, 100, IngestPathMessages::text),
            new IngestPath("balena logs", Manner.ANSWERED, 10, IngestPathMessages::balenaLogs),
            new IngestPath("balena logs, gzip", Manner.ANSWERED, 10, IngestPathMessages::balenaLogsGzip),
            new IngestPath("OTLP protobuf", Manner.ANSWERED, 100, IngestPathMessages::otlpProtobuf),
            new IngestPath("OTLP JSON", Manner.ANSWERED, 100, IngestPathMessages::otlpJson),
            new IngestPath("Loki protobuf", Manner.ANSWERED, 100, IngestPathMessages::lokiProtobuf),
            new IngestPath("Loki JSON", Manner.ANSWERED, 100, IngestPathMessages::lokiJson),
            new IngestPath("journal upload", Manner.ANSWERED, 100, IngestPathMessages::journal),
            new IngestPath("PUT text, endless", Manner.CHUNKS, 100, IngestPathMessages::text),
            new IngestPath("balena log-stream", Manner.CHUNKS, 100, IngestPathMessages::balenaStream),
            new IngestPath("balena log-stream, gzip", Manner.CHUNKS, 100, IngestPathMessages::balenaStreamGzip),
            new IngestPath("journal upload, endless", Manner.CHUNKS, 100, IngestPathMessages::journal),
            new IngestPath("syslog", Manner.BYTES, 100, IngestPathMessages::syslog));

    /** The WebSocket that this way is compared with: batch for batch, or as fast as it is read. */
    IngestPath baseline() {
        return manner.waits() ? WEBSOCKET : FRAMES;
    }

    String title(int lines) {
        return title + ", batches of " + lines;
    }

    /** The bytes that a connection sends first. */
    byte[] opening(Message message) {
        return switch (manner) {
            case ACKNOWLEDGED, FRAMES -> ascii(message.head() + "\r\n");
            case CHUNKS -> ascii(message.head() + "Transfer-Encoding: chunked\r\n\r\n");
            case ANSWERED, BYTES -> new byte[0];
        };
    }

    /** The bytes that it sends after these, again and again. */
    byte[] batch(Message message) {
        byte[] body = message.body();
        return switch (manner) {
            case ACKNOWLEDGED, FRAMES -> IngestPathMessages.webSocketFrame(body);
            case CHUNKS -> join(ascii(Integer.toHexString(body.length) + "\r\n"), body, ascii("\r\n"));
            case ANSWERED -> join(ascii(message.head() + "Content-Length: " + body.length + "\r\n\r\n"), body);
            case BYTES -> body;
        };
    }

    static byte[] join(byte[]... parts) {
        byte[] all = new byte
                [IntStream.range(0, parts.length).map(i -> parts[i].length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
