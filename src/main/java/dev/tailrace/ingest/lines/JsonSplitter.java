package dev.tailrace.ingest.lines;

import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;
import dev.tailrace.model.codec.Newlines;
import java.util.Arrays;

/**
 * Finds the JSON values in a stream of bytes, however they are laid out: a value per line, over several lines, one after
 * the other without a newline, in an array, or in several arrays. Values are separated by blanks, commas, semicolons and
 * the record separators of JSON text sequences. It knows only strings, nesting and the order of tokens; the parser reads
 * the inside of a value. It holds at most one unfinished value of {@code limit} bytes, if the budget has room for it.
 *
 * <p>What is broken does not affect the lines after it. A value that is broken before its first line ends, ends with
 * that line. A value that turns out to be broken in a later line is taken apart: each of its lines is handed over alone,
 * and the line in which the error was found begins anew. A line break within a string is an error, and so is an opening
 * brace at the beginning of a line within an unfinished value, because a program that writes a value over several lines
 * indents what is in it. Only where no line of a value is indented, an object may begin so in an array.
 *
 * <p>A line that begins with a bracket is an array, or a pair of a time and an object, which is one line. It is held
 * until it ends if it may be a pair.
 */
public final class JsonSplitter implements Splitter {

    private static final String ENDS_EARLY = "the body ends before the JSON array does";
    private static final String NOT_JSON = "not valid JSON";
    private static final String NO_DOCUMENT = "not JSON; expected objects with a message, such as {\"message\":\"…\"}";
    private static final byte RECORD_SEPARATOR = 0x1E;

    /** The parser reads no deeper values. */
    private static final int MAX_DEPTH = StreamReadConstraints.DEFAULT_MAX_DEPTH;

    /** Brackets in deeper levels are counted, but not compared. */
    private static final int MAX_COMPARED = Long.SIZE;

    private final int limit;
    private final boolean document;
    private final Values values;
    private final Carry carry; // the unfinished value, as far as it came in earlier pieces

    private Place place = Place.BETWEEN;
    private boolean lineBegins = true; // only blanks came since the last newline
    private boolean empty = true;
    private boolean inArray;
    private boolean arrayIsFirst; // no value came before the array
    private boolean separated; // by a comma from the element before
    private boolean hasElements; // so that it is an array indeed

    // The unfinished value.
    private int from; // of the part of it in the present piece
    private boolean tooLong;
    private boolean hadNoRoom;
    private int depth;
    private long objects; // a bit per level: whether it is an object, as opposed to an array
    private Expected expected = Expected.VALUE;
    private boolean inString;
    private boolean escaped;
    private boolean inScalar; // a number or a word
    private boolean wrong;
    private boolean severalLines;
    private boolean doubtful; // whether the bracket before it opened an array
    private boolean unindented; // as far as it came; its first line is a brace alone
    private boolean mayBePair; // what comes after the bracket

    /** Takes what is found: a value in the place of a line. */
    public interface Values extends Lines {
        /**
         * Takes a line that is one valid value, with blanks after it, perhaps; does nothing when it is anything else, such
         * as an array of several lines. It saves the search for the end of the value.
         */
        boolean take(byte[] bytes, int from, int to);

        /** A line is neither a value nor the beginning of one. */
        void unreadable(String reason);
    }

    private enum Place {
        BETWEEN,
        /** In a line that begins with a bracket, as long as it may be a pair of a time and an object. */
        LINE,
        /** After a bracket that may open an array, or be the first character of a text. */
        OPENING,
        /** In an object or an array that is an element. */
        VALUE,
        /** In anything else, which ends with its line, or in an array before the next comma. */
        WORD,
        /** Nothing more is read. */
        REFUSED
    }

    private enum Expected {
        VALUE,
        VALUE_OR_END,
        NAME,
        NAME_OR_END,
        COLON,
        COMMA_OR_END
    }

    /**
     * @param limit a longer value is skipped, and reported as {@link Values#tooLong}
     * @param document whether an input is broken that is empty, or begins with anything but an object, array or text
     */
    public JsonSplitter(int limit, Room room, boolean document, Values values) {
        this.limit = limit;
        this.document = document;
        this.carry = new Carry(room);
        this.values = values;
    }

    @Override
    public void feed(byte[] bytes, int from, int to) {
        run(bytes, from, to, false);
    }

    @Override
    public void end(byte[] bytes, int from, int to) {
        run(bytes, from, to, true);
        end();
    }

    @Override
    public void end() {
        if (place == Place.REFUSED) {
            return;
        }
        if (place == Place.LINE) {
            endLine();
        }
        if (place == Place.OPENING) {
            openArray();
        } else if (place == Place.VALUE && severalLines && !isSkipping()) {
            takeApart(carry.bytes(), carry.length());
            endValue();
        } else if (place != Place.BETWEEN) {
            handOver(carry.bytes(), 0, 0);
        }
        if (inArray && arrayIsFirst) {
            values.broken(ENDS_EARLY);
        } else if (inArray) {
            values.unreadable(NOT_JSON);
        } else if (document && empty) {
            values.broken("the body is empty; expected JSON objects with a message");
        }
        inArray = false;
        lineBegins = true;
        empty = true;
    }

    @Override
    public void close() {
        carry.clear();
    }

    private void run(byte[] bytes, int begin, int to, boolean last) {
        from = begin;
        int at = begin;
        while (at < to) {
            at = switch (place) {
                case BETWEEN -> between(bytes, at, to, last);
                case LINE -> inLine(bytes, at, to);
                case OPENING -> opening(bytes, at);
                case VALUE -> inString ? string(bytes, at, to) : wrong ? inBroken(bytes, at, to) : inValue(bytes, at);
                case WORD -> inString ? string(bytes, at, to) : inWord(bytes, at, to);
                case REFUSED -> to;
            };
        }
        if (place == Place.VALUE || place == Place.WORD || place == Place.LINE) {
            hold(bytes, to);
        }
    }

    // ---- between values

    private int between(byte[] bytes, int at, int to, boolean last) {
        byte b = bytes[at];
        if (b == '\n') {
            lineBegins = true;
        } else if (b == ',') {
            separated = true;
        } else if (b == ']' && inArray) {
            inArray = false;
        } else if (b == '[' && !inArray && lineBegins) {
            lineBegins = false;
            place = Place.LINE;
            from = at;
        } else if (b == '[' && !inArray) {
            place = Place.OPENING;
            arrayIsFirst = empty;
            empty = false;
        } else if (!isBlank(b) && b != ';' && !ByteOrderMark.has(b)) {
            return begin(bytes, at, to, last);
        }
        return at + 1;
    }

    private int begin(byte[] bytes, int at, int to, boolean last) {
        byte b = bytes[at];
        if (inArray && lineBegins && !separated && b == '{') {
            inArray = false; // there was no array, but a broken line that looked like the beginning of one
        }
        if (b == '{' && lineBegins && !inArray) {
            int end = Newlines.first(bytes, at, to);
            if ((end < to || last) && end - at <= limit && values.take(bytes, at, end)) {
                empty = false;
                return Math.min(end + 1, to);
            }
        }
        if (document && empty && b != '{' && b != '"') {
            place = Place.REFUSED;
            values.broken(NO_DOCUMENT);
            return to;
        }
        beginValue(at, b == '{' || (b == '[' && inArray) ? Place.VALUE : Place.WORD);
        return at;
    }

    /** After a bracket at the beginning of a line, outside an array. */
    private int inLine(byte[] bytes, int begin, int to) {
        int at = begin;
        while (!mayBePair && at < to && bytes[at] != '\n' && isBlank(bytes[at])) {
            at++;
        }
        mayBePair |= at < to && mayBeTime(bytes[at]);
        int end = Newlines.first(bytes, at, to);
        if (isSkipping()) {
            if (end < to) {
                endLine();
            }
            return end;
        }
        if ((at < to && !mayBePair) || carry.length() + end - from > limit) {
            return readAsArray();
        }
        if (end == to) {
            return to;
        }
        if (carry.length() > 0) {
            keep(bytes, end);
            endLine();
            return place == Place.BETWEEN ? end : from;
        }
        if (values.take(bytes, from, end)) {
            empty = false;
            endValue();
            return end;
        }
        return readAsArray();
    }

    /** The line that is held is complete. */
    private void endLine() {
        if (isSkipping()) {
            empty = false;
            handOver(carry.bytes(), 0, 0);
        } else if (values.take(carry.bytes(), 0, carry.length())) {
            empty = false;
            endValue();
        } else {
            readAsArray();
        }
    }

    /** The line is no pair: what came of it is read again, and its bracket may open an array. */
    private int readAsArray() {
        int next = from;
        byte[] held = Arrays.copyOf(carry.bytes(), carry.length());
        endValue();
        arrayIsFirst = empty;
        empty = false;
        place = Place.OPENING;
        if (held.length == 0) {
            return next + 1;
        }
        run(held, 1, held.length, false);
        from = next;
        return next;
    }

    /** Whether a time, or a time with metadata, may begin with the byte. */
    private static boolean mayBeTime(byte b) {
        return (b >= '0' && b <= '9') || b == '-' || b == '"' || b == '[';
    }

    /** After a bracket outside an array. */
    private int opening(byte[] bytes, int at) {
        byte b = bytes[at];
        if (b == '\n') {
            lineBegins = true;
        } else if (b == '{' || b == '[' || b == ']' || b == '"' || b == ',') {
            openArray();
            return at;
        } else if (!isBlank(b)) {
            beginValue(at, Place.WORD);
            doubtful = true;
            return at;
        }
        return at + 1;
    }

    private void openArray() {
        place = Place.BETWEEN;
        inArray = true;
        separated = true;
        hasElements = false;
    }

    private void beginValue(int at, Place where) {
        place = where;
        from = at;
        expected = Expected.VALUE;
        lineBegins = false;
        empty = false;
    }

    // ---- in a value

    private int inValue(byte[] bytes, int at) {
        byte b = bytes[at];
        if (b == '\n') {
            unindented = severalLines ? unindented : depth == 1 && expected == Expected.NAME_OR_END;
            severalLines = true;
            lineBegins = true;
            inScalar = false;
            return at + 1;
        }
        if (isBlank(b)) {
            unindented &= !lineBegins || b == '\r';
            inScalar = false;
            lineBegins = false;
            return at + 1;
        }
        boolean beginsLine = lineBegins;
        lineBegins = false;
        if (beginsLine && b == '{' && !(unindented && !isObject() && isInOrder(b))) {
            return endBroken(bytes, at);
        }
        if (!isInOrder(b)) {
            if (severalLines && !isSkipping()) {
                return beginLineAnew(bytes, at);
            }
            wrong = true;
        }
        token(b);
        if (depth == 0) {
            hasElements |= !wrong;
            handOver(bytes, from, at + 1);
        }
        return at + 1;
    }

    /** In a value that is broken: it ends with its last bracket or its line. */
    private int inBroken(byte[] bytes, int begin, int to) {
        for (int at = begin; at < to; at++) {
            byte b = bytes[at];
            if (b == '\n') {
                return endBroken(bytes, at);
            }
            if (b == '"') {
                inString = true;
                return at + 1;
            }
            depth += b == '{' || b == '[' ? 1 : b == '}' || b == ']' ? -1 : 0;
            if (depth == 0) {
                handOver(bytes, from, at + 1);
                return at + 1;
            }
        }
        return to;
    }

    /** Whether the token that begins here, if any does, may come now. */
    private boolean isInOrder(byte b) {
        if (depth > MAX_COMPARED) {
            return depth <= MAX_DEPTH;
        }
        return switch (b) {
            case '{', '[' -> expected == Expected.VALUE || expected == Expected.VALUE_OR_END;
            case '"' -> expected != Expected.COLON && expected != Expected.COMMA_OR_END;
            case ':' -> expected == Expected.COLON;
            case ',' -> expected == Expected.COMMA_OR_END;
            case '}' -> isObject() && (expected == Expected.COMMA_OR_END || expected == Expected.NAME_OR_END);
            case ']' -> !isObject() && (expected == Expected.COMMA_OR_END || expected == Expected.VALUE_OR_END);
            default -> inScalar || expected == Expected.VALUE || expected == Expected.VALUE_OR_END;
        };
    }

    private void token(byte b) {
        inScalar = false;
        switch (b) {
            case '{', '[' -> {
                if (depth < MAX_COMPARED) {
                    long bit = 1L << depth;
                    objects = b == '{' ? objects | bit : objects & ~bit;
                }
                depth++;
                expected = b == '{' ? Expected.NAME_OR_END : Expected.VALUE_OR_END;
            }
            case '}', ']' -> {
                depth--;
                expected = Expected.COMMA_OR_END;
            }
            case '"' -> {
                inString = true;
                boolean isName = expected == Expected.NAME || expected == Expected.NAME_OR_END;
                expected = isName ? Expected.COLON : Expected.COMMA_OR_END;
            }
            case ':' -> expected = Expected.VALUE;
            case ',' -> expected = isObject() ? Expected.NAME : Expected.VALUE;
            default -> {
                inScalar = true;
                expected = Expected.COMMA_OR_END;
            }
        }
    }

    /** Whether the innermost level is an object. */
    private boolean isObject() {
        return depth > 0 && depth <= MAX_COMPARED && (objects >>> (depth - 1) & 1) != 0;
    }

    private int string(byte[] bytes, int begin, int to) {
        int at = begin;
        while (at < to) {
            byte b = bytes[at];
            if (b == '\n') {
                return place == Place.VALUE ? endBroken(bytes, at) : inWord(bytes, at, to);
            }
            at++;
            if (escaped) {
                escaped = false;
            } else if (b == '\\') {
                escaped = true;
            } else if (b == '"') {
                inString = false;
                return at;
            }
        }
        return at;
    }

    // ---- in anything else

    private int inWord(byte[] bytes, int at, int to) {
        if (!inArray && !doubtful) {
            int end = Newlines.first(bytes, at, to);
            if (end < to) {
                handOver(bytes, from, end);
            }
            return end;
        }
        byte b = bytes[at];
        if (b == '\n') {
            handOver(bytes, from, at);
            return at;
        }
        if (doubtful && (b == ',' || b == ']')) {
            doubtful = false;
            if (isScalar(bytes, at)) {
                inArray = true;
            }
        }
        if (inArray && depth == 0 && (b == ',' || b == ']')) {
            handOver(bytes, from, at);
            return at;
        }
        inString = b == '"';
        depth += b == '{' || b == '[' ? 1 : (b == '}' || b == ']') && depth > 0 ? -1 : 0;
        return at + 1;
    }

    /** Whether the word is a number, true, false or null, and not the first word of a text in brackets. */
    private boolean isScalar(byte[] bytes, int to) {
        if (isSkipping() || (carry.length() > 0 && !keep(bytes, to))) {
            return false;
        }
        boolean kept = carry.length() > 0;
        byte[] in = kept ? carry.bytes() : bytes;
        int begin = kept ? 0 : from;
        int end = withoutBlanks(in, begin, kept ? carry.length() : to);
        if (kept) {
            from = to;
        }
        for (int i = begin; i < end; i++) {
            byte b = in[i];
            boolean sign = (b == '-' || b == '+') && (i == begin || in[i - 1] == 'e' || in[i - 1] == 'E');
            boolean possible = (b >= '0' && b <= '9') || sign || b == '.' || b == 'e' || b == 'E';
            if (!possible) {
                return isWord(in, begin, end, "true")
                        || isWord(in, begin, end, "false")
                        || isWord(in, begin, end, "null");
            }
        }
        return true;
    }

    private static boolean isWord(byte[] bytes, int from, int to, String word) {
        for (int i = 0; i < word.length(); i++) {
            if (from + i >= to || bytes[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return to - from == word.length();
    }

    // ---- the end of a value

    /** Hands over what was held, and {@code bytes[begin, to)} after it. */
    private void handOver(byte[] bytes, int begin, int to) {
        int length = carry.length() + to - begin;
        if (!isSkipping() && length > limit) {
            tooLong = true;
        }
        if (!isSkipping() && carry.length() > 0 && to > begin && !carry.add(bytes, begin, to, limit)) {
            hadNoRoom = true;
        }
        if (tooLong) {
            values.tooLong();
        } else if (hadNoRoom) {
            values.noRoom();
        } else if (carry.length() > 0) {
            values.line(carry.bytes(), 0, withoutBlanks(carry.bytes(), 0, carry.length()));
        } else {
            values.line(bytes, begin, withoutBlanks(bytes, begin, to));
        }
        endValue();
    }

    private void endValue() {
        carry.clear();
        place = Place.BETWEEN;
        separated = false;
        tooLong = false;
        hadNoRoom = false;
        depth = 0;
        inString = false;
        escaped = false;
        inScalar = false;
        wrong = false;
        severalLines = false;
        doubtful = false;
        unindented = false;
        mayBePair = false;
    }

    /** Ends a value that is broken, before the byte at an index, which is the newline or the beginning of a line. */
    private int endBroken(byte[] bytes, int at) {
        if (severalLines && !isSkipping() && keep(bytes, at)) {
            takeApart(carry.bytes(), carry.length());
            endValue();
        } else if (severalLines && !isSkipping()) {
            handOver(bytes, at, at);
        } else {
            handOver(bytes, from, at);
        }
        resume();
        from = at;
        return at;
    }

    /** Goes on at the beginning of a line, after a broken value that may have had the comma in it. */
    private void resume() {
        lineBegins = true;
        separated = hasElements;
    }

    /** The value is broken in the line that holds the byte at an index: that line may be the beginning of another one. */
    private int beginLineAnew(byte[] bytes, int at) {
        if (!keep(bytes, at)) {
            wrong = true;
            from = at;
            return at;
        }
        int begin = carry.length();
        while (carry.bytes()[begin - 1] != '\n') {
            begin--;
        }
        byte[] line = Arrays.copyOfRange(carry.bytes(), begin, carry.length());
        takeApart(carry.bytes(), begin);
        endValue();
        resume();
        run(line, 0, line.length, false);
        from = at;
        return at;
    }

    /** Hands over each line of a broken value alone. */
    private void takeApart(byte[] bytes, int to) {
        int begin = 0;
        while (begin < to) {
            int end = Newlines.first(bytes, begin, to);
            int first = begin;
            while (first < end && isBlank(bytes[first])) {
                first++;
            }
            if (first < end && bytes[first] == '{') {
                values.line(bytes, first, withoutBlanks(bytes, first, end));
            } else if (first < end) {
                values.unreadable(NOT_JSON);
            }
            begin = end + 1;
        }
    }

    // ---- memory

    private boolean isSkipping() {
        return tooLong || hadNoRoom;
    }

    private void hold(byte[] bytes, int to) {
        if (!isSkipping()) {
            keep(bytes, to);
        }
        from = 0;
    }

    /** Holds the part of the value in the present piece; false when it is too much. */
    private boolean keep(byte[] bytes, int to) {
        if (carry.length() + to - from > limit) {
            tooLong = true;
            carry.clear();
        } else if (!carry.add(bytes, from, to, limit)) {
            hadNoRoom = true;
        } else {
            from = to;
            return true;
        }
        return false;
    }

    private static int withoutBlanks(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && isBlank(bytes[end - 1])) {
            end--;
        }
        return end;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n' || b == RECORD_SEPARATOR;
    }
}
