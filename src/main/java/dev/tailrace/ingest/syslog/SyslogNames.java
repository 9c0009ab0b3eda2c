package dev.tailrace.ingest.syslog;

import dev.tailrace.model.DeviceId;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Which words of a header may be names of hosts and of programs. A word that is a number, a part of a time, a zone or a
 * level is neither, wherever it stands: it would become a device of its own, or a service with another name in each
 * message.
 */
final class SyslogNames {

    private static final Set<String> LEVELS = Set.of(
            "EMERG",
            "EMERGENCY",
            "ALERT",
            "CRIT",
            "CRITICAL",
            "ERR",
            "ERROR",
            "WARN",
            "WARNING",
            "NOTICE",
            "NOTI",
            "INFO",
            "INFORMATIONAL",
            "DEBUG",
            "DBUG",
            "TRACE",
            "FATAL",
            "SEVERE");
    private static final int MAX_LEVEL = 13;
    private static final boolean[] NO_HOST = Ascii.set("\"'=()[]{}<>|;\\");

    private SyslogNames() {}

    /** Whether {@code bytes[from, to)} may be the name or the address of a host. */
    static boolean isHost(byte[] bytes, int from, int to, SyslogZones zones) {
        if (from == to || to - from > 2 * DeviceId.MAX_LENGTH) {
            return false;
        }
        int first = bytes[from];
        int last = bytes[to - 1];
        if (first == '[' && last == ']') {
            return isAddress(bytes, from + 1, to - 1);
        }
        if ("/-#*%@".indexOf(first) >= 0 || ":,;!?".indexOf(last) >= 0) {
            return false;
        }
        int comma = to;
        boolean hasColon = false;
        for (int i = to - 1; i >= from; i--) {
            int b = bytes[i];
            if (b > 0 && b <= ' ' || Ascii.isIn(NO_HOST, b)) {
                return false;
            }
            comma = b == ',' ? i : comma;
            hasColon |= b == ':';
        }
        if (isAddress(bytes, from, comma)) {
            return true;
        }
        // Some access points append their model to their name, after a comma.
        return !hasColon
                && !isNumeric(bytes, from, comma)
                && !(Ascii.isUpper(first) && zones.read(bytes, from, comma) == comma)
                && !isLevel(bytes, from, comma);
    }

    /** Whether {@code bytes[from, to)} may be the name of a program: it has a letter, and is not a hexadecimal number. */
    static boolean isProgram(byte[] bytes, int from, int to) {
        boolean isHex = to - from > 2 && bytes[from] == '0' && (bytes[from + 1] | 0x20) == 'x';
        return from < to && !isHex && !isNumeric(bytes, from, to);
    }

    /** Whether the word has no letter: digits with the punctuation of fractions, times, dates and offsets. */
    static boolean isNumeric(byte[] bytes, int from, int to) {
        boolean isDate = false;
        for (int i = from; i < to; i++) {
            int b = bytes[i];
            boolean joinsDate = (b == 'T' || b == 'Z') && i > from && Ascii.isDigit(bytes[i - 1]);
            if ((Ascii.isLetter(b) || b < 0) && !joinsDate) {
                return false;
            }
            isDate |= joinsDate;
        }
        return !isDate || Ascii.isDigit(bytes[from]);
    }

    /** Whether the word is an address of IPv4 or IPv6. */
    private static boolean isAddress(byte[] bytes, int from, int to) {
        int dots = 0;
        int colons = 0;
        boolean hasDouble = false;
        for (int i = from; i < to; i++) {
            int b = bytes[i];
            boolean isHex = Ascii.isDigit(b) || (b | 0x20) >= 'a' && (b | 0x20) <= 'f';
            if (b == '%' && colons > 1) {
                break; // the name of an interface
            }
            if (!isHex && b != '.' && b != ':') {
                return false;
            }
            dots += b == '.' ? 1 : 0;
            colons += b == ':' ? 1 : 0;
            hasDouble |= b == ':' && i > from && bytes[i - 1] == ':';
        }
        return colons == 0 ? dots == 3 && isIpv4(bytes, from, to) : colons == 7 || (hasDouble && colons < 8);
    }

    private static boolean isIpv4(byte[] bytes, int from, int to) {
        int digits = 0;
        int number = 0;
        for (int i = from; i <= to; i++) {
            if (i == to || bytes[i] == '.') {
                if (digits == 0 || digits > 3 || number > 255) {
                    return false;
                }
                digits = 0;
                number = 0;
            } else if (Ascii.isDigit(bytes[i])) {
                number = number * 10 + bytes[i] - '0';
                digits++;
            } else {
                return false;
            }
        }
        return true;
    }

    /** Whether the word is the name of a level in capitals. */
    private static boolean isLevel(byte[] bytes, int from, int to) {
        return to - from <= MAX_LEVEL
                && SyslogZones.isUpper(bytes, from, to)
                && LEVELS.contains(new String(bytes, from, to - from, StandardCharsets.US_ASCII));
    }
}
