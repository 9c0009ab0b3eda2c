package dev.tailrace.ingest.syslog;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.Year;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Parses the times of syslog messages. Times of RFC 3164 have no year and no zone; the year nearest to now is taken.
 */
public final class SyslogTime {

    /** Length of {@code Nov 22 14:00:00}. */
    static final int LENGTH = 15;

    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /** Least length of a time of RFC 3339. */
    private static final int RFC3339_LENGTH = 20;

    private static final int[] POWERS = {100, 10, 1};

    /** How long the nearest year of a time is remembered. */
    private static final long REMEMBERED_MILLIS = 3_600_000;

    private final byte[] last = new byte[LENGTH]; // because many messages have the same second
    private @Nullable Long lastTime;
    private long lastRead;

    private final ZoneId zone;
    private final LongSupplier now;

    /**
     * @param zone of times without a zone
     * @param now epoch milliseconds
     */
    public SyslogTime(ZoneId zone, LongSupplier now) {
        this.zone = zone;
        this.now = now;
    }

    /** Epoch milliseconds of {@code 2026-11-22T14:00:00.123+01:00}, or null when it is not a time since 1970. */
    static @Nullable Long rfc3339(byte[] bytes, int from, int to) {
        if (to - from < RFC3339_LENGTH
                || bytes[from + 4] != '-'
                || bytes[from + 7] != '-'
                || (bytes[from + 10] | 0x20) != 't'
                || bytes[from + 13] != ':'
                || bytes[from + 16] != ':') {
            return null;
        }
        int hour = digits(bytes, from + 11);
        int minute = digits(bytes, from + 14);
        int second = digits(bytes, from + 17);
        Long day = day(bytes, from);
        int at = from + 19;
        int fraction = 0;
        if (bytes[at] == '.') {
            int first = ++at;
            for (; at < to && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
                fraction += at - first < 3 ? (bytes[at] - '0') * POWERS[at - first] : 0;
            }
        }
        Integer offset = offset(bytes, at, to);
        if (day == null
                || offset == null
                || hour < 0
                || hour > 23
                || minute < 0
                || minute > 59
                || second < 0
                || second > 60) {
            return null;
        }
        long millis = ((day * 24 + hour) * 60 + minute - offset) * 60_000 + Math.min(second, 59) * 1000L + fraction;
        return millis < 0 ? null : millis;
    }

    private static @Nullable Long day(byte[] bytes, int from) {
        int century = digits(bytes, from);
        int year = digits(bytes, from + 2);
        int month = digits(bytes, from + 5);
        int day = digits(bytes, from + 8);
        boolean valid = century >= 0
                && year >= 0
                && month >= 1
                && month <= 12
                && day >= 1
                && day <= Month.of(month).length(Year.isLeap(century * 100 + year));
        return valid ? LocalDate.of(century * 100 + year, month, day).toEpochDay() : null;
    }

    /** The zone {@code bytes[at, to)} in minutes, or null when it is invalid. */
    private static @Nullable Integer offset(byte[] bytes, int at, int to) {
        if (to - at == 1 && (bytes[at] | 0x20) == 'z') {
            return 0;
        }
        if (to - at != 6 || (bytes[at] != '+' && bytes[at] != '-') || bytes[at + 3] != ':') {
            return null;
        }
        int hours = digits(bytes, at + 1);
        int minutes = digits(bytes, at + 4);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
            return null;
        }
        return (bytes[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
    }

    private static int digits(byte[] bytes, int at) {
        return bytes[at] == ' ' ? -1 : number(bytes, at);
    }

    /** The time that begins at {@code from}, in epoch milliseconds, or null without one. */
    @Nullable
    Long read(byte[] bytes, int from, int to) {
        if (to - from < LENGTH || bytes[from + 3] != ' ' || bytes[from + 6] != ' ') {
            return null;
        }
        long present = now.getAsLong();
        boolean known = Math.abs(present - lastRead) < REMEMBERED_MILLIS
                && Arrays.equals(last, 0, LENGTH, bytes, from, from + LENGTH);
        if (!known) {
            System.arraycopy(bytes, from, last, 0, LENGTH);
            lastTime = readNew(bytes, from, present);
            lastRead = present;
        }
        return lastTime;
    }

    private @Nullable Long readNew(byte[] bytes, int from, long present) {
        int month = month(bytes, from);
        int day = number(bytes, from + 4);
        int hour = number(bytes, from + 7);
        int minute = number(bytes, from + 10);
        int second = number(bytes, from + 13);
        boolean valid = month > 0
                && day >= 1
                && day <= 31
                && hour >= 0
                && hour <= 23
                && bytes[from + 9] == ':'
                && minute >= 0
                && minute <= 59
                && bytes[from + 12] == ':'
                && second >= 0
                && second <= 60;
        return valid ? nearest(present, month, day, hour, minute, Math.min(second, 59)) : null;
    }

    private @Nullable Long nearest(long present, int month, int day, int hour, int minute, int second) {
        int year = Instant.ofEpochMilli(present).atZone(zone).getYear();
        Long best = null;
        for (int candidate = year - 1; candidate <= year + 1; candidate++) {
            if (day > Month.of(month).length(Year.isLeap(candidate))) {
                continue;
            }
            long millis = LocalDateTime.of(candidate, month, day, hour, minute, second)
                    .atZone(zone)
                    .toInstant()
                    .toEpochMilli();
            if (best == null || Math.abs(millis - present) < Math.abs(best - present)) {
                best = millis;
            }
        }
        return best;
    }

    private static int month(byte[] bytes, int from) {
        for (int i = 0; i < MONTHS.length(); i += 3) {
            if (bytes[from] == MONTHS.charAt(i)
                    && bytes[from + 1] == MONTHS.charAt(i + 1)
                    && bytes[from + 2] == MONTHS.charAt(i + 2)) {
                return i / 3 + 1;
            }
        }
        return 0;
    }

    /** Two digits, of which the first may be a space; -1 when they are not digits. */
    private static int number(byte[] bytes, int at) {
        int tens = bytes[at] == ' ' ? 0 : bytes[at] - '0';
        int ones = bytes[at + 1] - '0';
        return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
    }
}
