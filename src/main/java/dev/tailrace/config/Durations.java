package dev.tailrace.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The grammar of durations in settings and in the options of commands, such as {@code 500ms}, {@code 10s} or {@code 1h30m}. */
public final class Durations {

    private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern DURATION = Pattern.compile("(" + PART + ")+");

    private Durations() {}

    /** Whether the text is a duration. */
    public static boolean matches(String text) {
        return DURATION.matcher(text).matches();
    }

    /**
     * The sum of all parts.
     *
     * @throws IllegalArgumentException with a message for the user when the text is no duration
     */
    public static Duration parse(String text) {
        if (!matches(text)) {
            throw new IllegalArgumentException("a duration such as 30s, 10m, 1h30m or 2d");
        }
        Duration sum = Duration.ZERO;
        for (Matcher part = PART.matcher(text); part.find(); ) {
            sum = sum.plus(of(Long.parseLong(part.group(1)), part.group(2)));
        }
        return sum;
    }

    private static Duration of(long number, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
