package dev.tailrace.ingest.fields;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes values as JSON on one line: text, numbers, booleans, bytes as base64, lists, maps, {@link RawJson} and null. */
public final class JsonValue {

    private static final String HEX = "0123456789abcdef";

    private JsonValue() {}

    public static void write(StringBuilder out, @Nullable Object value) {
        if (value instanceof String text) {
            text(out, text);
        } else if (value instanceof Double number && (number.isNaN() || number.isInfinite())) {
            text(out, number.toString()); // JSON has no such numbers
        } else if (value instanceof RawJson json) {
            out.append(json.text());
        } else if (value instanceof byte[] bytes) {
            text(out, Base64.getEncoder().encodeToString(bytes));
        } else if (value instanceof List<?> list) {
            list(out, list);
        } else if (value instanceof Map<?, ?> map) {
            map(out, map);
        } else {
            out.append(value);
        }
    }

    private static void list(StringBuilder out, List<?> list) {
        out.append('[');
        String comma = "";
        for (Object item : list) {
            out.append(comma);
            write(out, item);
            comma = ",";
        }
        out.append(']');
    }

    private static void map(StringBuilder out, Map<?, ?> map) {
        out.append('{');
        String comma = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(comma);
            text(out, String.valueOf(entry.getKey()));
            out.append(':');
            write(out, entry.getValue());
            comma = ",";
        }
        out.append('}');
    }

    private static void text(StringBuilder out, String text) {
        out.append('"');
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x20 && c != '"' && c != '\\') {
                continue;
            }
            out.append(text, plain, i).append('\\');
            plain = i + 1;
            switch (c) {
                case '"', '\\' -> out.append(c);
                case '\n' -> out.append('n');
                case '\r' -> out.append('r');
                case '\t' -> out.append('t');
                default -> out.append("u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
            }
        }
        out.append(text, plain, text.length()).append('"');
    }
}
