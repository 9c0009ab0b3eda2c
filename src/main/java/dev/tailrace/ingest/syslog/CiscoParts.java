package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.RepeatedText;
import org.jspecify.annotations.Nullable;

/**
 * The parts that network devices write before the time, each with a colon: the number of the message, the name of the
 * device, the card or task that wrote it, the time since the device started. Holds those of one message.
 */
final class CiscoParts {

    private final RepeatedText numbers = new RepeatedText();
    private final RepeatedText names = new RepeatedText();
    private final RepeatedText nodes = new RepeatedText();
    private boolean certain;
    private int numberFrom;
    private int numberTo;
    private int nameFrom;
    private int nameTo;
    private int nodeFrom;
    private int nodeTo;

    void clear() {
        certain = false;
        numberFrom = numberTo = nameFrom = nameTo = nodeFrom = nodeTo = 0;
    }

    /** Whether a part is there that no other kind of message begins with. */
    boolean isCertain() {
        return certain;
    }

    boolean hasName() {
        return nameTo > 0;
    }

    @Nullable
    String number(Scan scan) {
        return numberTo == 0 ? null : numbers.of(scan.bytes, numberFrom, numberTo);
    }

    @Nullable
    String name(Scan scan) {
        return nameTo == 0 ? null : names.of(scan.bytes, nameFrom, nameTo);
    }

    @Nullable
    String node(Scan scan) {
        return nodeTo == 0 ? null : nodes.of(scan.bytes, nodeFrom, nodeTo);
    }

    /** Reads the next part, and the spaces after it; false when there is none. */
    boolean read(Scan scan, SyslogZones zones) {
        int from = scan.at;
        if (scan.skip(':')) {
            certain = true;
            scan.skipSpaces();
            return true;
        }
        int wordEnd = scan.wordEnd();
        int colon = colon(scan, from, wordEnd);
        boolean isLast = colon == wordEnd - 1;
        if (colon < wordEnd && !isLast && isNode(scan, from, colon)) {
            setNode(from, colon); // its time follows without a space
            scan.at = colon + 1;
            return true;
        }
        if (wordEnd == from || scan.bytes[wordEnd - 1] != ':') {
            return numberTo > 0 && readNameBeforeNode(scan, wordEnd, zones);
        }
        int to = wordEnd - 1;
        if (!set(scan, from, to, zones)) {
            return false;
        }
        scan.at = wordEnd;
        scan.skipSpaces();
        return true;
    }

    private boolean set(Scan scan, int from, int to, SyslogZones zones) {
        if (isDurationOrNumber(scan, from, to)) {
            boolean isNumber = isNumber(scan, from, to);
            if (isNumber && numberTo == 0) {
                numberFrom = from;
                numberTo = to;
            }
            certain = true;
            return true;
        }
        if (scan.bytes[from] == '*' || isNode(scan, from, to)) {
            setNode(from, to);
            return true;
        }
        if (nameTo > 0 || !SyslogNames.isHost(scan.bytes, from, to, zones)) {
            return false;
        }
        nameFrom = from;
        nameTo = to;
        return true;
    }

    private void setNode(int from, int to) {
        nodeFrom = from;
        nodeTo = to;
        certain = true;
    }

    /** IOS XR may write its name before the card, without a colon. */
    private boolean readNameBeforeNode(Scan scan, int wordEnd, SyslogZones zones) {
        int from = scan.at;
        scan.at = wordEnd;
        scan.skipSpaces();
        int nextEnd = scan.wordEnd();
        int colon = colon(scan, scan.at, nextEnd);
        boolean isName = nameTo == 0
                && colon < nextEnd
                && isNode(scan, scan.at, colon)
                && SyslogNames.isHost(scan.bytes, from, wordEnd, zones);
        if (isName) {
            nameFrom = from;
            nameTo = wordEnd;
        }
        return isName;
    }

    private static int colon(Scan scan, int from, int to) {
        int i = from;
        while (i < to && scan.bytes[i] != ':') {
            i++;
        }
        return i;
    }

    /** Whether it is a card such as {@code RP/0/RSP0/CPU0}. */
    private static boolean isNode(Scan scan, int from, int to) {
        int slashes = 0;
        for (int i = from; i < to; i++) {
            int b = scan.bytes[i];
            slashes += b == '/' ? 1 : 0;
            if (b != '/' && !Ascii.isUpper(b) && !Ascii.isDigit(b)) {
                return false;
            }
        }
        return slashes >= 2 && Ascii.isUpper(scan.bytes[from]);
    }

    private static boolean isNumber(Scan scan, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!Ascii.isDigit(scan.bytes[i])) {
                return false;
            }
        }
        return to > from;
    }

    /** {@code 47}, {@code 00:00:46} or {@code 1w2d}. */
    private static boolean isDurationOrNumber(Scan scan, int from, int to) {
        for (int i = from; i < to; i++) {
            int b = scan.bytes[i];
            if (!Ascii.isDigit(b) && (i == from || "ywdhms:".indexOf(b) < 0)) {
                return false;
            }
        }
        return to > from && Ascii.isDigit(scan.bytes[from]);
    }
}
