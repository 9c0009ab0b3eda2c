package dev.tailrace.ingest;

import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The wanted fields of one journal entry; used again for entry after entry. Of a field that comes twice the first counts. */
final class JournalEntry {

    /** Of any field but the message; more of it is cut. */
    private static final int MAX_FIELD_BYTES = 512;

    private static final int ID_LENGTH = 32;
    private static final String SERVICE_SUFFIX = ".service";

    private final @Nullable String[] values = new String[JournalField.values().length];
    private boolean messageTooLong;
    private boolean unreadable;

    void clear() {
        for (int i = 0; i < values.length; i++) {
            values[i] = null;
        }
        messageTooLong = false;
        unreadable = false;
    }

    void set(JournalField field, byte[] bytes, int from, int to) {
        if (values[field.ordinal()] == null) {
            int end = field == JournalField.MESSAGE ? to : Math.min(to, from + MAX_FIELD_BYTES);
            values[field.ordinal()] = new String(bytes, from, end - from, StandardCharsets.UTF_8);
        }
    }

    void tooLong(JournalField field) {
        messageTooLong |= field == JournalField.MESSAGE;
    }

    void unreadable() {
        unreadable = true;
    }

    private @Nullable String value(JournalField field) {
        return values[field.ordinal()];
    }

    boolean isUnreadable() {
        return unreadable;
    }

    boolean isTooLong() {
        return messageTooLong;
    }

    boolean hasMessage() {
        return value(JournalField.MESSAGE) != null;
    }

    /** The journal that numbered the entry, null when its cursor does not say. */
    @Nullable
    String journal() {
        String id = cursorPart("s=");
        return id != null && isId(id) ? id : null;
    }

    /** Its number in that journal, {@link LineParser#NO_SEQ} when its cursor does not say. */
    long number() {
        String hex = cursorPart("i=");
        try {
            long number = hex == null ? LineParser.NO_SEQ : Long.parseUnsignedLong(hex, 16);
            return Math.max(LineParser.NO_SEQ, number);
        } catch (NumberFormatException invalid) {
            return LineParser.NO_SEQ;
        }
    }

    private @Nullable String cursorPart(String name) {
        String cursor = value(JournalField.CURSOR);
        if (cursor == null) {
            return null;
        }
        int at = cursor.startsWith(name) ? 0 : cursor.indexOf(';' + name) + 1;
        if (at == 0 && !cursor.startsWith(name)) {
            return null;
        }
        int end = cursor.indexOf(';', at);
        return cursor.substring(at + name.length(), end < 0 ? cursor.length() : end);
    }

    /** The boot that the entry is of, null when it does not say. */
    @Nullable
    String boot() {
        String boot = value(JournalField.BOOT_ID);
        return boot != null && isId(boot) ? boot : null;
    }

    private static boolean isId(String text) {
        return text.length() == ID_LENGTH && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    /** Epoch milliseconds, null when the entry does not say. */
    @Nullable
    Long timestamp() {
        String micros = value(JournalField.REALTIME_TIMESTAMP);
        try {
            long millis = micros == null ? -1 : Long.parseLong(micros) / 1000;
            return millis < 0 || millis > LineParser.MAX_TIMESTAMP ? null : millis;
        } catch (NumberFormatException invalid) {
            return null;
        }
    }

    Line line() {
        String message = value(JournalField.MESSAGE);
        if (message == null) {
            throw new IllegalStateException("an entry without a message is no line");
        }
        return new Line(message, timestamp(), service(), false, isSystem(), level());
    }

    private @Nullable String service() {
        String container = value(JournalField.CONTAINER_NAME);
        String unit = value(JournalField.SYSTEMD_UNIT);
        String name = container != null ? container : unit != null ? unit : value(JournalField.SYSLOG_IDENTIFIER);
        if (name == null || name.isEmpty()) {
            return null;
        }
        boolean isService = name.endsWith(SERVICE_SUFFIX) && name.length() > SERVICE_SUFFIX.length();
        String service = isService ? name.substring(0, name.length() - SERVICE_SUFFIX.length()) : name;
        return service.substring(0, Math.min(service.length(), Line.MAX_SERVICE_LENGTH));
    }

    /** Of the kernel, or of systemd and its parts. */
    private boolean isSystem() {
        String identifier = value(JournalField.SYSLOG_IDENTIFIER);
        return "kernel".equals(value(JournalField.TRANSPORT))
                || "systemd".equals(identifier)
                || (identifier != null && identifier.startsWith("systemd-"))
                || "init.scope".equals(value(JournalField.SYSTEMD_UNIT));
    }

    private @Nullable String level() {
        String priority = value(JournalField.PRIORITY);
        if (priority == null || priority.length() != 1) {
            return null;
        }
        int severity = priority.charAt(0) - '0';
        return severity < 0 || severity > 7 ? null : SyslogSeverity.level(severity);
    }
}
