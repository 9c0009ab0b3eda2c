package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.ingest.RepeatedText;
import dev.tailrace.model.Level;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parses one syslog message, in the form of RFC 5424, or of RFC 3164 and its common variants; holds the last message
 * read. Text in neither form is a message as well, as RFC 3164 requires of a relay, so that nothing is lost.
 */
public final class SyslogParser {

    private static final int MAX_PRIORITY = 191;
    private static final int MAX_TAG_LENGTH = 64;
    private static final int KERNEL = 0;
    private static final int EMPTY_OBJECT = 2;

    private final SyslogTime time;

    private final RepeatedText hosts = new RepeatedText();
    private final RepeatedText services = new RepeatedText();
    private final RepeatedText processes = new RepeatedText();
    private final RepeatedText messageIds = new RepeatedText();
    private @Nullable String lastHost;
    private @Nullable DeviceId lastDevice;

    private byte[] bytes = {};
    private int at;
    private int end;

    private @Nullable String host;
    private @Nullable String service;
    private @Nullable String process;
    private @Nullable String messageId;
    private @Nullable JsonObject structured;
    private @Nullable Long timestamp;
    private int priority;

    public SyslogParser(SyslogTime time) {
        this.time = time;
    }

    /** Reads {@code source[from, to)}; invalid UTF-8 is replaced. */
    public Line read(byte[] source, int from, int to) {
        bytes = source;
        at = from;
        end = to;
        clear();
        priority = readPriority();
        if (priority >= 0) {
            int begin = at;
            if (!readHeader()) {
                clear();
                at = begin;
                readOldHeader();
            }
        }
        at = ByteOrderMark.skip(bytes, at, end);
        String message = new String(bytes, at, end - at, StandardCharsets.UTF_8);
        return new Line(
                message, timestamp, service, false, priority >= 0 && priority >> 3 == KERNEL, level(), attributes());
    }

    private void clear() {
        host = null;
        service = null;
        process = null;
        messageId = null;
        structured = null;
        timestamp = null;
    }

    /** The device that the last message names, or null. */
    @Nullable
    DeviceId device() {
        if (host == null) {
            return null;
        }
        if (!host.equals(lastHost)) {
            lastHost = host;
            lastDevice = device(host);
        }
        return lastDevice;
    }

    /** The name as a device id: other characters become {@code _}; null when the name is a placeholder. */
    static @Nullable DeviceId device(String name) {
        String id = DeviceNames.sanitized(name.substring(0, Math.min(name.length(), DeviceId.MAX_LENGTH)));
        return switch (id) {
            case "", "-", ".", ".." -> null;
            default -> new DeviceId(id);
        };
    }

    private @Nullable String level() {
        return priority < 0 ? null : Level.ofSyslog(priority & 7).word();
    }

    // ---- RFC 5424

    /** The number between {@code <} and {@code >}, or -1 without one. */
    private int readPriority() {
        int i = at;
        if (i >= end || bytes[i] != '<') {
            return -1;
        }
        int number = 0;
        int first = ++i;
        while (i < end && i - first < 3 && isDigit(bytes[i])) {
            number = number * 10 + bytes[i++] - '0';
        }
        if (i == first || i >= end || bytes[i] != '>' || number > MAX_PRIORITY) {
            return -1;
        }
        at = i + 1;
        return number;
    }

    private boolean readHeader() {
        if (end - at < 2 || bytes[at] != '1' || bytes[at + 1] != ' ') {
            return false;
        }
        at += 2;
        int begin = at;
        int space = wordEnd();
        if (space == begin || space == end) {
            return false;
        }
        timestamp = SyslogTime.rfc3339(bytes, begin, space); // a message with an invalid time keeps its other fields
        at = space + 1;
        host = word(hosts);
        service = word(services);
        process = word(processes);
        messageId = word(messageIds);
        if (messageId == null) {
            return false;
        }
        host = unlessNil(host);
        service = cut(unlessNil(service));
        process = unlessNil(process);
        messageId = unlessNil(messageId);
        return readStructured();
    }

    /** The text up to the next space, which is skipped; null without a space. */
    private @Nullable String word(RepeatedText texts) {
        int from = at;
        int to = wordEnd();
        if (to == end || to == from) {
            return null;
        }
        at = to + 1;
        return texts.of(bytes, from, to);
    }

    private int wordEnd() {
        int i = at;
        while (i < end && bytes[i] != ' ') {
            i++;
        }
        return i;
    }

    private static @Nullable String unlessNil(@Nullable String word) {
        return "-".equals(word) ? null : word;
    }

    private static @Nullable String cut(@Nullable String service) {
        return service == null || service.length() <= Line.MAX_SERVICE_LENGTH
                ? service
                : service.substring(0, Line.MAX_SERVICE_LENGTH);
    }

    private boolean readStructured() {
        if (at == end) {
            return false;
        }
        if (bytes[at] == '-') {
            at++;
        } else {
            JsonObject elements = new JsonObject();
            do {
                if (!readElement(elements)) {
                    return false;
                }
            } while (at < end && bytes[at] == '[');
            structured = elements;
        }
        if (at < end && bytes[at++] != ' ') {
            return false;
        }
        return true;
    }

    /** {@code [id name="value" …]}. */
    private boolean readElement(JsonObject elements) {
        if (at == end || bytes[at] != '[') {
            return false;
        }
        at++;
        String id = name();
        JsonObject values = new JsonObject();
        while (at < end && bytes[at] == ' ') {
            at++;
            String name = name();
            if (end - at < 2 || bytes[at] != '=' || bytes[at + 1] != '"') {
                return false;
            }
            at += 2;
            String value = value();
            if (value == null) {
                return false;
            }
            values.put(name, value);
        }
        if (at == end || bytes[at] != ']') {
            return false;
        }
        at++;
        elements.put(id, values);
        return true;
    }

    private String name() {
        int from = at;
        while (at < end && bytes[at] > ' ' && bytes[at] != '=' && bytes[at] != ']' && bytes[at] != '"') {
            at++;
        }
        return new String(bytes, from, at - from, StandardCharsets.UTF_8);
    }

    /** Reads from after the opening quote to after the closing one; null without a closing quote. */
    private @Nullable String value() {
        int from = at;
        boolean escaped = false;
        while (at < end && bytes[at] != '"') {
            boolean escape = bytes[at] == '\\' && at + 1 < end && isEscaped(bytes[at + 1]);
            escaped |= escape;
            at += escape ? 2 : 1;
        }
        if (at >= end) {
            return null;
        }
        byte[] value = escaped ? unescaped(from, at) : Arrays.copyOfRange(bytes, from, at);
        at++;
        return new String(value, StandardCharsets.UTF_8);
    }

    private byte[] unescaped(int from, int to) {
        byte[] value = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\' && i + 1 < to && isEscaped(bytes[i + 1])) {
                i++;
            }
            value[length++] = bytes[i];
        }
        return Arrays.copyOf(value, length);
    }

    private static boolean isEscaped(byte b) {
        return b == '"' || b == '\\' || b == ']';
    }

    // ---- RFC 3164

    /** Reads the parts of {@code TIMESTAMP HOST TAG[process]: } that are present. */
    private void readOldHeader() {
        int begin = at;
        timestamp = time.read(bytes, at, end);
        if (timestamp != null) {
            at += SyslogTime.LENGTH;
        } else {
            int space = wordEnd();
            timestamp = SyslogTime.rfc3339(bytes, at, space);
            if (timestamp == null) {
                at = begin;
                readTag(); // programs that write to /dev/log omit the host, and some also the time
                return;
            }
            at = space;
        }
        if (at < end && bytes[at] == ' ') {
            at++;
        }
        int from = at;
        if (!readTag()) {
            String name = word(hosts);
            if (name != null) {
                host = name.equals("-") ? null : name;
                readTag();
            } else {
                at = from;
            }
        }
    }

    /** {@code TAG: } or {@code TAG[process]: }; false without reading when it is absent. */
    private boolean readTag() {
        int i = at;
        while (i < end && i - at < MAX_TAG_LENGTH && isTag(bytes[i])) {
            i++;
        }
        int tagEnd = i;
        int processFrom = i;
        int processTo = i;
        if (i < end && bytes[i] == '[') {
            processFrom = i + 1;
            processTo = processFrom;
            while (processTo < end
                    && processTo - processFrom < MAX_TAG_LENGTH
                    && bytes[processTo] > ' '
                    && bytes[processTo] != ']') {
                processTo++;
            }
            i = processTo + 1;
        }
        if (tagEnd == at || i >= end || bytes[i] != ':' || (i + 1 < end && bytes[i + 1] != ' ')) {
            return false;
        }
        service = services.of(bytes, at, tagEnd);
        process = processTo == processFrom ? null : processes.of(bytes, processFrom, processTo);
        at = Math.min(end, i + 2);
        return true;
    }

    private static boolean isTag(byte b) {
        return b > ' ' && b != ':' && b != '[' && b != '<';
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    // ---- attributes

    /**
     * The structured data by its ids, and the other fields of the header; without the structured data when it is too
     * long.
     */
    private byte @Nullable [] attributes() {
        if (structured == null && process == null && messageId == null) {
            return null;
        }
        if (structured == null && messageId == null && isPlain(process)) {
            return ("{\"procid\":\"" + process + "\"}").getBytes(StandardCharsets.US_ASCII); // by far the most common
        }
        byte[] all = encode(structured);
        if (all.length > Line.MAX_ATTRIBUTES_BYTES) {
            all = encode(null);
        }
        return all.length > Line.MAX_ATTRIBUTES_BYTES || all.length == EMPTY_OBJECT ? null : all;
    }

    private static boolean isPlain(@Nullable String text) {
        if (text == null || text.length() > MAX_TAG_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean plain =
                    c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '.';
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private byte[] encode(@Nullable JsonObject elements) {
        JsonObject all = new JsonObject();
        if (process != null) {
            all.put("procid", process);
        }
        if (messageId != null) {
            all.put("msgid", messageId);
        }
        if (elements != null) {
            all.mergeIn(elements);
        }
        return all.toBuffer().getBytes();
    }
}
