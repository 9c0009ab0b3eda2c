package dev.tailrace.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The scalar fields of a small JSON object as texts; fields of nested objects have dotted names; nulls and arrays are
 * omitted.
 */
public record JsonFields(Map<String, String> values) {

    public static final JsonFactory JSON = new JsonFactory();

    /** @throws IOException when the text is not one JSON object */
    public static JsonFields read(String text) throws IOException {
        try (JsonParser json = JSON.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("not a JSON object");
            }
            JsonFields fields = readObject(json);
            if (json.nextToken() != null) {
                throw new IOException("more than one JSON value");
            }
            return fields;
        }
    }

    public static JsonFields readOrEmpty(String text) {
        try {
            return read(text);
        } catch (IOException notJson) {
            return new JsonFields(Map.of());
        }
    }

    /** Reads the object whose opening brace was the last token. */
    public static JsonFields readObject(JsonParser json) throws IOException {
        Map<String, String> values = new HashMap<>();
        readInto(values, "", json);
        return new JsonFields(values);
    }

    private static void readInto(Map<String, String> values, String prefix, JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = prefix + json.currentName();
            JsonToken value = json.nextToken();
            if (value == JsonToken.START_OBJECT) {
                readInto(values, name + ".", json);
            } else if (value == JsonToken.START_ARRAY) {
                json.skipChildren();
            } else if (value != null && value != JsonToken.VALUE_NULL) {
                values.put(name, json.getText());
            }
        }
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public String text(String name, String absent) {
        return values.getOrDefault(name, absent);
    }

    public boolean flag(String name) {
        return "true".equals(values.get(name));
    }

    public long number(String name, long absent) {
        try {
            String value = values.get(name);
            return value == null ? absent : Long.parseLong(value);
        } catch (NumberFormatException notWhole) {
            return absent;
        }
    }
}
