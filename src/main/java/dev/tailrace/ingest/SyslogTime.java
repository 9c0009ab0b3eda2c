package dev.tailrace.ingest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.OffsetDateTime;
import java.time.Year;
import java.time.ZoneId;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads the times of syslog messages. Those of RFC 3164 have no year and no zone: the year is the one nearest to now. */
final class SyslogTime {

    /** Of {@code Nov 22 14:00:00}. */
    static final int LENGTH = 15;

    private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

    private final ZoneId zone;
    private final LongSupplier now;

    /**
     * @param zone of times that name none
     * @param now epoch milliseconds
     */
    SyslogTime(ZoneId zone, LongSupplier now) {
        this.zone = zone;
        this.now = now;
    }

    /** Epoch milliseconds, null when it is no time or is out of range. */
    static @Nullable Long rfc3339(String text) {
        try {
            long millis = OffsetDateTime.parse(text).toInstant().toEpochMilli();
            return millis < 0 || millis > LineParser.MAX_TIMESTAMP ? null : millis;
        } catch (DateTimeException | ArithmeticException invalid) {
            return null;
        }
    }

    /** The time that begins at {@code from}, epoch milliseconds, null when there is none. */
    @Nullable
    Long read(byte[] bytes, int from, int to) {
        if (to - from < LENGTH || bytes[from + 3] != ' ' || bytes[from + 6] != ' ') {
            return null;
        }
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
        return valid ? nearest(month, day, hour, minute, Math.min(second, 59)) : null;
    }

    private @Nullable Long nearest(int month, int day, int hour, int minute, int second) {
        long present = now.getAsLong();
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

    /** Two digits, of which the first may be a space; -1 when there is something else. */
    private static int number(byte[] bytes, int at) {
        int tens = bytes[at] == ' ' ? 0 : bytes[at] - '0';
        int ones = bytes[at + 1] - '0';
        return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
    }
}
