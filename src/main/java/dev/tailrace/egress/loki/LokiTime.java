package dev.tailrace.egress.loki;

import dev.tailrace.http.Problem;
import dev.tailrace.model.Entry;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Loki's times: nanoseconds since 1970. */
final class LokiTime {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;
    private static final long MAX_MILLIS = Long.MAX_VALUE / MILLI - 1; // in the year 2262
    private static final int MAX_LENGTH = 64;

    private static final Pattern SECONDS = Pattern.compile("-?\\d{1,10}(\\.\\d+)?");
    private static final Pattern NANOS = Pattern.compile("-?\\d+");
    private static final Pattern PART_OF_DURATION = Pattern.compile("(\\d{1,12})(ms|[smhdwy])");

    private static final long HOUR = 3600 * SECOND;
    private static final Map<String, Long> UNITS = Map.of(
            "ms", MILLI,
            "s", SECOND,
            "m", 60 * SECOND,
            "h", HOUR,
            "d", 24 * HOUR,
            "w", 7 * 24 * HOUR,
            "y", 365 * 24 * HOUR);

    private LokiTime() {}

    static long now() {
        return System.currentTimeMillis() * MILLI;
    }

    /**
     * An entry's timestamp with its offset below the milliseconds, so that no two entries have the same time, and lines
     * of one millisecond keep their order in clients that sort.
     */
    static long of(Entry entry, long offset) {
        Long timestamp = entry.line().timestamp();
        long millis = timestamp == null ? entry.receivedAt() : timestamp;
        return Math.max(-MAX_MILLIS, Math.min(MAX_MILLIS, millis)) * MILLI + offset % MILLI;
    }

    /** Parses nanoseconds, or seconds when there is a decimal point or no more than ten digits, or RFC 3339. */
    static long parse(String parameter, String text) {
        try {
            if (text.length() <= MAX_LENGTH) {
                if (SECONDS.matcher(text).matches()) {
                    return new BigDecimal(text).movePointRight(9).longValue();
                }
                return NANOS.matcher(text).matches() ? Long.parseLong(text) : nanos(text);
            }
        } catch (NumberFormatException | DateTimeException | ArithmeticException invalid) {
            // reported below
        }
        throw Problem.badParameter(
                parameter, "must be nanoseconds or seconds since 1970, or RFC 3339, such as 2026-11-22T15:04:05Z");
    }

    private static long nanos(String text) {
        Instant instant = OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), SECOND), instant.getNano());
    }

    /** Parses a duration as Prometheus writes it: {@code 1h30m}. */
    static long duration(String parameter, String text) {
        Matcher part = PART_OF_DURATION.matcher(text);
        long sum = 0;
        int at = 0;
        try {
            while (text.length() <= MAX_LENGTH && part.find(at) && part.start() == at) {
                sum = Math.addExact(
                        sum, Math.multiplyExact(Long.parseLong(part.group(1)), UNITS.getOrDefault(part.group(2), 0L)));
                at = part.end();
                if (at == text.length()) {
                    return sum;
                }
            }
        } catch (ArithmeticException tooLong) {
            // reported below
        }
        throw Problem.badParameter(parameter, "must be a duration such as 1h30m");
    }
}
