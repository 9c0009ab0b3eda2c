package dev.tailrace.egress.balena;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tailrace.broker.EncodeBuffer;
import dev.tailrace.broker.Encoding;
import dev.tailrace.egress.HttpChunk;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An entry as balena's clients know it: a service whose name is a number of 32 bits is a {@code serviceId}. What they
 * do not know is in fields that they pass on: the position as {@code id}, any other {@code service}, and the rest as it
 * is stored; but no level that was guessed, and no second name of one.
 */
public record BalenaEntry() implements Encoding {

    private static final byte[] CREATED_AT = ascii("\"createdAt\":");
    private static final byte[] SERVICE_ID = ascii(",\"serviceId\":");
    private static final byte[] SYSTEM = ascii(",\"isSystem\":true");
    private static final byte[] NOT_SYSTEM = ascii(",\"isSystem\":false");
    private static final byte[] STDERR = ascii(",\"isStdErr\":true");
    private static final byte[] STDOUT = ascii(",\"isStdErr\":false");
    private static final byte[] ID = ascii(",\"id\":\"");
    private static final byte[] END = ascii("\"}");

    // Names of stored fields, as bytes.
    private static final byte[] STORED_RECEIVED_AT = ascii("\"receivedAt\"");
    private static final byte[] STORED_SERVICE = ascii("\"service\"");
    private static final byte[] STORED_STREAM = ascii("\"stream\"");
    private static final byte[] STORED_SYSTEM = ascii("\"system\"");
    private static final byte[] STORED_LEVEL = ascii("\"level\"");
    private static final byte[] STORED_LEVEL_TEXT = ascii("\"levelText\"");
    private static final byte[] STORED_LEVEL_GUESSED = ascii("\"levelGuessed\"");

    private static final int MAX_INT_LENGTH = 11; // with a sign

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    @Override
    public void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
        object(out, epoch, offset, bytes, start, end);
        out.append('\n');
    }

    @Override
    public ByteBuf pack(EncodeBuffer entries) {
        return HttpChunk.of(entries.bytes(), entries.length());
    }

    /** One pass over the stored fields. */
    static void object(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
        boolean stderr = false;
        boolean system = false;
        out.append('{');
        for (int at = start; at < end; ) {
            int nameEnd = stringEnd(bytes, at, end);
            int from = Math.min(nameEnd + 1, end); // after the colon
            int to = valueEnd(bytes, from, end);
            if (is(STORED_RECEIVED_AT, bytes, at, nameEnd)) {
                out.append(CREATED_AT).append(bytes, from, to);
            } else if (is(STORED_STREAM, bytes, at, nameEnd)) {
                stderr = true; // stdout is not stored
            } else if (is(STORED_SYSTEM, bytes, at, nameEnd)) {
                system = true; // false is not stored either
            } else if (is(STORED_SERVICE, bytes, at, nameEnd) && isInt(bytes, from + 1, to - 1)) {
                out.append(SERVICE_ID).append(bytes, from + 1, to - 1);
            } else if (!isLeftOut(bytes, at, nameEnd, to, end)) {
                out.append(',').append(bytes, at, to);
            }
            at = to + 1;
        }
        out.append(system ? SYSTEM : NOT_SYSTEM).append(stderr ? STDERR : STDOUT);
        out.append(ID).append(epoch).append('-').append(offset).append(END);
    }

    /** @param to where the value of the field ends; a guessed level has its mark after it */
    private static boolean isLeftOut(byte[] bytes, int at, int nameEnd, int to, int end) {
        if (is(STORED_LEVEL, bytes, at, nameEnd)) {
            int markEnd = to + 1 + STORED_LEVEL_GUESSED.length;
            return markEnd <= end && is(STORED_LEVEL_GUESSED, bytes, to + 1, markEnd);
        }
        return is(STORED_LEVEL_GUESSED, bytes, at, nameEnd) || is(STORED_LEVEL_TEXT, bytes, at, nameEnd);
    }

    private static boolean is(byte[] name, byte[] bytes, int from, int to) {
        return Arrays.equals(bytes, from, to, name, 0, name.length);
    }

    /** The index after the closing quote of the string that begins here. */
    private static int stringEnd(byte[] bytes, int from, int end) {
        int at = from + 1;
        while (at < end && bytes[at] != '"') {
            at += bytes[at] == '\\' ? 2 : 1;
        }
        return Math.min(at + 1, end);
    }

    /** The index of the comma or brace after a value of any kind. */
    private static int valueEnd(byte[] bytes, int from, int end) {
        int depth = 0;
        int at = from;
        while (at < end) {
            byte b = bytes[at];
            if (depth == 0 && (b == ',' || b == '}')) {
                return at;
            }
            depth += b == '{' || b == '[' ? 1 : b == '}' || b == ']' ? -1 : 0;
            at = b == '"' ? stringEnd(bytes, at, end) : at + 1;
        }
        return at;
    }

    /** Whether the text is the decimal form of an int, so that it is the same text again after it was parsed. */
    private static boolean isInt(byte[] bytes, int from, int to) {
        int digits = from < to && bytes[from] == '-' ? from + 1 : from;
        boolean one = to - digits == 1;
        if (to <= digits || to - from > MAX_INT_LENGTH || (bytes[digits] == '0' && !(one && digits == from))) {
            return false;
        }
        long number = 0;
        for (int i = digits; i < to; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return false;
            }
            number = number * 10 + bytes[i] - '0';
        }
        return number <= Integer.MAX_VALUE + (digits > from ? 1L : 0L);
    }

    /**
     * Stands in place of entries, as a line of the system.
     *
     * @param count of the entries, or null when it is not known
     * @param id where the reader resumes after them, or null
     */
    public static Buffer suppressed(@Nullable Long count, @Nullable String id) {
        long now = System.currentTimeMillis();
        JsonObject line = new JsonObject()
                .put("createdAt", now)
                .put("timestamp", now)
                .put("isStdErr", true)
                .put("isSystem", true)
                .put(
                        "message",
                        count == null
                                ? "Warning: Suppressed messages that the storage may have lost"
                                : "Warning: Suppressed " + count + " message(s) due to slow reading");
        if (id != null) {
            line.put("id", id);
        }
        return line.toBuffer().appendString("\n");
    }
}
