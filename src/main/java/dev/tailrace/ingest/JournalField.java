package dev.tailrace.ingest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A field of a journal entry that becomes part of a line; all others are passed over. */
enum JournalField {
    CURSOR("__CURSOR"),
    REALTIME_TIMESTAMP("__REALTIME_TIMESTAMP"),
    BOOT_ID("_BOOT_ID"),
    TRANSPORT("_TRANSPORT"),
    PRIORITY("PRIORITY"),
    SYSTEMD_UNIT("_SYSTEMD_UNIT"),
    CONTAINER_NAME("CONTAINER_NAME"),
    SYSLOG_IDENTIFIER("SYSLOG_IDENTIFIER"),
    MESSAGE("MESSAGE");

    /** As in systemd; a longer name is none. */
    static final int MAX_NAME_LENGTH = 64;

    private static final JournalField[] ALL = values();

    private final byte[] bytes;

    JournalField(String name) {
        bytes = name.getBytes(StandardCharsets.US_ASCII);
    }

    /** The field with the name {@code bytes[from, to)}, or null when nobody wants it. */
    static @Nullable JournalField of(byte[] bytes, int from, int to) {
        for (JournalField field : ALL) {
            // The last byte first: it and the length tell nearly all names apart.
            byte[] name = field.bytes;
            if (name.length == to - from
                    && name[name.length - 1] == bytes[to - 1]
                    && Arrays.equals(name, 0, name.length, bytes, from, to)) {
                return field;
            }
        }
        return null;
    }

    /** Whether {@code bytes[from, to)} could be a field's name at all. */
    static boolean isName(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            boolean allowed = b >= 'A' && b <= 'Z' || b == '_' || b >= '0' && b <= '9' && i > from;
            if (!allowed) {
                return false;
            }
        }
        return from < to && to - from <= MAX_NAME_LENGTH;
    }
}
