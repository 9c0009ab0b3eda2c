package dev.tailrace.ingest.fields;

import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes of a record. Some become fields of the line, the rest become a small JSON object. */
public final class Attributes {

    /** The attribute that counts the attributes that were left out because they did not fit. */
    public static final String LEFT_OUT = "tailrace.left_out";

    private static final int LEFT_OUT_BYTES = LEFT_OUT.length() + 16;

    /** Most attributes of one record; more would never fit. */
    public static final int MAX_VALUES = 4096;

    /** A map that had more is not used again, because clearing it takes as long as it is large. */
    private static final int USUAL_VALUES = 256;

    private Map<String, Object> values = new LinkedHashMap<>();
    private int tooMany;
    private final StringBuilder json = new StringBuilder();

    public void clear() {
        if (values.size() > USUAL_VALUES) {
            values = new LinkedHashMap<>();
        } else {
            values.clear();
        }
        tooMany = 0;
    }

    /**
     * Adds an attribute. Of several with one name the first counts, so the record's own are to be added before shared
     * ones.
     */
    public void add(String name, Object value) {
        if (name.isEmpty()) {
            return;
        }
        if (values.size() < MAX_VALUES) {
            values.putIfAbsent(name, value);
        } else if (!values.containsKey(name)) {
            tooMany++;
        }
    }

    /** Counts an attribute that is known not to fit. */
    public void leaveOut() {
        tooMany++;
    }

    /** The first of the names whose attribute can be written as text that is not empty, or null. */
    public @Nullable String firstOf(List<String> names) {
        for (String name : names) {
            if (!text(name).isEmpty()) {
                return name;
            }
        }
        return null;
    }

    /** The value as text; empty without a value, or when it is neither text nor a number nor a boolean. */
    public String text(String name) {
        Object value = values.get(name);
        return value instanceof String || value instanceof Number || value instanceof Boolean ? value.toString() : "";
    }

    /** The value, or null. */
    public @Nullable Object get(String name) {
        return values.get(name);
    }

    public boolean isEmpty() {
        return values.isEmpty() && tooMany == 0;
    }

    public void remove(String name) {
        values.remove(name);
    }

    /**
     * The attributes that are left, as the JSON of a line, or null without any. They are in the order in which they
     * were added. Attributes that do not fit are left out and counted in {@link #LEFT_OUT}.
     */
    public byte @Nullable [] toJson() {
        if (isEmpty()) {
            return null;
        }
        json.setLength(0);
        json.append('{');
        int bytes = 2 + LEFT_OUT_BYTES;
        int leftOut = tooMany;
        for (Map.Entry<String, Object> entry : values.entrySet()) {
            int start = json.length();
            JsonValue.write(json, entry.getKey());
            json.append(':');
            JsonValue.write(json, entry.getValue());
            json.append(',');
            int more = utf8Length(json, start);
            if (bytes + more > Line.MAX_ATTRIBUTES_BYTES) {
                json.setLength(start);
                leftOut++;
            } else {
                bytes += more;
            }
        }
        if (leftOut > 0) {
            json.append('"').append(LEFT_OUT).append("\":").append(leftOut).append(',');
        }
        json.setCharAt(json.length() - 1, '}');
        byte[] result = json.toString().getBytes(StandardCharsets.UTF_8);
        if (json.capacity() > 16 * Line.MAX_ATTRIBUTES_BYTES) {
            json.setLength(0);
            json.trimToSize(); // so that one large record does not keep its memory
        }
        return result;
    }

    /** An upper bound: half a surrogate pair counts as two bytes, and becomes one. */
    private static int utf8Length(CharSequence text, int start) {
        int bytes = 0;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
