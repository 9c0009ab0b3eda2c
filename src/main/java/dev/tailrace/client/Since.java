package dev.tailrace.client;

import dev.tailrace.config.Durations;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Function;

/**
 * The beginning of a requested period.
 *
 * @param millis since the epoch
 */
public record Since(long millis) {

    private static final List<Function<String, Instant>> TIMES = List.of(
            text -> OffsetDateTime.parse(text).toInstant(),
            text -> LocalDateTime.parse(text.replace(' ', 'T'))
                    .atZone(ZoneId.systemDefault())
                    .toInstant(),
            text -> LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant());

    /**
     * Parses a duration before now ({@code 90s}, {@code 1h30m}) or a time ({@code 2026-11-22T10:00:00Z}; without a zone
     * it is in that of this machine).
     *
     * @throws IllegalArgumentException with a message for the caller when the text is neither
     */
    public static Since parse(String text, Instant now) {
        if (Durations.matches(text)) {
            return new Since(now.minus(Durations.parse(text)).toEpochMilli());
        }
        for (Function<String, Instant> time : TIMES) {
            try {
                return new Since(time.apply(text).toEpochMilli());
            } catch (DateTimeException other) {
                // try the next form; the error is reported below
            }
        }
        throw new IllegalArgumentException(
                "a duration such as 30s, 10m, 1h30m or 2d, or a time such as 2026-11-22T10:00:00Z");
    }
}
