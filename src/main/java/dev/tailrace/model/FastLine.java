package dev.tailrace.model;

import dev.tailrace.model.codec.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a line of the usual shape from its JSON, in one pass and without objects: known fields once each, in any order, with values as
 * {@link Line#writeTo} writes them, so that the stored entry is a copy of them. Returns false for anything else, valid or not;
 * {@code LineParser} alone defines what a valid line is. One instance reads line after line and refers to the array that it reads. It
 * knows two sets of fields: Tailrace's and balena's.
 */
public final class FastLine implements StorableLine {

    /** The end of the year 9999 has fifteen digits, so shorter numbers are never too late. */
    private static final int MAX_TIMESTAMP_DIGITS = 14;

    /** 2^53 has sixteen digits, so shorter numbers are never too large. */
    private static final int MAX_SEQ_DIGITS = 15;

    private static final byte[] SEQ = ascii("\"seq\"");
    private static final byte[] MESSAGE = ascii("\"message\"");
    private static final byte[] TIMESTAMP = ascii("\"timestamp\"");
    private static final byte[] SERVICE = ascii("\"service\"");
    private static final byte[] STREAM = ascii("\"stream\"");
    private static final byte[] SYSTEM = ascii("\"system\"");
    private static final byte[] LEVEL = ascii("\"level\"");
    private static final byte[] STDERR = ascii("\"stderr\"");
    private static final byte[] STDOUT = ascii("\"stdout\"");
    private static final byte[] SERVICE_ID = ascii("\"serviceId\"");
    private static final byte[] IS_STDERR = ascii("\"isStdErr\"");
    private static final byte[] IS_SYSTEM = ascii("\"isSystem\"");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");

    private static final int ABSENT = -1;

    /** The largest int has ten digits, so shorter numbers are never too large. */
    private static final int MAX_SERVICE_ID_DIGITS = 9;

    private final boolean balena;
    private byte[] bytes = {};
    private int at;
    private int end;

    // Bounds of the texts, with their quotes; a service that is a number has none.
    private int messageFrom;
    private int messageTo;
    private int serviceFrom;
    private int serviceTo;
    private int levelFrom;
    private int levelTo;
    private @Nullable Level level;
    private long timestamp;
    private long seq;
    private boolean streamSeen;
    private boolean stderr;
    private boolean systemSeen;
    private boolean system;

    /** Reads lines with Tailrace's fields. */
    public FastLine() {
        this(false);
    }

    private FastLine(boolean balena) {
        this.balena = balena;
    }

    /** Reads lines with balena's fields, of which the timestamp is required as well. */
    public static FastLine ofBalena() {
        return new FastLine(true);
    }

    /** Reads {@code source[from, to)}; false if it is not of the usual shape, and then the fields are undefined. */
    public boolean read(byte[] source, int from, int to) {
        bytes = source;
        at = from;
        end = to;
        messageFrom = ABSENT;
        serviceFrom = ABSENT;
        levelFrom = ABSENT;
        level = null;
        timestamp = ABSENT;
        seq = Batch.NO_SEQ;
        streamSeen = false;
        stderr = false;
        systemSeen = false;
        system = false;
        return fields() && messageFrom != ABSENT && !(balena && timestamp == ABSENT);
    }

    /** The sequence number; {@link Batch#NO_SEQ} without one. */
    public long seq() {
        return seq;
    }

    @Override
    public void writeTo(Entries.Builder out, long receivedAt, @Nullable LevelGuess guess) {
        StoredForm.begin(out, receivedAt, timestamp == ABSENT ? receivedAt : timestamp);
        out.append(bytes, messageFrom, messageTo);
        if (balena && serviceFrom != ABSENT) {
            out.append(StoredForm.SERVICE)
                    .append('"')
                    .append(bytes, serviceFrom, serviceTo)
                    .append('"');
        } else if (serviceFrom != ABSENT && serviceTo - serviceFrom > 2) {
            out.append(StoredForm.SERVICE).append(bytes, serviceFrom, serviceTo);
        }
        StoredForm.marks(out, stderr, system);
        if (level != null) {
            writeLevel(out, level);
        } else if (guess != null) {
            StoredForm.guessedLevel(out, guess.of(bytes, messageFrom + 1, messageTo - 1));
        }
        out.append('}').endEntry();
    }

    private void writeLevel(Entries.Builder out, Level level) {
        out.append(StoredForm.LEVEL).append('"').append(level.wordBytes()).append('"');
        if (!level.isNamed(bytes, levelFrom + 1, levelTo - 1)) {
            out.append(StoredForm.LEVEL_TEXT).append(bytes, levelFrom, levelTo);
        }
    }

    private boolean fields() {
        if (!take('{')) {
            return false;
        }
        do {
            if (!field()) {
                return false;
            }
        } while (take(','));
        if (!take('}')) {
            return false;
        }
        space();
        return at == end;
    }

    private boolean field() {
        space();
        return balena ? balenaField() : ownField();
    }

    private boolean balenaField() {
        if (name(MESSAGE)) {
            return messageFrom == ABSENT && readMessage();
        }
        if (name(TIMESTAMP)) {
            return timestamp == ABSENT && readTimestamp();
        }
        if (name(SERVICE_ID)) {
            return serviceFrom == ABSENT && readServiceId();
        }
        if (name(IS_STDERR)) {
            return !streamSeen && readIsStderr();
        }
        return name(IS_SYSTEM) && !systemSeen && readSystem();
    }

    private boolean ownField() {
        if (name(SEQ)) {
            return seq == Batch.NO_SEQ && readSeq();
        }
        if (name(MESSAGE)) {
            return messageFrom == ABSENT && readMessage();
        }
        if (name(TIMESTAMP)) {
            return timestamp == ABSENT && readTimestamp();
        }
        if (name(SERVICE)) {
            return serviceFrom == ABSENT && readService();
        }
        if (name(STREAM)) {
            return !streamSeen && readStream();
        }
        if (name(LEVEL)) {
            return levelFrom == ABSENT && readLevel();
        }
        return name(SYSTEM) && !systemSeen && readSystem();
    }

    private boolean readMessage() {
        messageFrom = at;
        messageTo = text(Line.MAX_MESSAGE_BYTES);
        return messageTo != ABSENT;
    }

    // A byte limit equal to the character limit is safe, because every character has at least one byte.
    private boolean readService() {
        serviceFrom = at;
        serviceTo = text(Line.MAX_SERVICE_LENGTH);
        return serviceTo != ABSENT;
    }

    private boolean readLevel() {
        levelFrom = at;
        levelTo = text(Line.MAX_LEVEL_LENGTH);
        if (levelTo == ABSENT) {
            return false;
        }
        level = Level.ofFrequent(bytes, levelFrom + 1, levelTo - 1);
        return level != null || levelTo - levelFrom == 2; // the slow path knows all words
    }

    private boolean readTimestamp() {
        timestamp = digits(MAX_TIMESTAMP_DIGITS);
        if (timestamp == ABSENT) {
            return false;
        }
        if (!balena) {
            timestamp = EpochTime.millis(timestamp);
        }
        return true;
    }

    private boolean readSeq() {
        seq = digits(MAX_SEQ_DIGITS);
        return seq != ABSENT;
    }

    private boolean readStream() {
        streamSeen = true;
        stderr = take(STDERR);
        return stderr || take(STDOUT);
    }

    private boolean readServiceId() {
        serviceFrom = at;
        boolean valid = digits(MAX_SERVICE_ID_DIGITS) != ABSENT;
        serviceTo = at;
        return valid;
    }

    private boolean readIsStderr() {
        streamSeen = true;
        stderr = take(TRUE);
        return stderr || take(FALSE);
    }

    private boolean readSystem() {
        systemSeen = true;
        system = take(TRUE);
        return system || take(FALSE);
    }

    /** Skips a string of at most {@code limit} bytes; the index after its closing quote. */
    private int text(int limit) {
        if (at == end || bytes[at] != '"') {
            return ABSENT;
        }
        int quote = JsonText.canonicalEnd(bytes, at + 1, end);
        if (quote < 0 || quote - at - 1 > limit) {
            return ABSENT;
        }
        at = quote + 1;
        return at;
    }

    private long digits(int limit) {
        int from = at;
        long number = 0;
        while (at < end && at - from <= limit && bytes[at] >= '0' && bytes[at] <= '9') {
            number = number * 10 + bytes[at++] - '0';
        }
        int length = at - from;
        boolean leadingZero = length > 1 && bytes[from] == '0'; // not valid in JSON
        return length == 0 || length > limit || leadingZero ? ABSENT : number;
    }

    private boolean name(byte[] name) {
        if (!take(name)) {
            return false;
        }
        space();
        if (!take(':')) {
            return false;
        }
        space();
        return true;
    }

    private boolean take(byte[] text) {
        int to = at + text.length;
        if (to > end || !Arrays.equals(bytes, at, to, text, 0, text.length)) {
            return false;
        }
        at = to;
        return true;
    }

    private boolean take(char c) {
        space();
        if (at == end || bytes[at] != c) {
            return false;
        }
        at++;
        return true;
    }

    private void space() {
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n')) {
            at++;
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
