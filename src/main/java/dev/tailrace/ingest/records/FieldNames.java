package dev.tailrace.ingest.records;

/**
 * Names of fields in JSON that mirrors protocol buffers. Senders write one name as {@code traceId}, as {@code trace_id},
 * or as {@code TraceId}, and a reader has to know them all.
 */
public final class FieldNames {

    private FieldNames() {}

    /** The name in lower camel case; the same object when it is so already. */
    public static String camel(String name) {
        boolean capital = !name.isEmpty() && name.charAt(0) >= 'A' && name.charAt(0) <= 'Z';
        return capital || name.indexOf('_') >= 0 ? converted(name) : name;
    }

    private static String converted(String name) {
        var camel = new StringBuilder(name.length());
        boolean upper = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_') {
                upper = true;
            } else if (camel.isEmpty()) {
                camel.append(Character.toLowerCase(c));
                upper = false;
            } else {
                camel.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return camel.toString();
    }
}
