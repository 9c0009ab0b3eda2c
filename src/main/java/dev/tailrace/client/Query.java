package dev.tailrace.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A builder for the query of a URL; a name may be used more than once. */
public final class Query {

    private final StringBuilder text = new StringBuilder();

    /** Adds a parameter, or nothing when its value is absent. */
    public Query with(String name, @Nullable Object value) {
        if (value != null) {
            text.append(text.isEmpty() ? '?' : '&')
                    .append(encode(name))
                    .append('=')
                    .append(encode(value.toString()));
        }
        return this;
    }

    public Query withAll(String name, Collection<?> values) {
        values.forEach(value -> with(name, value));
        return this;
    }

    // A plus sign means a space in forms only.
    public static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The query with its question mark, or an empty text. */
    @Override
    public String toString() {
        return text.toString();
    }
}
