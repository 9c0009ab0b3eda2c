package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.fields.JsonValue;
import dev.tailrace.model.Line;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Renders a message template (messagetemplates.org), as Serilog sends it in place of a message: {@code Hello {Name}}. A
 * hole without a property stays as it is.
 */
final class MessageTemplate {

    /** A message is truncated to as many bytes; one more character shows that it was longer. */
    private static final int MOST_CHARS = Line.MAX_MESSAGE_BYTES + 1;

    private MessageTemplate() {}

    /**
     * @param properties the value of a property, or null
     * @param renderings values of the holes that have a format, in their order, as Serilog renders them
     */
    static String render(String template, Function<String, @Nullable Object> properties, List<?> renderings) {
        StringBuilder text = new StringBuilder();
        Iterator<?> rendered = renderings.iterator();
        int at = 0;
        while (at < template.length() && text.length() < MOST_CHARS) {
            char c = template.charAt(at);
            boolean doubled = (c == '{' || c == '}') && at + 1 < template.length() && template.charAt(at + 1) == c;
            int end = c == '{' && !doubled ? template.indexOf('}', at) : -1;
            if (end < 0) {
                text.append(c);
                at += doubled ? 2 : 1;
                continue;
            }
            String hole = template.substring(at + 1, end);
            Object value = properties.apply(name(hole));
            Object formatted = hole.indexOf(':') >= 0 && rendered.hasNext() ? rendered.next() : null;
            if (formatted instanceof String ready) {
                text.append(ready);
            } else if (value instanceof List<?> || value instanceof Map<?, ?>) {
                JsonValue.write(text, value);
            } else {
                text.append(value == null ? template.substring(at, end + 1) : value);
            }
            at = end + 1;
        }
        return text.toString();
    }

    /** The name in a hole such as {@code @User}, {@code Elapsed:0.00} or {@code Count,5}. */
    private static String name(String hole) {
        int from = hole.startsWith("@") || hole.startsWith("$") ? 1 : 0;
        int to = from;
        while (to < hole.length() && hole.charAt(to) != ':' && hole.charAt(to) != ',') {
            to++;
        }
        return hole.substring(from, to);
    }
}
