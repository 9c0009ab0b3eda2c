package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.RepeatedText;

/**
 * Reads the tag of RFC 3164, {@code TAG: } or {@code TAG[process]: }, and the mnemonics that network devices write in its
 * place, such as {@code %SYS-5-CONFIG_I: }.
 */
final class SyslogTag {

    private static final int MAX_LENGTH = 64;
    private static final boolean[] NO_TAG = Ascii.set(":[<\"={}");

    private final RepeatedText services = new RepeatedText();
    private final RepeatedText processes = new RepeatedText();

    /** Reads the tag that comes next; false without reading when there is none. */
    boolean read(Scan scan, SyslogHeader header) {
        byte[] bytes = scan.bytes;
        int from = scan.at;
        int tagEnd = tagEnd(scan);
        int after = tagEnd;
        int processEnd = tagEnd;
        if (tagEnd < scan.end && bytes[tagEnd] == '[') {
            processEnd = processEnd(scan, tagEnd + 1);
            after = processEnd + 1;
        }
        int textFrom = textFrom(scan, from, tagEnd, processEnd, after);
        if (textFrom < 0 || !SyslogNames.isProgram(bytes, from, tagEnd)) {
            return false;
        }
        header.service = services.of(bytes, from, tagEnd);
        header.process = processEnd <= tagEnd + 1 ? null : processes.of(bytes, tagEnd + 1, processEnd);
        scan.at = textFrom;
        return true;
    }

    private static int tagEnd(Scan scan) {
        int i = scan.at;
        while (i < scan.end && i - scan.at < MAX_LENGTH && isTag(scan.bytes[i])) {
            i++;
        }
        return i;
    }

    private static int processEnd(Scan scan, int from) {
        int i = from;
        while (i < scan.end && i - from < MAX_LENGTH && scan.bytes[i] > ' ' && scan.bytes[i] != ']') {
            i++;
        }
        return i;
    }

    /** Whether the byte may be part of a tag, before its process. */
    static boolean isTag(byte b) {
        return b > ' ' && !NO_TAG[b];
    }

    /** Where the text begins after a tag that ends before {@code after}; -1 when it is no tag. */
    private static int textFrom(Scan scan, int from, int tagEnd, int processEnd, int after) {
        byte[] bytes = scan.bytes;
        int end = scan.end;
        if (after >= end) {
            return -1;
        }
        boolean isMnemonic = bytes[from] == '%';
        if (bytes[after] == ':') {
            boolean isSpaced = after + 1 == end || bytes[after + 1] == ' ' || bytes[after + 1] == '\t';
            return isSpaced ? Math.min(end, after + 2) : isMnemonic ? after + 1 : -1;
        }
        if (bytes[after] != ' ') {
            return -1;
        }
        if (isMnemonic && after + 1 < end && bytes[after + 1] == ':') {
            return Math.min(end, after + 3); // IOS XR writes a space before the colon
        }
        // Some relays leave the colon out.
        return processEnd > tagEnd + 1 && isNumber(bytes, tagEnd + 1, processEnd) ? after + 1 : -1;
    }

    private static boolean isNumber(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!Ascii.isDigit(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether a mnemonic of Cisco comes next: {@code %FACILITY-SEVERITY-MNEMONIC} and a colon. */
    static boolean isMnemonic(Scan scan, int at) {
        byte[] bytes = scan.bytes;
        if (at >= scan.end || bytes[at] != '%') {
            return false;
        }
        boolean hasSeverity = false;
        int i = at + 1;
        for (; i < scan.end && i - at < MAX_LENGTH && isTag(bytes[i]); i++) {
            hasSeverity |= bytes[i] == '-'
                    && i + 2 < scan.end
                    && bytes[i + 1] >= '0'
                    && bytes[i + 1] <= '7'
                    && bytes[i + 2] == '-';
        }
        return hasSeverity
                && i < scan.end
                && (bytes[i] == ':' || (bytes[i] == ' ' && i + 1 < scan.end && bytes[i + 1] == ':'));
    }
}
