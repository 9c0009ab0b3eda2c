package dev.tailrace.ingest.journal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A field of a journal entry that becomes part of a line; all others are skipped. */
public enum JournalField {
    CURSOR("__CURSOR"),
    REALTIME_TIMESTAMP("__REALTIME_TIMESTAMP"),
    BOOT_ID("_BOOT_ID"),
    TRANSPORT("_TRANSPORT"),
    PRIORITY("PRIORITY"),
    SYSTEMD_UNIT("_SYSTEMD_UNIT"),
    CONTAINER_NAME("CONTAINER_NAME"),
    CONTAINER_ID("CONTAINER_ID"),
    CONTAINER_ID_FULL("CONTAINER_ID_FULL"),
    PARTIAL_MESSAGE("CONTAINER_PARTIAL_MESSAGE"),
    PARTIAL_ID("CONTAINER_PARTIAL_ID"),
    PARTIAL_ORDINAL("CONTAINER_PARTIAL_ORDINAL"),
    PARTIAL_LAST("CONTAINER_PARTIAL_LAST"),
    LINE_BREAK("_LINE_BREAK"),
    STREAM_ID("_STREAM_ID"),
    SYSLOG_IDENTIFIER("SYSLOG_IDENTIFIER"),
    MESSAGE("MESSAGE");

    /** As in systemd; a longer name is invalid. */
    static final int MAX_NAME_LENGTH = 64;

    /** An entry has two dozen fields, of which few have the length of a wanted one. */
    private static final JournalField[][] BY_LENGTH = byLength();

    private final byte[] bytes;

    JournalField(String name) {
        bytes = name.getBytes(StandardCharsets.US_ASCII);
    }

    private static JournalField[][] byLength() {
        JournalField[][] fields = new JournalField[MAX_NAME_LENGTH + 1][];
        for (int length = 0; length < fields.length; length++) {
            int wanted = length;
            fields[length] = Arrays.stream(values())
                    .filter(field -> field.bytes.length == wanted)
                    .toArray(JournalField[]::new);
        }
        return fields;
    }

    /** The field with the name {@code bytes[from, to)}, or null when it is none of these. */
    static @Nullable JournalField of(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length >= BY_LENGTH.length) {
            return null;
        }
        for (JournalField field : BY_LENGTH[length]) {
            if (Arrays.equals(field.bytes, 0, length, bytes, from, to)) {
                return field;
            }
        }
        return null;
    }

    /** Whether {@code bytes[from, to)} is a valid name of a field. */
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
