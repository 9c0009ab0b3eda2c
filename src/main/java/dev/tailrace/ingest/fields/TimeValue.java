package dev.tailrace.ingest.fields;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a time that was sent as any value of JSON: a number or text as {@link SentTime}, an object of MongoDB ({@code
 * $date}), of protocol buffers ({@code seconds}, {@code nanos}), of Log4j ({@code epochSecond}, {@code nanoOfSecond}) or
 * of PHP ({@code date}, {@code timezone}), a pair of seconds and nanoseconds, or the numbers of a date in an array. Not
 * safe for several threads.
 */
public final class TimeValue {

    private static final int MAX_DEPTH = 4;
    private static final long MIN_YEAR = 1900;
    private static final long MAX_YEAR = 2200;

    /** Names of a part that is a time by itself. */
    private static final List<String> WHOLE = List.of(
            "$date",
            "$numberLong",
            "$numberInt",
            "$numberDouble",
            "epochMillis",
            "epochMilli",
            "millis",
            "milliseconds",
            "iso",
            "iso8601",
            "timestamp",
            "value");

    private static final List<String> SECONDS =
            List.of("seconds", "epochSecond", "_seconds", "secs", "sec", "secs_since_epoch", "tv_sec", "t");
    private static final List<String> NANOS = List.of(
            "nanos",
            "nanoOfSecond",
            "nano",
            "_nanoseconds",
            "nanoseconds",
            "nsecs",
            "nsec",
            "nanos_since_epoch",
            "tv_nsec");
    private static final List<String> MICROS = List.of("usec", "micros", "microseconds", "tv_usec");

    private static final String PHP_DATE = "date";
    private static final String PHP_ZONE = "timezone";

    private final SentTime times;

    public TimeValue(SentTime times) {
        this.times = times;
    }

    /** Epoch milliseconds, or null for what is no time. */
    public @Nullable Long read(@Nullable Object value) {
        return read(value, 0);
    }

    private @Nullable Long read(@Nullable Object value, int depth) {
        if (depth > MAX_DEPTH) {
            return null;
        }
        if (value instanceof SentNumber number) {
            return SentTime.ofNumber(number.toString());
        }
        if (value instanceof String text) {
            return times.ofText(text);
        }
        if (value instanceof Map<?, ?> object) {
            return ofObject(object, depth);
        }
        return value instanceof List<?> list ? ofList(list) : null;
    }

    private @Nullable Long ofObject(Map<?, ?> object, int depth) {
        for (String name : WHOLE) {
            Long whole = read(object.get(name), depth + 1);
            if (whole != null) {
                return whole;
            }
        }
        Object timestamp = object.get("$timestamp"); // of MongoDB's log of operations
        if (timestamp != null) {
            return read(timestamp, depth + 1);
        }
        Long seconds = number(object, SECONDS);
        if (seconds != null) {
            Long nanos = number(object, NANOS);
            Long micros = nanos == null ? number(object, MICROS) : null;
            return SentTime.ofSeconds(seconds, nanos != null ? nanos : micros != null ? micros * 1000 : 0);
        }
        return object.get(PHP_DATE) instanceof String date ? ofPhp(date, object.get(PHP_ZONE)) : null;
    }

    private @Nullable Long ofPhp(String date, @Nullable Object zone) {
        if (!(zone instanceof String name) || name.isBlank()) {
            return times.ofText(date);
        }
        boolean region = name.indexOf('/') >= 0;
        return times.ofText(date + (region ? "[" + name + "]" : " " + name));
    }

    private static @Nullable Long number(Map<?, ?> object, List<String> names) {
        for (String name : names) {
            Long number = number(object.get(name));
            if (number != null) {
                return number;
            }
        }
        return null;
    }

    private static @Nullable Long number(@Nullable Object value) {
        if (value instanceof SentNumber number && number.isLong()) {
            return number.longValue();
        }
        if (value instanceof Map<?, ?> wrapped) {
            return number(wrapped.get("$numberLong"));
        }
        if (!(value instanceof String text) || text.isEmpty()) {
            return null;
        }
        SentNumber number = new SentNumber(text.strip());
        return number.isLong() ? number.longValue() : null;
    }

    /** A pair of seconds and nanoseconds, or year, month, day and perhaps hour, minute, second and nanoseconds. */
    private @Nullable Long ofList(List<?> list) {
        long[] parts = new long[7];
        if (list.size() < 2 || list.size() > parts.length) {
            return null;
        }
        for (int i = 0; i < list.size(); i++) {
            Long part = list.get(i) instanceof SentNumber ? number(list.get(i)) : null;
            if (part == null || part < 0) {
                return null;
            }
            parts[i] = part;
        }
        if (list.size() == 2) {
            return SentTime.ofSeconds(parts[0], parts[1]);
        }
        if (parts[0] < MIN_YEAR || parts[0] > MAX_YEAR) {
            return null;
        }
        return times.ofText(String.format(
                Locale.ROOT,
                "%04d-%02d-%02dT%02d:%02d:%02d.%09d",
                parts[0],
                parts[1],
                parts[2],
                parts[3],
                parts[4],
                parts[5],
                parts[6]));
    }
}
