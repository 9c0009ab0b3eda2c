package dev.tailrace.ingest.otlp;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.ingest.fields.JsonValue;
import dev.tailrace.ingest.fields.RawJson;
import dev.tailrace.ingest.records.FieldNames;
import dev.tailrace.ingest.records.PlainJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads AnyValues and lists of KeyValues of OTLP's JSON. A plain value in the place of an AnyValue is taken as it is,
 * and a value of another type than it says is kept as text. Each method begins at the value at the parser, and ends at
 * its last token.
 */
final class OtlpJsonValues {

    private OtlpJsonValues() {}

    /** @param depth of the value; a value that is nested too deeply is replaced by {@link PlainJson#DEEP} */
    static @Nullable Object value(JsonParser json, int depth) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            return PlainJson.value(json);
        }
        if (depth > PlainJson.MAX_DEPTH) {
            json.skipChildren();
            return PlainJson.DEEP;
        }
        Object value = null;
        boolean isAny = false;
        StringBuilder plain = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_STRING && value == null && name.equals("stringValue")) {
                value = json.getText(); // nearly always, so it is tried first
                isAny = true;
                continue;
            }
            String type = FieldNames.camel(name);
            if (isType(type)) {
                isAny = true;
                Object next = json.currentToken() == JsonToken.VALUE_NULL ? null : typed(type, json, depth);
                value = value == null ? next : value;
            } else if (!isAny) {
                plain = plain == null ? new StringBuilder("{") : plain.append(',');
                JsonValue.write(plain, name);
                PlainJson.copy(json, plain.append(':'));
            } else {
                json.skipChildren();
            }
        }
        return isAny || plain == null ? value : new RawJson(plain.append('}').toString());
    }

    private static boolean isType(String name) {
        return switch (name) {
            case "stringValue", "boolValue", "intValue", "doubleValue", "bytesValue", "arrayValue", "kvlistValue" ->
                true;
            default -> false;
        };
    }

    private static @Nullable Object typed(String type, JsonParser json, int depth) throws IOException {
        return switch (type) {
            case "stringValue" -> PlainJson.text(json);
            case "boolValue" -> bool(json);
            case "intValue" -> whole(json);
            case "doubleValue" -> real(json);
            case "bytesValue" -> bytes(json);
            case "arrayValue" -> list(json, depth + 1);
            default -> map(json, depth + 1);
        };
    }

    private static @Nullable Object bool(JsonParser json) throws IOException {
        Object value = PlainJson.value(json);
        return "true".equals(value) ? Boolean.TRUE : "false".equals(value) ? Boolean.FALSE : value;
    }

    private static @Nullable Object whole(JsonParser json) throws IOException {
        if (!json.currentToken().isScalarValue()) {
            return PlainJson.value(json);
        }
        Long number = PlainJson.whole(json.getText());
        return number == null ? json.getText() : number;
    }

    private static @Nullable Object real(JsonParser json) throws IOException {
        if (!json.currentToken().isScalarValue()) {
            return PlainJson.value(json);
        }
        try {
            return Double.valueOf(json.getText());
        } catch (NumberFormatException other) {
            return json.getText();
        }
    }

    private static @Nullable Object bytes(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            return PlainJson.value(json);
        }
        byte[] decoded = base64(json.getText());
        return decoded == null ? json.getText() : decoded;
    }

    /** The bytes that a text is, in either alphabet, with or without padding; null when it is no base64. */
    static byte @Nullable [] base64(String text) {
        boolean urlSafe = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
        try {
            return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text);
        } catch (IllegalArgumentException other) {
            return null;
        }
    }

    /** An ArrayValue, or a plain array in place of it. */
    private static @Nullable Object list(JsonParser json, int depth) throws IOException {
        if (json.currentToken() == JsonToken.START_ARRAY) {
            return elements(json, depth);
        }
        if (json.currentToken() != JsonToken.START_OBJECT) {
            return PlainJson.value(json);
        }
        Object list = List.of();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean wanted = FieldNames.camel(json.currentName()).equals("values");
            if (json.nextToken() == JsonToken.START_ARRAY && wanted) {
                list = elements(json, depth);
            } else {
                json.skipChildren();
            }
        }
        return list;
    }

    private static Object elements(JsonParser json, int depth) throws IOException {
        if (depth > PlainJson.MAX_DEPTH) {
            json.skipChildren();
            return PlainJson.DEEP;
        }
        List<@Nullable Object> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            list.add(value(json, depth));
        }
        return list;
    }

    /** A KeyValueList, or a plain object or array of KeyValues in place of it. */
    private static @Nullable Object map(JsonParser json, int depth) throws IOException {
        if (depth > PlainJson.MAX_DEPTH) {
            json.skipChildren();
            return PlainJson.DEEP;
        }
        if (!json.currentToken().isStructStart()) {
            return PlainJson.value(json);
        }
        if (json.currentToken() == JsonToken.START_ARRAY) {
            return attributes(json, depth);
        }
        Map<String, Object> map = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            if (FieldNames.camel(name).equals("values")) {
                map.putAll(attributes(json, depth));
            } else {
                putIfSet(map, name, value(json, depth));
            }
        }
        return map;
    }

    /**
     * A list of KeyValues, or an object with a field for each attribute, or one KeyValue in the place of a list. Of
     * several attributes with one key the first counts.
     */
    static Map<String, Object> attributes(JsonParser json, int depth) throws IOException {
        Map<String, Object> attributes = new LinkedHashMap<>();
        if (json.currentToken() == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() == JsonToken.START_OBJECT) {
                    attribute(json, depth, attributes);
                } else {
                    json.skipChildren();
                }
            }
        } else if (json.currentToken() == JsonToken.START_OBJECT) {
            attribute(json, depth, attributes);
        }
        return attributes;
    }

    private static void attribute(JsonParser json, int depth, Map<String, Object> to) throws IOException {
        String key = null;
        Object value = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "key", "Key" -> key = PlainJson.text(json);
                case "value", "Value" -> value = value(json, depth);
                default -> putIfSet(to, name, value(json, depth));
            }
        }
        putIfSet(to, key == null ? "value" : key, value);
    }

    private static void putIfSet(Map<String, Object> to, String key, @Nullable Object value) {
        if (value != null && to.size() < Attributes.MAX_VALUES) {
            to.putIfAbsent(key, value);
        }
    }
}
