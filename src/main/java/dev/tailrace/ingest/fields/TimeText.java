package dev.tailrace.ingest.fields;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads dates and times as programs write them. A text is cut into words, which may come in any order that its form
 * allows: a date ({@code 2026-11-29}, {@code 2026/11/29}, {@code 20261129}, {@code 29/Nov/2026}, {@code 29 Nov 2026},
 * {@code Nov 29 2026}, {@code Nov 29}), a time ({@code 10:00}, {@code 10:00:00.123}, {@code 10:00:00,123}), and a zone
 * ({@code Z}, {@code +01:00}, {@code +0100}, {@code +01}, {@code UTC+1}, {@code GMT}, {@code [Europe/Berlin]}, {@code
 * CET}). These are RFC 3339, ISO 8601, RFC 5322 and HTTP dates, the forms of C's {@code asctime}, Python, Go, Java, Ruby,
 * nginx and Apache. A weekday is ignored. A leap second is the second after it.
 */
final class TimeText {

    /** Returned for a text that is no time. */
    static final long NONE = Long.MIN_VALUE;

    private static final int MAX_LENGTH = 80;
    private static final String MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
    private static final String WEEKDAYS = "montuewedthufrisatsun";
    private static final int MIN_YEAR_DIGITS = 4;
    private static final int LEAP_YEARS = 8; // the most between two of them

    private final ZoneId zone;
    private final Supplier<Instant> now;

    private String text = "";
    private int at;

    private int year;
    private int month;
    private int day;
    private @Nullable LocalTime time;
    private boolean leapSecond;
    private boolean nextDay;
    private @Nullable ZoneId named;
    private boolean zoneWord;

    TimeText(ZoneId zone, Supplier<Instant> now) {
        this.zone = zone;
        this.now = now;
    }

    /** Epoch milliseconds, or {@link #NONE}. */
    long read(String sent) {
        if (sent.length() > MAX_LENGTH) {
            return NONE;
        }
        text = sent;
        at = 0;
        year = -1;
        month = 0;
        day = 0;
        time = null;
        leapSecond = false;
        nextDay = false;
        named = null;
        zoneWord = false;
        try {
            while (at < text.length()) {
                if (!word()) {
                    return NONE;
                }
            }
            return month == 0 || day == 0 ? NONE : instant();
        } catch (DateTimeException | ArithmeticException | NumberFormatException impossible) {
            return NONE;
        }
    }

    private long instant() {
        return year >= 0 ? instant(year) : latest();
    }

    private long instant(int ofYear) {
        LocalDateTime local = LocalDate.of(ofYear, month, day).atTime(time == null ? LocalTime.MIDNIGHT : time);
        if (nextDay) {
            local = local.plusDays(1);
        }
        if (leapSecond) {
            local = local.plusSeconds(1);
        }
        return local.atZone(named == null ? zone : named).toInstant().toEpochMilli();
    }

    /** The time in the last year that does not put it further ahead of the clock than {@link SentTime#AHEAD}. */
    private long latest() {
        long limit = now.get().plus(SentTime.AHEAD).toEpochMilli();
        int last = Instant.ofEpochMilli(limit).atOffset(ZoneOffset.UTC).getYear() + 1;
        for (int candidate = last; candidate >= last - LEAP_YEARS - 1; candidate--) {
            if (day != 29 || month != 2 || Year.isLeap(candidate)) {
                long millis = instant(candidate);
                if (millis <= limit) {
                    return millis;
                }
            }
        }
        throw new DateTimeException("no such day");
    }

    // ---- words

    private boolean word() {
        char c = text.charAt(at);
        if (c == ' ' || c == '\t') {
            at++;
            return true;
        }
        if (c == '[') {
            return bracketed();
        }
        if (isDigit(c)) {
            return number();
        }
        if (c == '+' || c == '-') {
            return time != null && named == null && offset();
        }
        if (c == ',') { // after a weekday or the day of a month
            at++;
            return time == null;
        }
        if (text.startsWith("m=", at)) { // the monotonic clock, which Go adds
            at = text.length();
            return time != null;
        }
        return isLetter(c) && letters();
    }

    private boolean number() {
        int from = at;
        int digits = digitsFrom(at);
        char after = charAt(from + digits);
        if (after == ':') {
            return time == null && clock();
        }
        if (digits == 4 && (after == '-' || after == '/' || after == '.')) {
            return yearFirst(after);
        }
        if (digits <= 2 && (after == '/' || after == '-') && isLetter(charAt(from + digits + 1))) {
            return dayFirst(after);
        }
        if (digits == 8 && month == 0) {
            return basicDate();
        }
        if (digits == 6 && month != 0 && time == null) {
            return basicTime();
        }
        int value = Integer.parseInt(text, from, from + Math.min(digits, 9), 10);
        at = from + digits;
        if (digits <= 2 && day == 0) {
            day = value;
            return true;
        }
        if (digits == MIN_YEAR_DIGITS && year < 0) {
            year = value;
            return true;
        }
        return false;
    }

    /** {@code 2026-11-29}, and what may follow it at once: {@code T}, {@code t}, {@code _} or {@code :}. */
    private boolean yearFirst(char separator) {
        if (month != 0) {
            return false;
        }
        year = take(4);
        at++;
        month = take(digitsFrom(at));
        if (charAt(at) != separator) {
            return false;
        }
        at++;
        day = take(digitsFrom(at));
        return afterDate();
    }

    /** {@code 29/Nov/2026} and {@code 29-Nov-2026}. */
    private boolean dayFirst(char separator) {
        day = take(digitsFrom(at));
        at++;
        month = monthAt(at);
        at += 3;
        if (month == 0 || charAt(at) != separator || digitsFrom(at + 1) != MIN_YEAR_DIGITS) {
            return false;
        }
        at++;
        year = take(4);
        return afterDate();
    }

    private boolean basicDate() {
        year = take(4);
        month = take(2);
        day = take(2);
        return afterDate();
    }

    private boolean afterDate() {
        char c = charAt(at);
        boolean joined = c == 'T' || c == 't' || c == '_' || c == ':' || c == '-';
        if (joined) {
            at++;
            return isDigit(charAt(at));
        }
        return c == ' ' || c == '\t' || c == ',' || c == 0 || c == 'Z' || c == 'z' || c == '+';
    }

    private boolean basicTime() {
        int hour = take(2);
        int minute = take(2);
        return clock(hour, minute, take(2));
    }

    private boolean clock() {
        int hour = take(digitsFrom(at));
        at++;
        if (digitsFrom(at) != 2) {
            return false;
        }
        int minute = take(2);
        int second = 0;
        if (charAt(at) == ':') {
            at++;
            if (digitsFrom(at) != 2) {
                return false;
            }
            second = take(2);
        }
        return clock(hour, minute, second);
    }

    private boolean clock(int hour, int minute, int second) {
        int nanos = 0;
        char c = charAt(at);
        if ((c == '.' || c == ',' || c == ':') && isDigit(charAt(at + 1))) {
            nanos = fraction();
        }
        leapSecond = second == 60;
        nextDay = hour == 24;
        if (nextDay && (minute != 0 || second != 0 || nanos != 0)) {
            return false;
        }
        time = LocalTime.of(nextDay ? 0 : hour, minute, leapSecond ? 59 : second, nanos);
        return true;
    }

    private int fraction() {
        at++;
        int nanos = 0;
        int digits = 0;
        for (; isDigit(charAt(at)); at++, digits++) {
            if (digits < 9) {
                nanos = nanos * 10 + text.charAt(at) - '0';
            }
        }
        for (; digits < 9; digits++) {
            nanos *= 10;
        }
        return nanos;
    }

    /** {@code +01:00}, {@code +0100}, {@code +01}, {@code +1}. */
    private boolean offset() {
        ZoneId read = offsetAt();
        named = read;
        return read != null;
    }

    private @Nullable ZoneId offsetAt() {
        boolean negative = text.charAt(at) == '-';
        at++;
        int digits = digitsFrom(at);
        if (digits != 1 && digits != 2 && digits != 4) {
            return null;
        }
        int hours = take(Math.min(digits, 2));
        int minutes = 0;
        if (digits == 4) {
            minutes = take(2);
        } else if (charAt(at) == ':' && digitsFrom(at + 1) == 2) {
            at++;
            minutes = take(2);
        }
        return negative ? ZoneOffset.ofHoursMinutes(-hours, -minutes) : ZoneOffset.ofHoursMinutes(hours, minutes);
    }

    /** {@code [Europe/Berlin]} after an offset, as Java writes it; the offset decides. */
    private boolean bracketed() {
        int end = text.indexOf(']', at);
        if (end < 0 || time == null) {
            return false;
        }
        String id = text.substring(at + 1, end);
        at = end + 1;
        if (named == null && !name(id)) {
            named = ZoneId.of(id); // [+01:00] and [GMT+1]
        }
        return true;
    }

    private boolean letters() {
        int from = at;
        while (isLetter(charAt(at)) || charAt(at) == '/' || charAt(at) == '_') {
            at++;
        }
        String word = text.substring(from, at);
        if (time == null) {
            int found = word.length() >= 3 ? monthAt(from) : 0;
            if (found != 0 && month == 0) {
                month = found;
                return true;
            }
            return word.length() >= 3 && indexAt(WEEKDAYS, from) >= 0;
        }
        return meridiem(word) || zone(word);
    }

    /** {@code 10:00:00 PM}. */
    private boolean meridiem(String word) {
        if (time == null || time.getHour() > 12 || !(word.equalsIgnoreCase("am") || word.equalsIgnoreCase("pm"))) {
            return false;
        }
        int hour = time.getHour() % 12;
        time = time.withHour(word.equalsIgnoreCase("pm") ? hour + 12 : hour);
        return true;
    }

    /** The name of a zone, or of Universal Time with an offset; a name after an offset repeats it. */
    private boolean zone(String word) {
        String upper = word.toUpperCase(Locale.ROOT);
        boolean universal = upper.equals("Z") || upper.equals("UTC") || upper.equals("GMT") || upper.equals("UT");
        if (universal) {
            char c = charAt(at);
            if ((c == '+' || c == '-') && isDigit(charAt(at + 1)) && !upper.equals("Z")) {
                return named == null && offset();
            }
            boolean first = !zoneWord;
            zoneWord = true;
            if (named == null) {
                named = ZoneOffset.UTC;
            }
            return first;
        }
        boolean repeats = named instanceof ZoneOffset;
        if (zoneWord || (named != null && !repeats)) {
            return false;
        }
        zoneWord = true;
        return repeats ? ZoneNames.isLikeName(word) : name(word);
    }

    /**
     * Reads the name of a zone; one that is not known, or that several zones share, leaves the time in the default zone.
     *
     * @return false when it is no such name
     */
    private boolean name(String word) {
        String upper = word.toUpperCase(Locale.ROOT);
        Integer minutes = ZoneNames.minutes(upper);
        named = minutes == null ? ZoneNames.region(word) : ZoneOffset.ofTotalSeconds(minutes * 60);
        return named != null || ZoneNames.isKnown(upper) || ZoneNames.isLikeName(word);
    }

    // ---- characters

    private int take(int digits) {
        int from = at;
        at += digits;
        return digits == 0 || digits > 9 || at > text.length() ? impossible() : Integer.parseInt(text, from, at, 10);
    }

    private static int impossible() {
        throw new DateTimeException("not a number");
    }

    private int digitsFrom(int from) {
        int end = from;
        while (isDigit(charAt(end))) {
            end++;
        }
        return end - from;
    }

    private int monthAt(int from) {
        return indexAt(MONTHS, from) + 1;
    }

    /** The index of the three letters in a row of such names, or -1. */
    private int indexAt(String names, int from) {
        for (int i = 0; i < names.length(); i += 3) {
            if (text.regionMatches(true, from, names, i, 3)) {
                return i / 3;
            }
        }
        return -1;
    }

    /** The character, or 0 after the end. */
    private char charAt(int index) {
        return index < text.length() ? text.charAt(index) : 0;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
