package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.RepeatedText;

/**
 * Reads the header of RFC 3164, {@code TIME HOST TAG: }, of which any part may be missing, and the variants of network
 * devices: numbers, names and cards before the time, and a colon after it.
 */
final class BsdHeader {

    /** Before a time: a number, a name, another number, a card. */
    private static final int MAX_PARTS = 5;

    private static final String[] LEVELS = {
        "emerg ", "alert ", "crit ", "err ", "error ", "warning ", "warn ", "notice ", "info ", "debug "
    };

    private final SyslogTime time;
    private final SyslogTag tags;
    private final HostNames hosts;
    private final RepeatedText sequences = new RepeatedText();
    private final CiscoParts parts = new CiscoParts();

    BsdHeader(SyslogTime time, SyslogTag tags) {
        this.time = time;
        this.tags = tags;
        this.hosts = new HostNames(time.zones());
    }

    /** Reads the parts that are present. */
    void read(Scan scan, SyslogHeader header) {
        scan.skipSpaces();
        if (readTime(scan, header)) {
            readAfterTime(scan, header);
        } else if (!readCisco(scan, header)) {
            tags.read(scan, header); // programs that write to /dev/log omit the host, and some also the time
        }
    }

    /**
     * Reads the header of a message without a priority. Only a time, a host or program as in a header, and a tag
     * distinguish it from any other text.
     *
     * @return false, with some of it read, when there is none
     */
    boolean readWithoutPriority(Scan scan, SyslogHeader header) {
        if (!readTime(scan, header) || !time.isOfHeader()) {
            return false;
        }
        readAfterTime(scan, header);
        return header.service != null;
    }

    private boolean readTime(Scan scan, SyslogHeader header) {
        int timeEnd = time.read(scan.bytes, scan.at, scan.end);
        if (timeEnd < 0) {
            return false;
        }
        header.setTime(time.millis(), scan.bytes, scan.at, timeEnd);
        scan.at = timeEnd;
        return true;
    }

    // ---- after the time

    private void readAfterTime(Scan scan, SyslogHeader header) {
        if (skipColon(scan)) {
            tags.read(scan, header); // no host stands between the time of Cisco and the mnemonic
            return;
        }
        if (scan.next() == ',' || scan.next() == ';' || scan.next() == '\t') {
            scan.at++;
        }
        scan.skipSpaces();
        if (readForwarded(scan, header) || isRepetition(scan)) {
            return;
        }
        int begin = scan.at;
        if (tags.read(scan, header)) {
            readTaggedHost(scan, header, begin);
        } else if (readHost(scan, header)) {
            readAfterHost(scan, header);
        } else {
            readNumbered(scan, header);
        }
    }

    /** Skips a colon, and the spaces around it, that ends the time or the host rather than a word. */
    private static boolean skipColon(Scan scan) {
        int begin = scan.at;
        scan.skipSpaces();
        if (scan.skip(':')) {
            scan.skipSpaces();
            return true;
        }
        scan.at = begin;
        return false;
    }

    /** What looks like a tag before the mnemonic of a firewall is the host. */
    private void readTaggedHost(Scan scan, SyslogHeader header, int begin) {
        int text = scan.at;
        scan.skipSpaces();
        if (header.process == null && scan.bytes[begin] != '%' && SyslogTag.isMnemonic(scan, scan.at)) {
            int nameEnd = begin;
            while (SyslogTag.isTag(scan.bytes[nameEnd])) {
                nameEnd++;
            }
            String host = hosts.of(scan.bytes, begin, nameEnd);
            if (host != null) {
                header.host = host;
                tags.read(scan, header);
                return;
            }
        }
        scan.at = text;
    }

    /** Reads a host and the space after it; false without reading when the next word is none. */
    private boolean readHost(Scan scan, SyslogHeader header) {
        int from = scan.at;
        int to = scan.wordEnd();
        boolean isNil = to - from == 1 && scan.bytes[from] == '-';
        String host = isNil || to == scan.end || to == from ? null : hosts.of(scan.bytes, from, to);
        if (to == scan.end || (host == null && !isNil)) {
            return false;
        }
        header.host = host;
        scan.at = to + 1;
        return true;
    }

    private void readAfterHost(Scan scan, SyslogHeader header) {
        int begin = scan.at;
        scan.skipSpaces();
        boolean hasColon = skipColon(scan);
        if (tags.read(scan, header) || readCisco(scan, header) || readNumbered(scan, header)) {
            return;
        }
        for (String level : LEVELS) { // F5 writes the level between the host and the tag
            int at = scan.at;
            if (scan.skip(level)) {
                if (tags.read(scan, header)) {
                    return;
                }
                scan.at = at;
            }
        }
        scan.at = hasColon || isRepetition(scan) ? scan.at : begin;
    }

    /** {@code 00076 ports: }: a number, and after it a tag, perhaps with a host before the tag. */
    private boolean readNumbered(Scan scan, SyslogHeader header) {
        int begin = scan.at;
        String host = header.host;
        int digits = scan.skipDigits();
        int numberEnd = scan.at;
        scan.skip(':');
        if (digits > 0 && scan.skip(' ')) {
            scan.skipSpaces();
            if (tags.read(scan, header) || (host == null && readHost(scan, header) && tags.read(scan, header))) {
                header.sequence = sequences.of(scan.bytes, begin, numberEnd);
                return true;
            }
        }
        header.host = host;
        scan.at = begin;
        return false;
    }

    /** AIX writes {@code Message forwarded from HOST: } in the place of the host. */
    private boolean readForwarded(Scan scan, SyslogHeader header) {
        int begin = scan.at;
        if (!scan.skip("Message forwarded from ") && !scan.skip("Forwarded from ")) {
            return false;
        }
        int from = scan.at;
        int to = scan.wordEnd();
        int nameEnd = to > from && scan.bytes[to - 1] == ':' ? to - 1 : to;
        String host = nameEnd == from ? null : hosts.of(scan.bytes, from, nameEnd);
        if (host == null) {
            scan.at = begin;
            return false;
        }
        header.host = host;
        scan.at = to;
        scan.skip(' ');
        tags.read(scan, header);
        return true;
    }

    /** Whether syslogd's note of repetitions comes next, which has neither host nor tag. */
    private static boolean isRepetition(Scan scan) {
        int begin = scan.at;
        scan.skip("last ");
        boolean is = scan.skip("message repeated ");
        scan.at = begin;
        return is;
    }

    // ---- before the time

    /**
     * Reads {@code NUMBER: NAME: TIME: %MNEMONIC: }, of which a part may be missing; false without reading when it is
     * something else.
     */
    private boolean readCisco(Scan scan, SyslogHeader header) {
        int begin = scan.at;
        parts.clear();
        for (int i = 0; i <= MAX_PARTS; i++) {
            if (SyslogTag.isMnemonic(scan, scan.at)) {
                return parts.isCertain() && take(scan, header) || restore(scan, begin);
            }
            int timeEnd = time.read(scan.bytes, scan.at, scan.end);
            if (timeEnd >= 0) {
                return takeAt(scan, header, timeEnd) || restore(scan, begin);
            }
            if (!parts.read(scan, time.zones())) {
                break;
            }
        }
        return restore(scan, begin);
    }

    private static boolean restore(Scan scan, int begin) {
        scan.at = begin;
        return false;
    }

    private boolean takeAt(Scan scan, SyslogHeader header, int timeEnd) {
        Long read = time.millis();
        int from = scan.at;
        scan.at = timeEnd;
        boolean isSynchronized = !time.isMarked();
        boolean isRelayed = header.host != null;
        if (skipColon(scan)) {
            if (!SyslogTag.isMnemonic(scan, scan.at) && (isRelayed || !parts.isCertain())) {
                return false;
            }
            if (!isRelayed || isSynchronized) {
                header.setTime(read, scan.bytes, from, timeEnd);
            }
            return take(scan, header);
        }
        if (isRelayed || parts.hasName() || !parts.isCertain()) {
            return false;
        }
        header.setTime(read, scan.bytes, from, timeEnd);
        header.sequence = parts.number(scan);
        readAfterTime(scan, header);
        return true;
    }

    private boolean take(Scan scan, SyslogHeader header) {
        header.sequence = parts.number(scan);
        header.node = parts.node(scan);
        header.host = header.host == null ? parts.name(scan) : header.host;
        tags.read(scan, header);
        return true;
    }
}
