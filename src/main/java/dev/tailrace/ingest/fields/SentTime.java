package dev.tailrace.ingest.fields;

import dev.tailrace.model.EpochTime;
import dev.tailrace.model.Line;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a time as a sender wrote it: a number in seconds, milliseconds, microseconds or nanoseconds, digits in a text,
 * or one of the usual texts. What cannot be read, or is not in the years 0 to 9999, is null; the line then has the time
 * of receipt. One instance reads text after text; it is not safe for several threads.
 */
public final class SentTime {

    /** Longer numbers are no times, and some take minutes to write out. */
    private static final int MAX_NUMBER_LENGTH = 40;

    private static final int MAX_DIGITS_BEFORE_POINT = 20;

    /** Texts of digits are dates from this year on. */
    private static final int MIN_YEAR = 1970;

    private static final int MAX_YEAR = 2099;

    /**
     * How far a time without a year may be ahead of the clock: by the greatest offset that a zone has. One that is
     * further ahead was written a year before, since lines are not sent before they are written.
     */
    public static final Duration AHEAD = Duration.ofHours(14);

    private final TimeText text;

    /**
     * @param zone of texts without a zone
     * @param now for texts without a year, which are in the last year that puts them at most {@link #AHEAD} after now
     */
    public SentTime(ZoneId zone, Supplier<Instant> now) {
        this.text = new TimeText(zone, now);
    }

    /** A whole number, whose unit follows from its size; see {@link EpochTime}. */
    public static @Nullable Long ofNumber(long number) {
        return valid(EpochTime.millis(number));
    }

    /** A number as JSON writes it, which may have a fraction and an exponent. */
    public static @Nullable Long ofNumber(String number) {
        if (number.length() > MAX_NUMBER_LENGTH) {
            return null;
        }
        BigDecimal value;
        try {
            value = new BigDecimal(number);
        } catch (NumberFormatException invalid) {
            return null;
        }
        if (value.signum() == 0) {
            return 0L;
        }
        if ((long) value.precision() - value.scale() > MAX_DIGITS_BEFORE_POINT) {
            return null; // its digits are not written out
        }
        if (value.scale() > MAX_NUMBER_LENGTH) {
            value = BigDecimal.ZERO; // as near as makes no difference
        }
        long whole = value.setScale(0, RoundingMode.DOWN).min(MOST).max(LEAST).longValue();
        long millis = EpochTime.millis(whole);
        if (millis != whole && millis / 1000 == whole) { // seconds, whose fraction counts
            millis = value.movePointRight(3).setScale(0, RoundingMode.FLOOR).longValue();
        } else if (millis == whole) {
            millis = value.setScale(0, RoundingMode.FLOOR).max(LEAST).longValue();
        }
        return valid(millis);
    }

    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final BigDecimal LEAST = BigDecimal.valueOf(Long.MIN_VALUE);

    /** A time in seconds and nanoseconds, which need not be less than a second. */
    public static @Nullable Long ofSeconds(long seconds, long nanos) {
        boolean possible = seconds >= Line.MIN_TIMESTAMP / 1000 - 1 && seconds <= Line.MAX_TIMESTAMP / 1000;
        return possible ? valid(seconds * 1000 + Math.floorDiv(nanos, 1_000_000)) : null;
    }

    /** A time in nanoseconds as an unsigned number; null for 0, which stands for no time in protocol buffers. */
    public static @Nullable Long ofNanos(long nanos) {
        return nanos == 0 ? null : valid(Long.divideUnsigned(nanos, 1_000_000));
    }

    /**
     * A text: the digits of a date of {@value #MIN_YEAR} to {@value #MAX_YEAR} ({@code 20261129}, {@code
     * 20261129100000}, or with milliseconds), other digits as {@link #ofNumber(String)}, or one of the forms of dates and times that
     * {@link TimeText} reads.
     */
    public @Nullable Long ofText(String sent) {
        String trimmed = sent.strip();
        if (trimmed.isEmpty()) {
            return null;
        }
        boolean isNumber = isNumber(trimmed);
        Long date = isNumber ? ofDate(trimmed) : null;
        if (date != null) {
            return date;
        }
        Long number = isNumber ? ofNumber(trimmed) : null;
        return number != null ? number : valid(text.read(trimmed));
    }

    private @Nullable Long ofDate(String digits) {
        int length = digits.length();
        if ((length != 8 && length != 14 && length != 17) || !isDigits(digits)) {
            return null;
        }
        int year = Integer.parseInt(digits.substring(0, 4));
        if (year < MIN_YEAR || year > MAX_YEAR) {
            return null;
        }
        String time = digits.substring(8) + "000000000";
        String iso = digits.substring(0, 4)
                + '-'
                + digits.substring(4, 6)
                + '-'
                + digits.substring(6, 8)
                + 'T'
                + time.substring(0, 2)
                + ':'
                + time.substring(2, 4)
                + ':'
                + time.substring(4, 6)
                + '.'
                + time.substring(6, 9);
        return valid(text.read(iso));
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && c != '.' && !(c == '-' && i == 0)) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable Long valid(long millis) {
        return millis >= Line.MIN_TIMESTAMP && millis <= Line.MAX_TIMESTAMP ? millis : null;
    }
}
