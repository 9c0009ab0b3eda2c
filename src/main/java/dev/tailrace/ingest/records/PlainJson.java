package dev.tailrace.ingest.records;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.fields.JsonTree;
import dev.tailrace.ingest.fields.JsonValue;
import dev.tailrace.ingest.fields.RawJson;
import java.io.IOException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Reads values of JSON as they stand. Each method begins at the value at the parser, and ends at its last token. */
public final class PlainJson {

    /** Deeper values are not read; {@link #DEEP} is in their place. */
    public static final int MAX_DEPTH = JsonTree.MAX_DEPTH;

    /** Stands for a value that is nested too deeply. */
    public static final String DEEP = JsonTree.DEEP;

    /** A whole number of more digits, or of a larger exponent, is no number of 64 bits. */
    private static final int MAX_LONG_LENGTH = 40;

    private PlainJson() {}

    /** Text, a number, a boolean, {@link RawJson}, or null. A number that no number here can hold is text. */
    public static @Nullable Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT -> {
                Long whole = whole(json.getText());
                yield whole == null ? json.getText() : whole;
            }
            case VALUE_NUMBER_FLOAT -> json.isNaN() ? json.getText() : real(json.getText());
            case START_ARRAY, START_OBJECT -> {
                var out = new StringBuilder();
                copy(json, out);
                yield new RawJson(out.toString());
            }
            default -> json.getText();
        };
    }

    /** Appends the value as JSON on one line. */
    public static void copy(JsonParser json, StringBuilder out) throws IOException {
        int depth = 0;
        boolean first = true; // of its object or array, or after a name
        while (true) {
            JsonToken token = json.currentToken();
            if (token.isStructEnd()) {
                depth--;
            } else if (!first) {
                out.append(',');
            }
            first = false;
            if (token == JsonToken.FIELD_NAME) {
                JsonValue.write(out, json.currentName());
                out.append(':');
                first = true;
            } else if (!token.isStructStart()) {
                scalarOrEnd(json, token, out);
            } else if (depth < MAX_DEPTH) {
                out.append(token.asString());
                depth++;
                first = true;
            } else {
                json.skipChildren();
                JsonValue.write(out, DEEP);
            }
            if (depth == 0) {
                return;
            }
            json.nextToken();
        }
    }

    private static void scalarOrEnd(JsonParser json, JsonToken token, StringBuilder out) throws IOException {
        if (token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_FLOAT && json.isNaN()) {
            JsonValue.write(out, json.getText());
        } else {
            out.append(json.getText());
        }
    }

    private static Object real(String text) {
        double number = Double.parseDouble(text);
        return Double.isInfinite(number) ? text : number;
    }

    /** The value as text: text as it is, lists and objects as JSON, and nothing for null. */
    public static String text(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_NULL -> "";
            case START_ARRAY, START_OBJECT -> text(value(json));
            default -> json.getText();
        };
    }

    /** A value that {@link JsonValue} writes as text. */
    public static String text(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        if (value instanceof RawJson json) {
            return json.text();
        }
        var out = new StringBuilder();
        JsonValue.write(out, value);
        return out.toString();
    }

    /** The whole number of 64 bits that the text is, such as {@code 17}, {@code 17.0} and {@code 1.7e1}; else null. */
    public static @Nullable Long whole(String text) {
        int length = text.length();
        if (length == 0 || length > MAX_LONG_LENGTH) {
            return null;
        }
        char first = text.charAt(0);
        if (first != '-' && (first < '0' || first > '9')) {
            return null; // most texts that are no numbers
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException notSimple) {
            return exact(text);
        }
    }

    private static @Nullable Long exact(String text) {
        try {
            BigDecimal number = new BigDecimal(text);
            // Otherwise an exponent of a billion would be written out.
            return Math.abs((long) number.scale()) > MAX_LONG_LENGTH ? null : (Long) number.longValueExact();
        } catch (ArithmeticException | NumberFormatException other) {
            return null;
        }
    }
}
