package dev.tailrace.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Guesses the level of a line from the beginning of its message, where loggers write it: {@code 12:00:00 ERROR …},
 * {@code [warn] …}, {@code error: …}, {@code level=info}, {@code "level":30}, a stack trace. A word in a sentence, a path
 * or an option is no level: what comes before it has to look like a header of times, numbers and names. Creates no
 * objects. One instance reads message after message, on one thread.
 */
public final class LevelGuess {

    /** How much of a message is read, apart from terminal escapes. */
    static final int MOST_BYTES = 160;

    /** How much more is read because of terminal escapes. */
    private static final int MOST_ESCAPES = 240;

    /** So many plain words are a sentence; after it only {@code level=} and {@code "level":} count. */
    private static final int SENTENCE = 3;

    private static final int NOTHING = -1; // after the last character

    /** The words that loggers put before a message; further words of {@link Level} are usual in texts. */
    private static final byte[][] WORDS = ascii(
            "info",
            "error",
            "warn",
            "debug",
            "warning",
            "trace",
            "err",
            "notice",
            "fatal",
            "critical",
            "crit",
            "severe",
            "panic",
            "alert",
            "emerg",
            "emergency",
            "verbose",
            "inf",
            "wrn",
            "dbg",
            "trc",
            "vrb",
            "ftl",
            "dbug",
            "trce",
            "fail",
            "dpanic",
            "information");

    private static final Level[] LEVELS = Arrays.stream(WORDS)
            .map(word -> Level.of(new String(word, StandardCharsets.US_ASCII)))
            .toArray(Level[]::new);

    private static final int LONGEST_WORD = 9; // before a message; longer ones are values of fields

    // What bytes are in words; 0 for all others.
    private static final int SMALL = 1;
    private static final int CAPITAL = 2;
    private static final int OTHER = 4; // digits and underscores
    private static final int FOREIGN = 8; // beyond ASCII
    private static final byte[] KINDS = new byte[256];

    static {
        for (int b = 0; b < KINDS.length; b++) {
            boolean small = b >= 'a' && b <= 'z';
            boolean other = b == '_' || (b >= '0' && b <= '9');
            KINDS[b] = (byte) (small ? SMALL : isCapital((byte) b) ? CAPITAL : other ? OTHER : b > 0x7F ? FOREIGN : 0);
        }
    }

    /** What a message begins with when a program has failed. */
    private static final byte[][] FAILURES = ascii(
            "Traceback (most recent call last)", "Exception in thread ", "Caused by: ", "Unhandled ", "Uncaught ");

    private static final byte[] FATAL_ERROR = ascii("fatal error: ")[0];
    private static final byte[][] EXCEPTIONS = ascii("Error", "Exception");
    private static final byte[][] FIELDS = ascii("level", "severity", "lvl", "levelname");
    private static final byte[] ESCAPE = ascii("\\u001b")[0];
    private static final byte[] LOG = ascii("log.")[0]; // "log.level" of the Elastic Common Schema

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long TOPS = 0x8080808080808080L;

    private static final int LONGEST_VALUE = 16;
    private static final int MOST_DIGITS = 5;

    private byte[] bytes = {};
    private int from;
    private int to; // of what may be read with terminal escapes
    private int end; // of what is read
    private int at;
    private int before; // the character before: ' ' also at the beginning, '0' for any digit, 'a' for any word
    private int beforeThat;
    private int words; // plain words since the last time or separator
    private int wordsBefore; // the bracket
    private boolean bracketed;
    private boolean timed; // a time was read
    private boolean named; // a name with a colon was read

    private static byte[][] ascii(String... texts) {
        return Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.US_ASCII))
                .toArray(byte[][]::new);
    }

    /**
     * The level of a message; null when there is no sign of one.
     *
     * @param source has the message as {@link dev.tailrace.model.codec.JsonText} writes it
     * @param messageFrom the index after its opening quote
     * @param messageTo the index of its closing quote
     */
    public @Nullable Level of(byte[] source, int messageFrom, int messageTo) {
        bytes = source;
        from = messageFrom;
        to = Math.min(messageTo, from + MOST_BYTES + MOST_ESCAPES);
        end = Math.min(to, from + MOST_BYTES);
        if (from == end) {
            return null;
        }
        Level failure = ofFailure();
        return failure != null ? failure : scan();
    }

    // ---- what only the beginning tells

    private @Nullable Level ofFailure() {
        if (!isLetter(bytes[from])) {
            return null;
        }
        for (byte[] failure : FAILURES) {
            if (bytes[from] == failure[0] && isAt(from, failure)) {
                return Level.ERROR;
            }
        }
        if (bytes[from] == 'f' && isAt(from, FATAL_ERROR)) {
            return Level.CRITICAL;
        }
        if (isGlog() || isEspIdf()) {
            return ofLetter(bytes[from]);
        }
        return isException() ? Level.ERROR : null;
    }

    /** {@code E1129 10:00:00.000000 …}, as of klog. */
    private boolean isGlog() {
        return from + 8 < end
                && isDigit(bytes[from + 1])
                && isDigit(bytes[from + 2])
                && isDigit(bytes[from + 3])
                && isDigit(bytes[from + 4])
                && bytes[from + 5] == ' '
                && isDigit(bytes[from + 6])
                && isDigit(bytes[from + 7])
                && bytes[from + 8] == ':';
    }

    /** {@code E (1234) wifi: …}. */
    private boolean isEspIdf() {
        return from + 3 < end && bytes[from + 1] == ' ' && bytes[from + 2] == '(' && isDigit(bytes[from + 3]);
    }

    private static @Nullable Level ofLetter(byte letter) {
        return switch (letter) {
            case 'F' -> Level.CRITICAL;
            case 'E' -> Level.ERROR;
            case 'W' -> Level.WARN;
            case 'I' -> Level.INFO;
            case 'D' -> Level.DEBUG;
            case 'V' -> Level.TRACE;
            default -> null;
        };
    }

    /** The name of an exception, perhaps in its package, before a colon or a code or at the end of the line. */
    private boolean isException() {
        int name = from;
        int i = from;
        while (i < end && (isWordPart(bytes[i]) || bytes[i] == '.' || bytes[i] == '$')) {
            if (bytes[i] == '.') {
                name = i + 1;
            }
            i++;
        }
        if (name == i || !isCapital(bytes[name]) || !(endsAt(i, EXCEPTIONS[0]) || endsAt(i, EXCEPTIONS[1]))) {
            return false;
        }
        int after = charAt(i);
        return (after == ':' && !isCounted(i))
                || after == NOTHING
                || (after == ' ' && (isNewline(i) || charAt(i + 1) == '['));
    }

    private boolean isNewline(int i) {
        return i + 1 < to && bytes[i] == '\\' && (bytes[i + 1] == 'n' || bytes[i + 1] == 'r');
    }

    // ---- words and signs, one after another

    private @Nullable Level scan() {
        at = from;
        before = ' ';
        beforeThat = ' ';
        words = 0;
        wordsBefore = 0;
        bracketed = false;
        timed = false;
        named = false;
        while (at < end) {
            byte b = bytes[at];
            if ((KINDS[b & 0xFF] & (SMALL | CAPITAL | FOREIGN)) != 0) {
                Level level = word();
                if (level != null) {
                    return level;
                }
                if (words >= SENTENCE && !bracketed) {
                    return ofLaterField();
                }
            } else if (b == '\\') {
                escape();
            } else {
                sign(b);
            }
        }
        return null;
    }

    private void passed(int character) {
        beforeThat = before;
        before = character;
    }

    private void sign(byte b) {
        if (isDigit(b)) {
            do {
                at++;
            } while (at < end && isDigit(bytes[at]));
            passed('0');
            return;
        }
        switch (b) {
            case ':' -> {
                if (before == '0' && at + 1 < end && isDigit(bytes[at + 1])) {
                    timed = true;
                    words = 0;
                }
            }
            case '[' -> {
                bracketed = true;
                wordsBefore = words;
            }
            case ']' -> {
                bracketed = false;
                words = Math.min(words, wordsBefore);
            }
            case '|' -> words = 0;
            case '-' -> words = before == ' ' && charAt(at + 1) == ' ' ? 0 : words; // Python's "root - INFO - text"
            default -> {}
        }
        passed(b);
        at++;
    }

    /** Skips an escape; a terminal escape is as if it were not there. */
    private void escape() {
        int next = afterTerminalEscapes(at);
        if (next > at) {
            end = Math.min(to, end + next - at);
            at = next;
            return;
        }
        passed(charAt(at));
        if (isNewline(at)) {
            words = 0;
            named = false;
        }
        at += bytes[at + 1] == 'u' ? 6 : 2;
    }

    /** Reads a word; returns its level when it is one. */
    private @Nullable Level word() {
        int start = at;
        int kinds = 0;
        int i = start;
        for (int kind = KINDS[bytes[i] & 0xFF]; kind != 0; kind = i < end ? KINDS[bytes[i] & 0xFF] : 0) {
            kinds |= kind;
            i++;
        }
        at = i;
        boolean plain = (kinds & OTHER) == 0;
        boolean lower = (kinds & SMALL) != 0;
        int after = charAt(at);
        boolean candidate = plain && (!lower || after == ':' || bracketed || before == '<' || before == '(');
        if (candidate && at - start <= LONGEST_WORD) {
            Level level = known(start, at);
            if (level != null && isWrittenAsLevel(level, after, !lower)) {
                return level;
            }
        }
        int opened = before;
        passed(isDigit(bytes[at - 1]) ? '0' : 'a');
        named |= opened == ' ' && after == ':';
        if (!plain) {
            return null;
        }
        if ((after != ' ' || isSign(at + 1)) && isField(start, at)) {
            Level value = ofField(at, words == 0);
            if (value != null) {
                return value;
            }
        }
        if (opened == ' ') {
            boolean counts = !timed || (kinds & (SMALL | FOREIGN)) != 0; // after a time, names are in capitals
            words += counts && isAfterPlainWord(after) ? 1 : 0;
        }
        return null;
    }

    private static boolean isAfterPlainWord(int after) {
        return after == ' ' || after == ',' || after == ';' || after == '!' || after == '?' || after == '\'';
    }

    private @Nullable Level known(int start, int wordTo) {
        byte first = (byte) (bytes[start] | ('a' - 'A'));
        for (int i = 0; i < WORDS.length; i++) {
            byte[] word = WORDS[i];
            if (word[0] == first && Level.isWord(word, bytes, start, wordTo)) {
                return LEVELS[i];
            }
        }
        return null;
    }

    /** Whether the word that ends here stands where a logger writes the level. */
    private boolean isWrittenAsLevel(Level level, int after, boolean capitals) {
        int next = charAt(afterSpaces(at));
        if (next == ':' && isCounted(at)) {
            return false;
        }
        boolean header = words <= (timed ? 1 : 0);
        if (isFramed(next)) {
            return header || (words == 1 && before != '(');
        }
        if (bracketed && next == ']' && (before == ':' || (before == ' ' && beforeThat != 'a'))) {
            return header; // Apache's [core:error], or [ info ]
        }
        if (capitals) {
            boolean begins = before == ' '
                    || before == '['
                    || before == ']'
                    || before == '|'
                    || (before == ':' && beforeThat == '0'); // the end of a time
            boolean value = named && !timed && !level.isAtLeast(Level.WARN); // LOG_LEVEL: INFO
            return header && begins && !value && isAfterCapitals(after);
        }
        boolean begins = before == ' ' || before == ']';
        return begins && next == ':' && words == 0 && !(named && !level.isAtLeast(Level.WARN));
    }

    /** Whether a word that ends at a place is the name of a number, as in {@code FAIL: 0}. */
    private boolean isCounted(int wordTo) {
        int number = afterSpaces(afterSpaces(wordTo) + 1);
        int i = number;
        while (i < to && isDigit(bytes[i])) {
            i++;
        }
        int after = charAt(i);
        return i > number && (after == NOTHING || after == ',' || after == ';' || after == ')' || isNewline(i));
    }

    /** Whether brackets are around the word, and not attached to another one as in {@code list[error]}. */
    private boolean isFramed(int next) {
        boolean framed = switch (before) {
            case '[' -> next == ']';
            case '<' -> next == '>';
            case '(' -> next == ')';
            default -> false;
        };
        return framed && beforeThat != 'a' && beforeThat != '0';
    }

    private boolean isAfterCapitals(int after) {
        return switch (after) {
            case ' ', ']', '[', ':', '|', ',', NOTHING -> true; // logrus writes INFO[0000]
            case '/' -> timed; // Celery's "ERROR/MainProcess"
            default -> false;
        };
    }

    // ---- level=error

    /** Searches what follows the beginning of a sentence for a field only. */
    private @Nullable Level ofLaterField() {
        for (int i = nextSign(at); i < end; i = nextSign(i + 1)) {
            int nameTo = nameBefore(i);
            int nameFrom = nameTo;
            while (nameFrom > from && isLetter(bytes[nameFrom - 1])) {
                nameFrom--;
            }
            if (nameFrom < nameTo && nameFrom > from && bytes[nameFrom - 1] == '\\') {
                nameFrom++; // the letter of an escape
            }
            Level level = isField(nameFrom, nameTo) ? ofField(nameTo, false) : null;
            if (level != null) {
                return level;
            }
        }
        return null;
    }

    /** The index of the next equals sign or colon; {@code end} when there is none. */
    private int nextSign(int place) {
        int i = place;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            // The top bit of a byte is set where it is a sign; above the first it may be set by a borrow.
            long eight = (long) EIGHT.get(bytes, i);
            long equals = eight ^ '=' * ONES;
            long colon = eight ^ ':' * ONES;
            long found = (equals - ONES & ~equals | colon - ONES & ~colon) & TOPS;
            if (found != 0) {
                return i + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        while (i < end && !isSign(i)) {
            i++;
        }
        return i;
    }

    private boolean isSign(int i) {
        return i < end && (bytes[i] == '=' || bytes[i] == ':');
    }

    /** Where the name before a sign ends. */
    private int nameBefore(int sign) {
        int i = sign;
        while (i > at && bytes[i - 1] == ' ') {
            i--;
        }
        if (i > at + 1 && bytes[i - 1] == '"') {
            return i - 2; // with its backslash
        }
        return i > at && bytes[i - 1] == '\'' ? i - 1 : i;
    }

    /** Whether a word is the name of a field for levels. */
    private boolean isField(int nameFrom, int nameTo) {
        for (byte[] field : FIELDS) {
            if (field.length == nameTo - nameFrom && Level.isWord(field, bytes, nameFrom, nameTo)) {
                return nameFrom == from || mayPrecedeField(nameFrom - 1);
            }
        }
        return false;
    }

    private boolean mayPrecedeField(int i) {
        return switch (bytes[i]) {
            case ' ', '{', ',', '[', '(', '"', '\'', '|', ';' -> true;
            case '.' -> i - 3 >= from && isAt(i - 3, LOG);
            case 'n', 'r', 't' -> i > from && bytes[i - 1] == '\\';
            default -> false; // such as --log-level=debug and ?level=debug
        };
    }

    /**
     * The level in a field whose name ends at {@code i}.
     *
     * @param header whether a colon makes it a field, although its name has no quotes
     */
    private @Nullable Level ofField(int i, boolean header) {
        int sign = afterQuote(i);
        boolean quoted = sign > i;
        sign = afterSpaces(sign);
        boolean colon = sign < end && bytes[sign] == ':' && (quoted || header);
        if (!colon && !(sign < end && bytes[sign] == '=')) {
            return null;
        }
        int value = afterQuote(afterSpaces(sign + 1));
        int valueTo = value;
        while (valueTo < to && isWordPart(bytes[valueTo])) {
            valueTo++;
        }
        boolean more = valueTo < to && (bytes[valueTo] == '-' || bytes[valueTo] == '/' || bytes[valueTo] == '.');
        if (valueTo == value || valueTo - value > LONGEST_VALUE || more) {
            return null;
        }
        if (isDigit(bytes[value])) {
            return colon && quoted ? ofNumber(value, valueTo) : null;
        }
        if (valueTo - value > 1) {
            return known(value, valueTo);
        }
        return colon && !quoted ? null : ofLetter((byte) (bytes[value] & ~('a' - 'A')));
    }

    private @Nullable Level ofNumber(int numberFrom, int numberTo) {
        if (numberTo - numberFrom > MOST_DIGITS) {
            return null;
        }
        int number = 0;
        for (int i = numberFrom; i < numberTo; i++) {
            if (!isDigit(bytes[i])) {
                return null;
            }
            number = number * 10 + bytes[i] - '0';
        }
        return Level.ofNumber(number);
    }

    // ---- characters

    private int afterQuote(int i) {
        if (i + 1 < to && bytes[i] == '\\' && bytes[i + 1] == '"') {
            return i + 2;
        }
        return i < to && bytes[i] == '\'' ? i + 1 : i;
    }

    private int afterSpaces(int i) {
        int next = afterTerminalEscapes(i);
        while (next < to && bytes[next] == ' ') {
            next = afterTerminalEscapes(next + 1);
        }
        return next;
    }

    /** The character at a place, without terminal escapes; a space for any control character. */
    private int charAt(int place) {
        int i = place < to && bytes[place] == '\\' ? afterTerminalEscapes(place) : place;
        if (i >= to) {
            return NOTHING;
        }
        if (bytes[i] != '\\') {
            return bytes[i];
        }
        byte escaped = bytes[i + 1];
        return escaped == '"' || escaped == '\\' ? escaped : ' ';
    }

    private int afterTerminalEscapes(int place) {
        int i = place;
        while (i < to && bytes[i] == '\\' && isAt(i, ESCAPE)) {
            i += ESCAPE.length;
            if (i < to && bytes[i] == '[') {
                i++;
                while (i < to && bytes[i] >= 0x20 && bytes[i] < 0x40) {
                    i++;
                }
                i = Math.min(i + 1, to);
            }
        }
        return i;
    }

    private boolean isAt(int i, byte[] text) {
        return i + text.length <= to
                && bytes[i] == text[0]
                && Arrays.equals(bytes, i, i + text.length, text, 0, text.length);
    }

    private boolean endsAt(int i, byte[] text) {
        return i - text.length >= from && isAt(i - text.length, text);
    }

    private static boolean isWordPart(byte b) {
        return isLetter(b) || isDigit(b) || b == '_';
    }

    private static boolean isLetter(byte b) {
        int lower = b | ('a' - 'A');
        return lower >= 'a' && lower <= 'z';
    }

    private static boolean isCapital(byte b) {
        return b >= 'A' && b <= 'Z';
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
