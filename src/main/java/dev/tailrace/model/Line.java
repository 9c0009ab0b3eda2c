package dev.tailrace.model;

import dev.tailrace.model.codec.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * A line as a device sends it.
 *
 * @param message any text; it is truncated to {@link #MAX_MESSAGE_BYTES} when it is stored
 * @param timestamp by the device's clock, epoch milliseconds; absent for the time of receipt
 * @param service name of the program that wrote it, at most {@link #MAX_SERVICE_LENGTH} characters, or absent
 * @param stderr whether it was written to stderr rather than stdout
 * @param system whether the device's system software wrote it rather than a service
 * @param level how severe it is: the name of a {@link Level}, or a word in lower case that names none, at most {@link
 *     #MAX_LEVEL_LENGTH} characters; or absent. The constructor makes a word that a sender uses into the name of its level.
 * @param levelText the word or number that its sender used, of at most {@link #MAX_LEVEL_LENGTH} characters, when it is not
 *     {@code level}, letter case aside; else absent
 * @param attributes further attributes from its sender: a JSON object in UTF-8 without newlines, at most {@link
 *     #MAX_ATTRIBUTES_BYTES}, or absent
 */
public record Line(
        String message,
        @Nullable Long timestamp,
        @Nullable String service,
        boolean stderr,
        boolean system,
        @Nullable String level,
        @Nullable String levelText,
        byte @Nullable [] attributes)
        implements StorableLine {

    /** Begin of the year 0, in epoch milliseconds: every calendar can show the years 0 to 9999. */
    public static final long MIN_TIMESTAMP = -62_167_219_200_000L;

    /** End of the year 9999, in epoch milliseconds. */
    public static final long MAX_TIMESTAMP = 253_402_300_799_999L;

    /** Maximum size of a stored message in UTF-8 bytes. */
    public static final int MAX_MESSAGE_BYTES = 64 * 1024;

    public static final int MAX_SERVICE_LENGTH = 256;
    public static final int MAX_LEVEL_LENGTH = 32;
    public static final int MAX_ATTRIBUTES_BYTES = 4 * 1024;

    public Line {
        if (level != null) {
            String canonical = Level.canonical(level);
            if (levelText == null && !canonical.equalsIgnoreCase(level)) {
                levelText = level;
            }
            level = canonical;
        }
    }

    /** A line whose level is as its sender wrote it. */
    public Line(
            String message,
            @Nullable Long timestamp,
            @Nullable String service,
            boolean stderr,
            boolean system,
            @Nullable String level,
            byte @Nullable [] attributes) {
        this(message, timestamp, service, stderr, system, level, null, attributes);
    }

    /** A line whose level is as its sender wrote it, without attributes. */
    public Line(
            String message,
            @Nullable Long timestamp,
            @Nullable String service,
            boolean stderr,
            boolean system,
            @Nullable String level) {
        this(message, timestamp, service, stderr, system, level, null, null);
    }

    /** A line with a message only. */
    public static Line of(String message) {
        return new Line(message, null, null, false, false, null);
    }

    /**
     * The same line, whose message had more than it has here.
     *
     * @param bytes how many bytes of UTF-8 were cut off its end
     */
    public StorableLine cutBy(long bytes) {
        return bytes == 0 ? this : (out, receivedAt, guess) -> write(out, receivedAt, guess, bytes);
    }

    @Override
    public void writeTo(Entries.Builder out, long receivedAt, @Nullable LevelGuess guess) {
        write(out, receivedAt, guess, 0);
    }

    private void write(Entries.Builder out, long receivedAt, @Nullable LevelGuess guess, long cutBefore) {
        StoredForm.begin(out, receivedAt, timestamp == null ? receivedAt : timestamp);
        int kept = keptChars(message);
        int messageFrom = out.byteSize();
        JsonText.write(out, message, kept);
        int messageTo = out.byteSize();
        if (service != null) {
            out.append(StoredForm.SERVICE);
            JsonText.write(out, service, service.length());
        }
        StoredForm.marks(out, stderr, system);
        if (level != null) {
            out.append(StoredForm.LEVEL);
            JsonText.write(out, level, level.length());
        } else if (guess != null) {
            StoredForm.guessedLevel(out, out.guess(guess, messageFrom + 1, messageTo - 1));
        }
        if (levelText != null) {
            out.append(StoredForm.LEVEL_TEXT);
            JsonText.write(out, levelText, levelText.length());
        }
        if (attributes != null) {
            out.append(StoredForm.ATTRIBUTES).append(attributes);
        }
        if (kept < message.length() || cutBefore > 0) {
            out.append(StoredForm.TRUNCATED).appendDecimal(cutBefore + sizeFrom(message, kept));
        }
        out.append('}').endEntry();
    }

    /** Number of chars of a message that fit into the limit, without splitting a character. */
    private static int keptChars(String message) {
        int length = message.length();
        if (length * 3L <= MAX_MESSAGE_BYTES) {
            return length;
        }
        int bytes = 0;
        for (int i = 0; i < length; ) {
            int codePoint = message.codePointAt(i);
            bytes += size(codePoint);
            if (bytes > MAX_MESSAGE_BYTES) {
                return i;
            }
            i += Character.charCount(codePoint);
        }
        return length;
    }

    /** Size of the chars from {@code start} on in UTF-8 bytes. */
    private static int sizeFrom(String message, int start) {
        int bytes = 0;
        for (int i = start; i < message.length(); ) {
            int codePoint = message.codePointAt(i);
            bytes += size(codePoint);
            i += Character.charCount(codePoint);
        }
        return bytes;
    }

    /** Size in UTF-8 bytes; an unpaired surrogate counts as U+FFFD, as which it is stored. */
    private static int size(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }
}
