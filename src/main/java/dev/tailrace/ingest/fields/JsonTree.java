package dev.tailrace.ingest.fields;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON value into text, {@link SentNumber}, booleans, lists and maps, and no more of it than it is worth: a value
 * that would take more bytes as JSON than the limit is skipped, because its objects would take many times its size.
 * A value that is nested too deeply is replaced by {@link #DEEP}, because not all programs could read what is stored.
 */
public final class JsonTree {

    /** In place of a value that is over the limit. */
    public static final Object TOO_LARGE = new Object();

    /** Deeper values are not read. */
    public static final int MAX_DEPTH = 100;

    /** Stands for a value that is nested too deeply. */
    public static final String DEEP = "nested too deeply";

    private static final int BYTES_OF_ANY = 2; // such as a digit and a comma

    private int left;

    /**
     * Reads the value at the parser to its end.
     *
     * @param limit bytes, estimated from below
     * @return null for null
     */
    public @Nullable Object read(JsonParser json, int limit) throws IOException {
        left = limit;
        Object value = value(json, json.currentToken(), 0);
        return left < 0 ? TOO_LARGE : value;
    }

    private @Nullable Object value(JsonParser json, @Nullable JsonToken token, int depth) throws IOException {
        left -= BYTES_OF_ANY;
        if (token == null || left < 0) {
            json.skipChildren();
            return null;
        }
        if (depth == MAX_DEPTH && token.isStructStart()) {
            json.skipChildren();
            left -= DEEP.length();
            return DEEP;
        }
        switch (token) {
            case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                left -= json.getTextLength();
                if (left < 0) {
                    return null;
                }
                String text = json.getText();
                return token == JsonToken.VALUE_STRING || !isFinite(text) ? text : new SentNumber(text);
            }
            case VALUE_TRUE -> {
                return Boolean.TRUE;
            }
            case VALUE_FALSE -> {
                return Boolean.FALSE;
            }
            case START_ARRAY -> {
                return list(json, depth + 1);
            }
            case START_OBJECT -> {
                return map(json, depth + 1);
            }
            default -> {
                return null;
            }
        }
    }

    /** Some programs write NaN and Infinity, which are no numbers of JSON. */
    private static boolean isFinite(String number) {
        char last = number.charAt(number.length() - 1);
        return (last >= '0' && last <= '9') || last == '.';
    }

    private List<@Nullable Object> list(JsonParser json, int depth) throws IOException {
        List<@Nullable Object> list = new ArrayList<>(4);
        for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
            Object value = value(json, next, depth);
            if (left >= 0) {
                list.add(value);
            }
        }
        return list;
    }

    private Map<String, @Nullable Object> map(JsonParser json, int depth) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>(8);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            left -= name.length();
            Object value = value(json, json.nextToken(), depth);
            if (left >= 0) {
                map.put(name, value);
            }
        }
        return map;
    }
}
