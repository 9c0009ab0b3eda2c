package dev.tailrace.ingest.syslog;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the structured data of RFC 5424. Text in brackets that does not have its form is not structured data, and
 * belongs to the message.
 */
final class StructuredData {

    private StructuredData() {}

    /**
     * Reads {@code [id name="value" …]…}, and the space after it.
     *
     * @return the elements by their ids; null, without reading, when not even the first is structured data
     */
    static @Nullable JsonObject read(Scan scan) {
        int begin = scan.at;
        JsonObject elements = new JsonObject();
        int read = begin; // up to the last complete element
        boolean hasValues = false;
        while (scan.next() == '[') {
            JsonObject values = readElement(scan, elements);
            if (values == null) {
                break;
            }
            hasValues |= !values.isEmpty();
            read = scan.at;
        }
        scan.at = read;
        if (read == begin) {
            return null;
        }
        if (scan.at < scan.end && !scan.skip(' ') && !hasValues) {
            scan.at = begin; // such as [main]text
            return null;
        }
        return elements;
    }

    private static @Nullable JsonObject readElement(Scan scan, JsonObject elements) {
        scan.at++;
        String id = name(scan);
        if (id.isEmpty()) {
            return null;
        }
        JsonObject values = new JsonObject();
        while (scan.skip(' ')) {
            String name = name(scan);
            if (name.isEmpty() || !scan.skip('=') || !scan.skip('"')) {
                return null;
            }
            String value = value(scan);
            if (value == null) {
                return null;
            }
            values.put(name, value);
        }
        if (!scan.skip(']')) {
            return null;
        }
        elements.put(id, values);
        return values;
    }

    private static String name(Scan scan) {
        byte[] bytes = scan.bytes;
        int from = scan.at;
        int at = from;
        while (at < scan.end
                && (bytes[at] > ' ' || bytes[at] < 0)
                && bytes[at] != '='
                && bytes[at] != ']'
                && bytes[at] != '"') {
            at++;
        }
        scan.at = at;
        return new String(bytes, from, at - from, StandardCharsets.UTF_8);
    }

    /** Reads from after the opening quote to after the closing one; null without a closing quote. */
    private static @Nullable String value(Scan scan) {
        byte[] bytes = scan.bytes;
        int from = scan.at;
        int end = scan.end;
        int at = from;
        boolean escaped = false;
        while (at < end && bytes[at] != '"') {
            boolean escape = bytes[at] == '\\' && at + 1 < end && isEscaped(bytes[at + 1]);
            escaped |= escape;
            at += escape ? 2 : 1;
        }
        if (at >= end) {
            return null;
        }
        byte[] value = escaped ? unescaped(bytes, from, at) : Arrays.copyOfRange(bytes, from, at);
        scan.at = at + 1;
        return new String(value, StandardCharsets.UTF_8);
    }

    private static byte[] unescaped(byte[] bytes, int from, int to) {
        byte[] value = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\' && i + 1 < to && isEscaped(bytes[i + 1])) {
                i++;
            }
            value[length++] = bytes[i];
        }
        return Arrays.copyOf(value, length);
    }

    private static boolean isEscaped(byte b) {
        return b == '"' || b == '\\' || b == ']';
    }
}
