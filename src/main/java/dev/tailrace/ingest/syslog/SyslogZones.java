package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.RepeatedText;
import dev.tailrace.ingest.fields.ZoneNames;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * Reads the time zone of a timestamp: an offset such as {@code +0100}, {@code -03} or {@code GMT+1}, an abbreviation
 * such as {@code CET}, or a region such as {@code Europe/Berlin}. Holds the last one read.
 */
final class SyslogZones {

    private static final int MAX_NAME = 5;
    private static final int MAX_REGION = 40;
    private static final int MAX_HOURS = 18; // of ZoneOffset

    private final RepeatedText names = new RepeatedText();
    private boolean known;
    private int offset;
    private @Nullable ZoneId region;

    /** Forgets the last zone. */
    void clear() {
        known = false;
        offset = 0;
        region = null;
    }

    /** Whether the last zone has an {@link #offset}. */
    boolean isKnown() {
        return known;
    }

    /** Minutes east of Greenwich. */
    int offset() {
        return offset;
    }

    /** The region of the last zone, or null. */
    @Nullable
    ZoneId region() {
        return region;
    }

    /** Reads the zone at {@code at}, up to a space, a colon or the end; returns its end, or -1 without a zone. */
    int read(byte[] bytes, int at, int to) {
        int first = at < to ? bytes[at] : -1;
        if (first == '+' || first == '-') {
            return offset(bytes, at, to, false);
        }
        if (!Ascii.isUpper(first) && first != 'z') {
            return -1;
        }
        int end = at + 1;
        while (end < to && Ascii.isLetter(bytes[end]) && end - at <= MAX_NAME) {
            end++;
        }
        if (isEnd(bytes, end, to)) {
            return name(bytes, at, end, to);
        }
        if ((bytes[end] == '+' || bytes[end] == '-') && isGreenwich(bytes, at, end)) {
            return offset(bytes, end, to, true);
        }
        return region(bytes, at, to);
    }

    private int name(byte[] bytes, int at, int end, int to) {
        if (end - at == 1) {
            known = (bytes[at] | 0x20) == 'z';
            return known ? end : -1;
        }
        if (!Ascii.isUpper(bytes[at])) {
            return -1;
        }
        String name = names.of(bytes, at, end);
        Integer minutes = ZoneNames.minutes(name);
        if (minutes != null) {
            known = true;
            offset = minutes;
            return end;
        }
        // A device may give any name to its zone; Cisco's timestamps then end with a colon.
        boolean isCisco = end + 2 < to && bytes[end] == ':' && bytes[end + 1] == ' ' && bytes[end + 2] == '%';
        return ZoneNames.isKnown(name) || (isCisco && isUpper(bytes, at, end)) ? end : -1;
    }

    /** Whether the word consists of capitals. */
    static boolean isUpper(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!Ascii.isUpper(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean isGreenwich(byte[] bytes, int at, int end) {
        if (end - at != 3) {
            return false;
        }
        boolean isGmt = bytes[at] == 'G' && bytes[at + 1] == 'M' && bytes[at + 2] == 'T';
        boolean isUtc = bytes[at] == 'U' && bytes[at + 1] == 'T' && bytes[at + 2] == 'C';
        return isGmt || isUtc;
    }

    /** {@code +01:00}, {@code +0100} or {@code +01}; after a name also {@code +1} and {@code +1:00}. */
    private int offset(byte[] bytes, int at, int to, boolean afterName) {
        int i = at + 1;
        int hours = Ascii.twoDigits(bytes, i, to);
        if (hours >= 0) {
            i += 2;
        } else if (afterName && i < to && Ascii.isDigit(bytes[i])) {
            hours = bytes[i++] - '0';
        }
        int minutes = 0;
        if (hours >= 0 && !isEnd(bytes, i, to) || i + 2 < to && bytes[i] == ':' && Ascii.isDigit(bytes[i + 1])) {
            i += bytes[i] == ':' ? 1 : 0;
            minutes = Ascii.twoDigits(bytes, i, to);
            i += 2;
        }
        if (hours < 0 || hours > MAX_HOURS || minutes < 0 || minutes > 59 || !isEnd(bytes, i, to)) {
            return -1;
        }
        known = true;
        offset = (bytes[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
        return i;
    }

    private int region(byte[] bytes, int at, int to) {
        int end = at;
        boolean hasSlash = false;
        while (end < to && !isEnd(bytes, end, to) && end - at <= MAX_REGION) {
            hasSlash |= bytes[end++] == '/';
        }
        if (!hasSlash) {
            return -1;
        }
        region = ZoneNames.region(names.of(bytes, at, end));
        return region == null ? -1 : end;
    }

    private static boolean isEnd(byte[] bytes, int at, int to) {
        return at >= to || bytes[at] == ' ' || bytes[at] == ':';
    }
}
