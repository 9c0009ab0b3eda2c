package dev.tailrace.ingest.records;

import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a record tells of itself by name. Some of it becomes a line's own fields, the rest a small JSON object. */
public final class Attributes {

    /** How many attributes were left out because they had not fitted. */
    static final String LEFT_OUT = "tailrace.left_out";

    private static final int LEFT_OUT_BYTES = LEFT_OUT.length() + 16;

    /** Of one record; more would never fit. */
    private static final int MAX_VALUES = 4096;

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

    /** Of several with one name the first counts, so what is nearest to the record is to be added first. */
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

    /** The name of the first that is there and can be written as text that is not empty, or null. */
    @Nullable
    String firstOf(List<String> names) {
        for (String name : names) {
            if (!text(name).isEmpty()) {
                return name;
            }
        }
        return null;
    }

    /** The value as text; empty when there is none, or none that is text or a number. */
    String text(String name) {
        Object value = values.get(name);
        return value instanceof String || value instanceof Number || value instanceof Boolean ? value.toString() : "";
    }

    void remove(String name) {
        values.remove(name);
    }

    /**
     * All that is left, as a line carries it; null when nothing is. In the order in which they were added, and what does
     * not fit is left out whole and counted in {@link #LEFT_OUT}.
     */
    byte @Nullable [] toJson() {
        if (values.isEmpty()) {
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
            json.trimToSize(); // one large record does not keep its size
        }
        return result;
    }

    /** At most so many: half a surrogate pair counts two, and becomes one. */
    private static int utf8Length(CharSequence text, int start) {
        int bytes = 0;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
