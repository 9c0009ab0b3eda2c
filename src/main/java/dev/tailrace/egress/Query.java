package dev.tailrace.egress;

import com.google.re2j.Pattern;
import dev.tailrace.broker.Filter;
import dev.tailrace.http.Problem;
import dev.tailrace.model.Level;
import dev.tailrace.model.Position;
import io.vertx.core.MultiMap;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parses the query parameters of a reader; each mistake is a {@link Problem} that names the parameter. */
public final class Query {

    private static final int MAX_TEXT = 256;

    private static final int MAX_VALUES = 100;

    private final MultiMap params;

    public Query(MultiMap params) {
        this.params = params;
    }

    /** {@code service stream system level q regex since until}, or null when all entries are wanted. */
    @Nullable
    public Filter filter() {
        return filter(streams());
    }

    /** As {@link #filter()}, for a route where {@code stream} has another meaning. */
    @Nullable
    public Filter filter(Set<String> streams) {
        return new Filter(
                        values("service"),
                        streams,
                        bool("system"),
                        values("level").stream()
                                .map(Level::canonical)
                                .collect(Collectors.toUnmodifiableSet()),
                        searched("q"),
                        regex(),
                        time("since", Long.MIN_VALUE),
                        time("until", Long.MAX_VALUE))
                .orNull();
    }

    private Set<String> streams() {
        Set<String> streams = values("stream");
        if (!Set.of("stdout", "stderr").containsAll(streams)) {
            throw Problem.badParameter("stream", "must be stdout or stderr");
        }
        return streams;
    }

    private @Nullable String searched(String name) {
        String value = text(name);
        if (value != null && value.length() > MAX_TEXT) {
            throw Problem.badParameter(name, "must have at most " + MAX_TEXT + " characters");
        }
        return value;
    }

    private @Nullable Pattern regex() {
        String pattern = text("regex");
        return pattern == null ? null : new Regex("regex").compile(pattern, 0);
    }

    Set<String> values(String name) {
        List<String> values = params.getAll(name);
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
