package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Parses one syslog message, in the form of RFC 5424, or of RFC 3164 and its common variants; holds the last message
 * read. What of the header cannot be read begins the message, and text in neither form is a message as well, as RFC 3164
 * requires of a relay, so that nothing is lost.
 */
public final class SyslogParser {

    private static final int MAX_PRIORITY = 191;
    private static final int KERNEL = 0;

    private final IetfHeader ietf;
    private final BsdHeader bsd;
    private final Scan scan = new Scan();
    private final SyslogHeader header = new SyslogHeader();
    private @Nullable String lastHost;
    private @Nullable DeviceId lastDevice;

    public SyslogParser(SyslogTime time) {
        SyslogTag tags = new SyslogTag();
        this.ietf = new IetfHeader(time, tags);
        this.bsd = new BsdHeader(time, tags);
    }

    /** Reads {@code source[from, to)}; invalid UTF-8 is replaced. */
    public Line read(byte[] source, int from, int to) {
        scan.begin(source, from, to);
        header.clear();
        int priority = readPriority();
        if (priority >= 0) {
            readHeader();
        } else {
            readHeaderWithoutPriority();
        }
        int text = ByteOrderMark.skip(source, scan.at, to);
        return new Line(
                new String(source, text, to - text, StandardCharsets.UTF_8),
                header.timestamp,
                header.service,
                false,
                priority >= 0 && priority >> 3 == KERNEL,
                priority < 0 ? null : Level.ofSyslog(priority & 7).word(),
                SyslogAttributes.of(header));
    }

    /** The device that the last message names, or null. */
    @Nullable
    DeviceId device() {
        if (header.host == null) {
            return null;
        }
        if (!header.host.equals(lastHost)) {
            lastHost = header.host;
            lastDevice = device(header.host);
        }
        return lastDevice;
    }

    /** The name as a device id: other characters become {@code _}; null when the name is a placeholder. */
    static @Nullable DeviceId device(String name) {
        boolean isBracketed = name.startsWith("[") && name.endsWith("]"); // an address
        String bare = isBracketed ? name.substring(1, name.length() - 1) : name;
        String id = DeviceNames.sanitized(bare.substring(0, Math.min(bare.length(), DeviceId.MAX_LENGTH)));
        return switch (id) {
            case "", "-", ".", ".." -> null;
            default -> new DeviceId(id);
        };
    }

    /** The number between {@code <} and {@code >}, or -1 without one. */
    private int readPriority() {
        int begin = scan.at;
        if (scan.skip('<')) {
            int from = scan.at;
            int digits = scan.skipDigits();
            if (digits >= 1 && digits <= 3 && scan.skip('>')) {
                int number = 0;
                for (int i = from; i < from + digits; i++) {
                    number = number * 10 + scan.bytes[i] - '0';
                }
                if (number <= MAX_PRIORITY) {
                    return number;
                }
            }
        }
        scan.at = begin;
        return -1;
    }

    private void readHeader() {
        int begin = scan.at;
        if (!ietf.read(scan, header)) {
            header.clear();
            scan.at = begin;
            bsd.read(scan, header);
            if (header.isEmpty()) {
                scan.at = begin; // with the spaces before the text, and a time that does not exist
                header.unreadTime = null;
            }
        }
    }

    private void readHeaderWithoutPriority() {
        int begin = scan.at;
        if (!Ascii.isDigit(scan.next()) && !Ascii.isLetter(scan.next())) {
            return;
        }
        if (ietf.readComplete(scan, header)) {
            return;
        }
        header.clear();
        scan.at = begin;
        if (!bsd.readWithoutPriority(scan, header)) {
            header.clear();
            scan.at = begin;
        }
    }
}
