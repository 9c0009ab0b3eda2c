package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.fields.SentTime;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the timestamps of syslog messages in all their forms, each as a whole: date, time, fraction, zone and year, in
 * the orders in which senders write them. Holds the last one read. A timestamp of the right form with an impossible
 * value, such as the 31st of November, is read but has no time.
 */
public final class SyslogTime {

    private static final long AHEAD_MILLIS = SentTime.AHEAD.toMillis();

    private static final String MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
    private static final String WEEKDAYS = "montuewedthufrisatsun";

    /** Between two leap years. */
    private static final int LEAP_YEARS = 8;

    private static final int FIRST_YEAR = 1970;
    private static final int LAST_YEAR = 2099;
    private static final int EPOCH_DIGITS = 10;
    private static final int NO_YEAR = -1;
    private static final long NO_TIME = -1;
    private static final int MAX_REPEATED = 32;
    private static final boolean[] ENDS = Ascii.set(" :,;\t");

    /** How long the last year of a time is remembered. */
    private static final long REMEMBERED_MILLIS = TimeUnit.MINUTES.toMillis(10);

    private static final int[] POWERS = {100, 10, 1};

    private final ZoneId zone;
    private final @Nullable ZoneOffset fixed; // of the zone, if it never changes
    private final LongSupplier now;
    private final SyslogZones zones = new SyslogZones();

    // Of the last date and time of the day, from its marks to its seconds.
    private final byte[] last = new byte[MAX_REPEATED];
    private int repeated; // bytes of it
    private boolean isPossible;
    private int knownYear;
    private int knownHour;
    private boolean knownOfHeader;
    private boolean knownIsInternet;
    private long latest; // the time without its fraction, in the last year
    private long latestAt = NO_TIME;

    private long millis;
    private boolean marked;
    private boolean ofHeader;
    private boolean isInternet; // of RFC 3339, in the form of RFC 5424

    // The timestamp that is read, and how far.
    private byte[] bytes = {};
    private int at;
    private int to;
    private int year;
    private int month;
    private int day;
    private int hour;
    private int minute;
    private int second;
    private int fraction;

    /**
     * @param zone of times without a zone
     * @param now epoch milliseconds
     */
    public SyslogTime(ZoneId zone, LongSupplier now) {
        this.zone = zone;
        this.fixed = zone.getRules().isFixedOffset() ? zone.getRules().getOffset(Instant.EPOCH) : null;
        this.now = now;
    }

    /** The last timestamp in epoch milliseconds, or null without a time. */
    @Nullable
    Long millis() {
        return millis < 0 ? null : millis;
    }

    /** Whether the last timestamp has a form that programs use in headers: that of RFC 3164, or RFC 3339 with a zone. */
    boolean isOfHeader() {
        return ofHeader;
    }

    /** Whether the device marked the last timestamp, because its clock had never been set. */
    boolean isMarked() {
        return marked;
    }

    SyslogZones zones() {
        return zones;
    }

    /**
     * Reads the timestamp that begins at {@code from} and ends at a space, a colon or {@code limit} at the latest.
     *
     * @return where it ends, or -1 without one
     */
    int read(byte[] source, int from, int limit) {
        bytes = source;
        at = from;
        to = limit;
        millis = NO_TIME;
        ofHeader = false;
        isInternet = false;
        zones.clear();
        if (isRepeated()) {
            at += repeated;
            return readRest();
        }
        repeated = 0;
        int first = at < to ? bytes[at] : -1;
        if (Ascii.isDigit(first) && isEpoch()) {
            return readEpoch();
        }
        marked = first == '*';
        if (marked || first == '.') {
            at++; // marks of Cisco for a clock that is not, or no longer, synchronized
        }
        return readDateAndClock() ? readNewRest(from) : -1;
    }

    private boolean readDateAndClock() {
        if (at + 3 < to && Ascii.isLetter(bytes[at])) {
            skipWeekday();
            return readMonthFirst();
        }
        return readNumericDate();
    }

    /** Whether date and time of the day are those of the last timestamp, as those of many messages are. */
    private boolean isRepeated() {
        return repeated > 0 && at + repeated <= to && Arrays.equals(last, 0, repeated, bytes, at, at + repeated);
    }

    private int readNewRest(int from) {
        isPossible = isPossible();
        latestAt = NO_TIME;
        knownYear = year;
        if (at - from <= MAX_REPEATED) {
            repeated = at - from;
            System.arraycopy(bytes, from, last, 0, repeated);
        }
        knownOfHeader = ofHeader;
        knownIsInternet = isInternet;
        knownHour = hour;
        return readRest();
    }

    // ---- seconds since 1970

    private boolean isEpoch() {
        int i = at;
        while (i < to && Ascii.isDigit(bytes[i])) {
            i++;
        }
        return i - at == EPOCH_DIGITS && i + 1 < to && bytes[i] == '.' && Ascii.isDigit(bytes[i + 1]);
    }

    /** {@code 1795946400.123456789}. */
    private int readEpoch() {
        long seconds = 0;
        for (int i = 0; i < EPOCH_DIGITS; i++) {
            seconds = seconds * 10 + bytes[at++] - '0';
        }
        readFraction();
        millis = seconds * 1000 + fraction;
        ofHeader = true;
        return at == to || bytes[at] == ' ' || bytes[at] == ':' ? at : -1;
    }

    /** Reads all of {@code bytes[from, limit)} as whole seconds or milliseconds since 1970, if it may be such a number. */
    boolean readSeconds(byte[] source, int from, int limit) {
        if (limit - from != EPOCH_DIGITS && limit - from != EPOCH_DIGITS + 3) {
            return false;
        }
        long number = 0;
        for (int i = from; i < limit; i++) {
            if (!Ascii.isDigit(source[i])) {
                return false;
            }
            number = number * 10 + source[i] - '0';
        }
        millis = limit - from == EPOCH_DIGITS ? number * 1000 : number;
        return true;
    }

    // ---- dates

    /** {@code 2026-11-29T}, {@code 2026/11/29 }, {@code 2026:11:29-}, {@code 2026 Nov 29 } or {@code 29 Nov }. */
    private boolean readNumericDate() {
        year = Ascii.fourDigits(bytes, at, to);
        if (year < 0) {
            return readDayFirst();
        }
        int separator = at + 4 < to ? bytes[at + 4] : -1;
        if (separator == ' ') {
            at += 5;
            int known = year;
            boolean isDate = readMonthFirst();
            year = known;
            return isDate;
        }
        if (at + 11 > to || "-/:".indexOf(separator) < 0 || bytes[at + 7] != separator) {
            return false;
        }
        month = Ascii.twoDigits(bytes, at + 5, to);
        day = Ascii.twoDigits(bytes, at + 8, to);
        int between = bytes[at + 10];
        boolean joined = between == '-' ? separator != '-' : between == ' ' || (between | 0x20) == 't';
        if (month < 0 || day < 0 || !joined) {
            return false;
        }
        isInternet = (between | 0x20) == 't';
        at += 11;
        return readClock();
    }

    /** {@code 29 Nov 2026 10:00:00}, {@code 29-Nov-2026 10:00:00} and {@code 29/Nov/2026:10:00:00}. */
    private boolean readDayFirst() {
        int number = readDay();
        if (number < 0 || at == to || " -/".indexOf(bytes[at]) < 0) {
            return false;
        }
        int separator = bytes[at++];
        month = readMonth();
        if (month < 0 || at == to || bytes[at] != separator) {
            return false;
        }
        day = number;
        at++;
        readYearBefore(separator == '/' ? ':' : ' ');
        return readClock();
    }

    /** {@code Nov 29 10:00:00}, {@code Nov 29 2026 10:00:00}, {@code Nov 29, 2026 10:00:00}. */
    private boolean readMonthFirst() {
        month = readMonth();
        if (month < 0 || !skipOneOrTwoSpaces()) {
            return false;
        }
        day = readDay();
        if (day < 0) {
            return false;
        }
        if (at < to && bytes[at] == ',') {
            at++;
        }
        if (!skipOneOrTwoSpaces()) {
            return false;
        }
        ofHeader = true;
        readYearBefore(' ');
        return readClock();
    }

    private void skipWeekday() {
        int i = at + 3;
        if (named(WEEKDAYS) >= 0) {
            i += i < to && bytes[i] == ',' ? 1 : 0;
            at = i < to && bytes[i] == ' ' ? i + 1 : at;
        }
    }

    private int readMonth() {
        int number = named(MONTHS);
        at += number < 0 ? 0 : 3;
        return number;
    }

    /** Which of the names of three letters comes next, from 1; or -1. */
    private int named(String names) {
        if (at + 3 >= to) {
            return -1;
        }
        for (int i = 0; i < names.length(); i += 3) {
            if ((bytes[at] | 0x20) == names.charAt(i)
                    && (bytes[at + 1] | 0x20) == names.charAt(i + 1)
                    && (bytes[at + 2] | 0x20) == names.charAt(i + 2)) {
                return i / 3 + 1;
            }
        }
        return -1;
    }

    private boolean skipOneOrTwoSpaces() {
        int from = at;
        while (at < to && bytes[at] == ' ' && at - from < 2) {
            at++;
        }
        return at > from;
    }

    /** One or two digits, or -1. */
    private int readDay() {
        int number = Ascii.twoDigits(bytes, at, to);
        if (number < 0 && at < to && Ascii.isDigit(bytes[at])) {
            number = bytes[at] - '0';
            at++;
        } else if (number >= 0) {
            at += 2;
        }
        return number;
    }

    private void readYearBefore(int separator) {
        int number = Ascii.fourDigits(bytes, at, to);
        boolean isYear = number >= FIRST_YEAR && number <= LAST_YEAR && at + 4 < to && bytes[at + 4] == separator;
        year = isYear ? number : NO_YEAR;
        at += isYear ? 5 : 0;
    }

    // ---- what follows the date

    /** {@code 10:00:00}; the hour may have one digit. */
    private boolean readClock() {
        hour = readDay();
        if (hour < 0 || at + 6 > to || bytes[at] != ':' || bytes[at + 3] != ':') {
            return false;
        }
        minute = Ascii.twoDigits(bytes, at + 1, to);
        second = Ascii.twoDigits(bytes, at + 4, to);
        at += 6;
        return minute >= 0 && second >= 0;
    }

    private int readRest() {
        year = knownYear;
        hour = knownHour;
        ofHeader = knownOfHeader;
        isInternet = knownIsInternet;
        readFraction();
        readHalfOfDay();
        boolean hasZone = readZone(at);
        int before;
        do { // a zone and a year may follow in either order
            before = at;
            hasZone = hasZone || (at < to && bytes[at] == ' ' && readZone(at + 1));
            readYearAfter();
        } while (at > before);
        if (at < to && !Ascii.isIn(ENDS, bytes[at])) {
            return -1;
        }
        ofHeader |= isInternet && hasZone;
        boolean isInYear = year == knownYear || day <= lengthOfMonth(year);
        millis = isPossible && isInYear ? inMillis() : NO_TIME;
        return at;
    }

    private void readFraction() {
        fraction = 0;
        if (at + 1 < to && (bytes[at] == '.' || bytes[at] == ',') && Ascii.isDigit(bytes[at + 1])) {
            int first = ++at;
            for (; at < to && Ascii.isDigit(bytes[at]); at++) {
                fraction += at - first < POWERS.length ? (bytes[at] - '0') * POWERS[at - first] : 0;
            }
        }
    }

    /** {@code  AM} or {@code  PM}, which Cisco's telephony writes before the fraction. */
    private void readHalfOfDay() {
        boolean isThere = at + 2 < to
                && bytes[at] == ' '
                && (bytes[at + 1] == 'A' || bytes[at + 1] == 'P')
                && bytes[at + 2] == 'M'
                && (at + 3 == to || " .:".indexOf(bytes[at + 3]) >= 0);
        if (isThere && hour >= 1 && hour <= 12) {
            hour = hour % 12 + (bytes[at + 1] == 'P' ? 12 : 0);
            at += 3;
            if (fraction == 0) {
                readFraction();
            }
        }
    }

    private boolean readZone(int from) {
        int zoneEnd = zones.read(bytes, from, to);
        if (zoneEnd < 0) {
            return false;
        }
        at = zoneEnd;
        return true;
    }

    private void readYearAfter() {
        int number = year == NO_YEAR && at < to && bytes[at] == ' ' ? Ascii.fourDigits(bytes, at + 1, to) : -1;
        if (number >= FIRST_YEAR && number <= LAST_YEAR && isEndOfYear(at + 5)) {
            year = number;
            at += 5;
        }
    }

    private boolean isEndOfYear(int from) {
        boolean isColon = from < to && bytes[from] == ':'; // an address of IPv6 may begin like a year
        return from >= to || bytes[from] == ' ' || (isColon && (from + 1 == to || bytes[from + 1] == ' '));
    }

    // ---- the time

    /** Whether there is such a time, in any year if it names none. */
    private boolean isPossible() {
        return hour <= 23
                && minute <= 59
                && second <= 60
                && month >= 1
                && month <= 12
                && day >= 1
                && day <= lengthOfMonth(year == NO_YEAR ? LEAP_YEARS : year);
    }

    private int lengthOfMonth(int ofYear) {
        return Month.of(month).length(Year.isLeap(ofYear));
    }

    private long inMillis() {
        if (year != NO_YEAR) {
            return Math.max(NO_TIME, inMillis(year));
        }
        long present = now.getAsLong();
        if (zones.isKnown() || zones.region() != null || hour != knownHour) {
            return latest(present);
        }
        if (latestAt == NO_TIME || Math.abs(present - latestAt) > REMEMBERED_MILLIS) {
            latest = latest(present) - fraction;
            latestAt = present;
        }
        return latest + fraction;
    }

    /** The last year in which it is not in the future, since lines are not sent before they are written. */
    private long latest(long present) {
        long limit = present + AHEAD_MILLIS;
        int last = Instant.ofEpochMilli(limit).atOffset(ZoneOffset.UTC).getYear() + 1;
        for (int candidate = last; candidate >= last - LEAP_YEARS - 1; candidate--) {
            if (day <= lengthOfMonth(candidate)) {
                long time = inMillis(candidate);
                if (time <= limit) {
                    return time;
                }
            }
        }
        return NO_TIME;
    }

    private long inMillis(int ofYear) {
        long seconds = ((daysUntil(ofYear) * 24 + hour) * 60 + minute) * 60 + Math.min(second, 59);
        return (seconds - offsetSeconds(ofYear)) * 1000 + fraction;
    }

    private int offsetSeconds(int ofYear) {
        if (zones.isKnown()) {
            return zones.offset() * 60;
        }
        ZoneId region = zones.region();
        if (region == null && fixed != null) {
            return fixed.getTotalSeconds();
        }
        return (region == null ? zone : region)
                .getRules()
                .getOffset(LocalDateTime.of(ofYear, month, day, hour, minute, Math.min(second, 59)))
                .getTotalSeconds();
    }

    /** Days from 1970-01-01 to the date in that year; a year begins in March here, so that a leap day ends it. */
    private long daysUntil(int ofYear) {
        long y = month <= 2 ? ofYear - 1L : ofYear;
        long era = Math.floorDiv(y, 400L);
        long ofEra = y - era * 400;
        long dayOfYear = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + dayOfYear - 719_468;
    }
}
