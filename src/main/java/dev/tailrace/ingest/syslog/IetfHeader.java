package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.RepeatedText;
import dev.tailrace.model.Line;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header of RFC 5424, {@code 1 TIME HOST APP PROCID MSGID DATA}. Many senders leave fields out at its end:
 * where the data are missing, the fields before them that cannot be text are read, and the rest is the message.
 */
final class IetfHeader {

    private static final int MAX_VERSION_DIGITS = 2;

    /** Digits of {@code 10:00}. */
    private static final int MIN_TIME_DIGITS = 4;

    private static final int MAX_TIME_LENGTH = 40;

    private final SyslogTime time;
    private final SyslogTag tags;
    private final HostNames hosts;
    private final RepeatedText services = new RepeatedText();
    private final RepeatedText processes = new RepeatedText();
    private final RepeatedText messageIds = new RepeatedText();

    IetfHeader(SyslogTime time, SyslogTag tags) {
        this.time = time;
        this.tags = tags;
        this.hosts = new HostNames(time.zones());
    }

    private enum Time {
        READ,
        /** There is none. */
        NIL,
        /** A text in an unknown form stands in its place. */
        UNREADABLE,
        /** A word that is unlike a time stands in its place, as in any text that begins with a number. */
        OTHER
    }

    /** Reads the header that comes next; false, with some of it read, when there is none. */
    boolean read(Scan scan, SyslogHeader header) {
        boolean isFirst = scan.next() == '1';
        int digits = scan.skipDigits();
        if (digits == 0 || digits > MAX_VERSION_DIGITS || !scan.skip(' ')) {
            return false;
        }
        scan.skipSpaces();
        Time read = readTime(scan, header);
        if (read != Time.READ && !isFirst) {
            return false;
        }
        int begin = scan.at;
        if (readFields(scan, header)) {
            return read != Time.OTHER || (header.process == null && header.messageId == null);
        }
        scan.at = begin;
        header.host = null;
        header.service = null;
        header.process = null;
        header.messageId = null;
        boolean isKnown = read == Time.READ || read == Time.NIL;
        return isKnown && readIncomplete(scan, header, read == Time.READ);
    }

    /** Reads a header with a time and all fields, as it must be where no priority is before it. */
    boolean readComplete(Scan scan, SyslogHeader header) {
        return scan.skip('1') && scan.skip(' ') && readTime(scan, header) == Time.READ && readFields(scan, header);
    }

    /** Reads the time, or the word in its place, and the space after it. */
    private Time readTime(Scan scan, SyslogHeader header) {
        int from = scan.at;
        int timeEnd = time.read(scan.bytes, from, scan.end);
        int wordEnd = timeEnd < 0 ? scan.wordEnd() : timeEnd;
        if (timeEnd < 0 && time.readSeconds(scan.bytes, from, wordEnd)) {
            timeEnd = wordEnd;
        }
        scan.at = wordEnd;
        scan.skip(' ');
        if (timeEnd >= 0) {
            header.setTime(time.millis(), scan.bytes, from, timeEnd);
            return Time.READ;
        }
        if (wordEnd == from + 1 && scan.bytes[from] == '-') {
            return Time.NIL;
        }
        if (!isLikeTime(scan.bytes, from, wordEnd)) {
            header.setTime(null, scan.bytes, from, Math.min(wordEnd, from + MAX_TIME_LENGTH));
            return Time.OTHER;
        }
        int clockEnd = scan.wordEnd(); // after a date and a space
        if (isLikeTime(scan.bytes, scan.at, clockEnd) && isClock(scan.bytes, scan.at, clockEnd)) {
            wordEnd = clockEnd;
            scan.at = clockEnd;
            scan.skip(' ');
        }
        header.setTime(null, scan.bytes, from, wordEnd);
        return Time.UNREADABLE;
    }

    /** Whether the word may be a date or a time in a form that is not known; a word of a sentence has fewer digits. */
    private static boolean isLikeTime(byte[] bytes, int from, int to) {
        int digits = 0;
        for (int i = from; i < to; i++) {
            digits += Ascii.isDigit(bytes[i]) ? 1 : 0;
        }
        return to - from <= MAX_TIME_LENGTH && digits >= MIN_TIME_DIGITS && Ascii.isDigit(bytes[from]);
    }

    /** Whether the word begins as {@code 10:}. */
    private static boolean isClock(byte[] bytes, int from, int to) {
        return from + 2 < to && (bytes[from + 1] == ':' || bytes[from + 2] == ':');
    }

    private boolean readFields(Scan scan, SyslogHeader header) {
        int from = scan.at;
        int hostEnd = scan.wordEnd();
        if (hostEnd == from || hostEnd == scan.end) {
            return false;
        }
        scan.at = hostEnd + 1;
        header.service = cut(unlessNil(scan.word(services)));
        header.process = unlessNil(scan.word(processes));
        String messageId = scan.word(messageIds);
        if (messageId == null || !readData(scan, header)) {
            return false;
        }
        header.messageId = unlessNil(messageId);
        header.host = hosts.of(scan.bytes, from, hostEnd);
        return true;
    }

    private static boolean readData(Scan scan, SyslogHeader header) {
        if (scan.next() == '[') {
            header.structured = StructuredData.read(scan);
            return header.structured != null;
        }
        int begin = scan.at;
        boolean isNil = scan.skip('-') && (scan.at == scan.end || scan.skip(' '));
        scan.at = isNil ? scan.at : begin;
        return isNil;
    }

    private boolean readIncomplete(Scan scan, SyslogHeader header, boolean hasTime) {
        scan.skipSpaces();
        readHost(scan, header);
        scan.skipSpaces();
        if (tags.read(scan, header)) {
            return hasTime; // the header of RFC 3164 after the version and the time of RFC 5424
        }
        int from = scan.at;
        String service = scan.word(services);
        if (service == null || !isService(scan, from, scan.at - 1)) {
            scan.at = from;
            return hasTime;
        }
        header.service = cut(unlessNil(service));
        boolean hasMore = readProcessAndId(scan, header);
        return hasTime || hasMore;
    }

    private void readHost(Scan scan, SyslogHeader header) {
        int from = scan.at;
        int to = scan.wordEnd();
        boolean isNil = to == from + 1 && scan.bytes[from] == '-';
        header.host = isNil || to == from || to == scan.end ? null : hosts.of(scan.bytes, from, to);
        scan.at = header.host != null || (isNil && to < scan.end) ? to + 1 : from;
    }

    private static boolean isService(Scan scan, int from, int to) {
        for (int i = from; i < to; i++) {
            if ("\"=[]{}()<>,;".indexOf(scan.bytes[i]) >= 0) {
                return false;
            }
        }
        return to - from == 1 && scan.bytes[from] == '-' || SyslogNames.isProgram(scan.bytes, from, to);
    }

    /**
     * Reads what there is of {@code PROCID MSGID DATA}. A word that may be text is read as one of them only where nil or
     * data after it show that it is.
     *
     * @return whether there is any of them
     */
    private boolean readProcessAndId(Scan scan, SyslogHeader header) {
        if (scan.next() == '[' && readData(scan, header)) {
            return true;
        }
        int begin = scan.at;
        boolean isCertain = isNilOrNumber(scan);
        String process = scan.word(processes);
        if (process == null) {
            return false;
        }
        boolean hasData = scan.next() == '[' && readData(scan, header);
        boolean hasNilId = !hasData && scan.skip("- ");
        if (!isCertain && !hasData && !hasNilId) {
            scan.at = begin;
            return false;
        }
        header.process = unlessNil(process);
        return true;
    }

    private static boolean isNilOrNumber(Scan scan) {
        int wordEnd = scan.wordEnd();
        for (int i = scan.at; i < wordEnd; i++) {
            if (!Ascii.isDigit(scan.bytes[i])) {
                return wordEnd - scan.at == 1 && scan.bytes[i] == '-';
            }
        }
        return wordEnd > scan.at;
    }

    private static @Nullable String unlessNil(@Nullable String word) {
        return "-".equals(word) ? null : word;
    }

    private static @Nullable String cut(@Nullable String service) {
        return service == null || service.length() <= Line.MAX_SERVICE_LENGTH
                ? service
                : service.substring(0, Line.MAX_SERVICE_LENGTH);
    }
}
