package dev.tailrace.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The beginning of a time that somebody is interested in.
 *
 * @param millis since the epoch
 */
public record Since(long millis) {

    private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}(ms|s|m|h|d))+");

    private static final List<Function<String, Instant>> TIMES = List.of(
            text -> OffsetDateTime.parse(text).toInstant(),
            text -> LocalDateTime.parse(text.replace(' ', 'T'))
                    .atZone(ZoneId.systemDefault())
                    .toInstant(),
            text -> LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant());

    /**
     * Reads how long ago ({@code 90s}, {@code 1h30m}) or when ({@code 2026-11-22T10:00:00Z}; without a zone, this
     * machine's).
     *
     * @throws IllegalArgumentException with a message for the caller when the text is neither
     */
    public static Since parse(String text, Instant now) {
        if (DURATION.matcher(text).matches()) {
            return new Since(now.minus(duration(text)).toEpochMilli());
        }
        for (Function<String, Instant> time : TIMES) {
            try {
                return new Since(time.apply(text).toEpochMilli());
            } catch (DateTimeException other) {
                // the next form, or told below
            }
        }
        throw new IllegalArgumentException(
                "a duration such as 30s, 10m, 1h30m or 2d, or a time such as 2026-11-22T10:00:00Z");
    }

    /**
     * Reads how long.
     *
     * @throws IllegalArgumentException with a message for the caller
     */
    public static Duration duration(String text) {
        if (!DURATION.matcher(text).matches()) {
            throw new IllegalArgumentException("a duration such as 30s, 10m, 1h30m or 2d");
        }
        Duration sum = Duration.ZERO;
        for (Matcher part = PART.matcher(text); part.find(); ) {
            long number = Long.parseLong(part.group(1));
            sum = sum.plus(
                    switch (part.group(2)) {
                        case "ms" -> Duration.ofMillis(number);
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    });
        }
        return sum;
    }
}
