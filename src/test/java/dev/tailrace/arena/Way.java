package dev.tailrace.arena;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A way in, as one of its clients uses it.
 *
 * @param most lines that a batch may have
 */
record Way(String title, Manner manner, int most, Encoder encoder) {

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
     * @param head of the request, but for what tells the length; empty without HTTP
     */
    record Message(String head, byte[] body) {}

    /** Makes a message of lines of a device. */
    @FunctionalInterface
    interface Encoder {
        Message encode(String device, int lines);
    }

    static final Way WEBSOCKET = new Way("WebSocket", Manner.ACKNOWLEDGED, 100, WayMessages::numberedFrame);
    static final Way FRAMES = new Way("WebSocket, not acknowledged", Manner.FRAMES, 100, WayMessages::frame);

    static final List<Way> OTHERS = List.of(
            new Way("POST ndjson", Manner.ANSWERED, 100, WayMessages::ndjson),
            new Way("PUT text", Manner.ANSWERED, 100, WayMessages::text),
            new Way("balena logs", Manner.ANSWERED, 10, WayMessages::balenaLogs),
            new Way("balena logs, gzip", Manner.ANSWERED, 10, WayMessages::balenaLogsGzip),
            new Way("OTLP protobuf", Manner.ANSWERED, 100, WayMessages::otlpProtobuf),
            new Way("OTLP JSON", Manner.ANSWERED, 100, WayMessages::otlpJson),
            new Way("Loki protobuf", Manner.ANSWERED, 100, WayMessages::lokiProtobuf),
            new Way("Loki JSON", Manner.ANSWERED, 100, WayMessages::lokiJson),
            new Way("journal upload", Manner.ANSWERED, 100, WayMessages::journal),
            new Way("PUT text, endless", Manner.CHUNKS, 100, WayMessages::text),
            new Way("balena log-stream", Manner.CHUNKS, 100, WayMessages::balenaStream),
            new Way("balena log-stream, gzip", Manner.CHUNKS, 100, WayMessages::balenaStreamGzip),
            new Way("journal upload, endless", Manner.CHUNKS, 100, WayMessages::journal),
            new Way("syslog", Manner.BYTES, 100, WayMessages::syslog));

    /** The WebSocket that this way is compared with: batch for batch, or as fast as it is read. */
    Way baseline() {
        return manner.waits() ? WEBSOCKET : FRAMES;
    }

    String title(int lines) {
        return title + ", batches of " + lines;
    }

    /** What a connection sends first. */
    byte[] opening(Message message) {
        return switch (manner) {
            case ACKNOWLEDGED, FRAMES -> ascii(message.head() + "\r\n");
            case CHUNKS -> ascii(message.head() + "Transfer-Encoding: chunked\r\n\r\n");
            case ANSWERED, BYTES -> new byte[0];
        };
    }

    /** What it sends then, again and again. */
    byte[] batch(Message message) {
        byte[] body = message.body();
        return switch (manner) {
            case ACKNOWLEDGED, FRAMES -> WayMessages.webSocketFrame(body);
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
