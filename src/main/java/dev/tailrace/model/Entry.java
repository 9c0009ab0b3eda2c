package dev.tailrace.model;

import dev.tailrace.model.codec.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stored line, decoded from its JSON.
 *
 * @param receivedAt when the broker received it, epoch milliseconds
 * @param line as the device sent it; its timestamp is present, and its message may have been truncated
 */
public record Entry(long receivedAt, Line line) {

    /**
     * Reads one stored entry, {@code "receivedAt":…}}; unknown fields are skipped.
     *
     * @throws IllegalArgumentException when the bytes are no entry
     */
    public static Entry read(byte[] bytes, int start, int end) {
        return new Reader(bytes, start, end).entry();
    }

    /** When the broker received the entry, read directly from its bytes; 0 if they are no entry. */
    public static long receivedAt(byte[] bytes, int start, int end) {
        long value = 0;
        for (int i = start + "\"receivedAt\":".length(); i < end && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            value = value * 10 + bytes[i] - '0';
        }
        return value;
    }

    /** Reads the flat JSON of {@link Line#writeTo} in one pass, and skips nested values. */
    private static final class Reader {
        private final byte[] bytes;
        private final int end;
        private int at;

        private long receivedAt;
        private @Nullable Long timestamp;
        private @Nullable String message;
        private @Nullable String service;
        private boolean stderr;
        private boolean system;
        private @Nullable String level;
        private @Nullable String levelText;
        private byte @Nullable [] attributes;

        Reader(byte[] bytes, int start, int end) {
            this.bytes = bytes;
            this.at = start;
            this.end = end;
        }

        Entry entry() {
            do {
                String name = string();
                expect(':');
                value(name);
            } while (next() == ',');
            if (bytes[at - 1] != '}' || message == null || timestamp == null) {
                throw corrupt();
            }
            return new Entry(
                    receivedAt, new Line(message, timestamp, service, stderr, system, level, levelText, attributes));
        }

        private void value(String name) {
            switch (name) {
                case "receivedAt" -> receivedAt = number();
                case "timestamp" -> timestamp = number();
                case "message" -> message = string();
                case "service" -> service = string();
                case "stream" -> stderr = string().equals("stderr");
                case "level" -> level = string();
                case "levelText" -> levelText = string();
                case "attributes" -> {
                    int from = at;
                    skip();
                    attributes = Arrays.copyOfRange(bytes, from, at);
                }
                case "system" -> {
                    system = at < end && bytes[at] == 't';
                    skip();
                }
                default -> skip();
            }
        }

        private String string() {
            expect('"');
            int from = at;
            skipString();
            return JsonText.read(bytes, from, at - 1);
        }

        /** Skips from after an opening quote to after the closing one. */
        private void skipString() {
            while (next() != '"') {
                if (bytes[at - 1] == '\\') {
                    next();
                }
            }
        }

        private long number() {
            int from = at;
            while (at < end && (bytes[at] == '-' || (bytes[at] >= '0' && bytes[at] <= '9'))) {
                at++;
            }
            return Long.parseLong(new String(bytes, from, at - from, StandardCharsets.US_ASCII));
        }

        /** Skips to the comma or brace that ends a value of any kind. */
        private void skip() {
            int depth = 0;
            while (at < end) {
                byte b = bytes[at];
                if (depth == 0 && (b == ',' || b == '}')) {
                    return;
                }
                at++;
                switch (b) {
                    case '"' -> skipString();
                    case '{', '[' -> depth++;
                    case '}', ']' -> depth--;
                    default -> {}
                }
            }
        }

        private void expect(char c) {
            if (next() != c) {
                throw corrupt();
            }
        }

        private byte next() {
            if (at >= end) {
                throw corrupt();
            }
            return bytes[at++];
        }

        private IllegalArgumentException corrupt() {
            return new IllegalArgumentException("not a stored entry, at byte " + at);
        }
    }
}
