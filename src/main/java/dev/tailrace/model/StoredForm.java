package dev.tailrace.model;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The constant parts of a stored entry, in their order. */
final class StoredForm {

    private static final byte[] RECEIVED_AT = ascii("\"receivedAt\":");
    private static final byte[] TIMESTAMP = ascii(",\"timestamp\":");
    private static final byte[] MESSAGE = ascii(",\"message\":");
    private static final byte[] STDERR = ascii(",\"stream\":\"stderr\"");
    private static final byte[] SYSTEM = ascii(",\"system\":true");
    static final byte[] SERVICE = ascii(",\"service\":");
    static final byte[] LEVEL = ascii(",\"level\":");
    static final byte[] LEVEL_TEXT = ascii(",\"levelText\":");
    private static final byte[] LEVEL_GUESSED = ascii(",\"levelGuessed\":true");
    static final byte[] ATTRIBUTES = ascii(",\"attributes\":");
    static final byte[] TRUNCATED = ascii(",\"truncated\":");

    private StoredForm() {}

    /** Writes everything before the opening quote of the message. */
    static void begin(Entries.Builder out, long receivedAt, long timestamp) {
        out.append(RECEIVED_AT).appendDecimal(receivedAt);
        out.append(TIMESTAMP).appendDecimal(timestamp);
        out.append(MESSAGE);
    }

    /** Writes the fields between service and level. */
    static void marks(Entries.Builder out, boolean stderr, boolean system) {
        if (stderr) {
            out.append(STDERR);
        }
        if (system) {
            out.append(SYSTEM);
        }
    }

    /** Writes the level that was found in the message, if any. */
    static void guessedLevel(Entries.Builder out, @Nullable Level level) {
        if (level != null) {
            out.append(LEVEL).append('"').append(level.wordBytes()).append('"').append(LEVEL_GUESSED);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
