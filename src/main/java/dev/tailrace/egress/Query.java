package dev.tailrace.egress;

import dev.tailrace.broker.Filter;
import dev.tailrace.http.Problem;
import dev.tailrace.model.Position;
import io.vertx.core.MultiMap;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parses the query parameters of a reader; each mistake is a {@link Problem} that names the parameter. */
public final class Query {

    private static final int MAX_VALUES = 100;

    private final MultiMap params;

    public Query(MultiMap params) {
        this.params = params;
    }

    /** The filter of the reader, as {@link FilterQuery} parses it; null when all entries are wanted. */
    @Nullable
    public Filter filter() {
        return new FilterQuery(this).filter();
    }

    /** As {@link #filter()}, for a route where {@code stream} has another meaning. */
    @Nullable
    public Filter filter(Set<String> streams) {
        return new FilterQuery(this).filter(streams);
    }

    /** All parameters with their names as they were sent; other methods ignore the letter case of names. */
    List<Map.Entry<String, String>> all() {
        return params.entries();
    }

    Set<String> values(String name) {
        return values(name, params.getAll(name));
    }

    /** The distinct values that are not empty. */
    static Set<String> values(String name, List<String> values) {
        if (values.size() > MAX_VALUES) {
            throw Problem.badParameter(name, "may be given at most " + MAX_VALUES + " times");
        }
        return values.stream().filter(value -> !value.isEmpty()).collect(Collectors.toUnmodifiableSet());
    }

    /** The parameter, or null when it is absent or empty. */
    @Nullable
    public String text(String name) {
        String value = params.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    @Nullable
    public Boolean bool(String name) {
        String value = text(name);
        if (value == null) {
            return null;
        }
        return switch (value) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw Problem.badParameter(name, "must be true or false");
        };
    }

    public int integer(String name, int min, int max, int absent) {
        String value = text(name);
        if (value == null) {
            return absent;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // reported below
        }
        throw Problem.badParameter(name, "must be an integer from " + min + " to " + max);
    }

    @Nullable
    public Position position(String name) {
        String value = text(name);
        try {
            return value == null ? null : Position.parse(value);
        } catch (IllegalArgumentException invalid) {
            throw Problem.badParameter(name, String.valueOf(invalid.getMessage()));
        }
    }

    /** Epoch milliseconds or RFC 3339. */
    long time(String name, long absent) {
        String value = text(name);
        if (value == null) {
            return absent;
        }
        try {
            return value.chars().allMatch(c -> c >= '0' && c <= '9')
                    ? Long.parseLong(value)
                    : OffsetDateTime.parse(value.replace(' ', '+')).toInstant().toEpochMilli();
        } catch (NumberFormatException | DateTimeException invalid) {
            throw Problem.badParameter(name, "must be epoch milliseconds or RFC 3339, such as 2026-11-22T15:04:05Z");
        }
    }

    /** An IANA zone, or UTC. */
    public ZoneId zone(String name) {
        String value = text(name);
        try {
            return value == null ? ZoneOffset.UTC : ZoneId.of(value);
        } catch (DateTimeException invalid) {
            throw Problem.badParameter(name, "must be UTC or an IANA time zone such as Europe/Berlin");
        }
    }
}
