package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.lines.LineSplitter;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.codec.Newlines;
import java.util.Arrays;

/**
 * Finds the messages in a TCP stream of syslog (RFC 6587). The pieces may be cut anywhere. A message that begins with a
 * count, a space and a priority has that number of bytes; any other ends at a newline or a NUL. It holds at most one
 * unfinished message of {@code limit} bytes; a longer one is skipped and reported.
 *
 * <p>A count is checked by what follows it, because some senders count wrongly. Before anything but another message, a
 * count that is too small is of characters or leaves something out: its message goes on. A count that is too large has
 * other messages in its own, each in a line of its own: they are separated, and the counts of this connection are not
 * used any more.
 */
public final class SyslogFraming implements Splitter {

    /** A longer message than this many limits is not one that is too long, but a wrong count. */
    private static final int MAX_LIMITS = 16;

    /** A count may include as many bytes that its sender does not send, such as a NUL. */
    private static final int MAX_MISSING = 2;

    /** After so many counts that were too large the others of the connection are not used, to bound the cost of each. */
    private static final int MAX_TOO_LARGE = 8;

    /** Of the shortest priority. */
    private static final int PRIORITY_LENGTH = 3;

    private static final byte[] NEWLINE = {'\n'};

    private final int limit;
    private final Lines lines;
    private final LineSplitter newlines;
    private final Carry carry;
    private final FrameStart start = new FrameStart();
    private State state = State.BEGIN;
    private int count; // of the counted message
    private int left; // of the counted message
    private boolean counted; // the last message
    private boolean discarding; // what goes on is no message
    private boolean reported; // that what goes on is not handed over
    private int characters; // of the message that goes on
    private int units; // the same in UTF-16
    private int tooLarge;
    private boolean countsAreWrong;
    private boolean countsAreOfCharacters;

    private enum State {
        /** Before a message. */
        BEGIN,
        /** In bytes that may be a count, before a message or after a complete one that is held. */
        COUNT,
        /** In a counted message. */
        COUNTED,
        /** After a counted message, which is held until the next byte shows that its count was right. */
        COMPLETE,
        /** After a counted message whose count was too small, or in bytes of which no message has begun. */
        GOES_ON,
        /** In a message that ends at a newline. */
        LINE,
        /** In a counted message that is too long. */
        SKIPPED,
        /** At the begin of a line of such a message. */
        SKIPPED_LINE
    }

    public SyslogFraming(int limit, Room room, Lines lines) {
        this.limit = limit;
        this.lines = lines;
        this.newlines = new LineSplitter(limit, room, lines);
        this.carry = new Carry(room);
    }

    @Override
    public void feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            at = switch (state) {
                case BEGIN -> begin(bytes, at, to);
                case COUNT -> count(bytes, at);
                case COUNTED -> counted(bytes, at, to);
                case COMPLETE -> complete(bytes, at);
                case GOES_ON -> goOn(bytes, at);
                case LINE -> line(bytes, at, to);
                case SKIPPED -> skip(bytes, at, to);
                case SKIPPED_LINE -> skipLine(bytes, at);
            };
        }
    }

    /**
     * Everything that has arrived was fed: a message that seems complete is handed over without waiting for the next
     * byte.
     */
    public void flush() {
        if (state == State.COMPLETE && !(countsAreOfCharacters && hasFewerCharacters())) {
            endHeld();
        } else if (state == State.GOES_ON && !discarding && isCountedInCharacters()) {
            countsAreOfCharacters = true;
            endHeld();
        }
    }

    /** Whether a message is held whose count may be wrong. */
    public boolean isWaiting() {
        return state == State.COUNTED
                || state == State.COMPLETE
                || state == State.GOES_ON
                || (state == State.COUNT && carry.length() > 0);
    }

    /** Nothing has arrived for so long that a message with a wrong count is handed over as far as it came. */
    public void quiet() {
        switch (state) {
            case COUNTED -> {
                boolean isLine = carry.length() > 0 && carry.bytes()[carry.length() - 1] == '\n';
                int next = frame(carry.bytes(), carry.length());
                if (next > 0 && isBetween(carry.bytes()[next - 1])) {
                    separate(next);
                } else if (isLine || left <= MAX_MISSING) {
                    countsAreWrong |= isLine;
                    endHeld();
                }
            }
            case COMPLETE, GOES_ON -> endHeld();
            default -> {}
        }
    }

    private int begin(byte[] bytes, int at, int to) {
        byte b = bytes[at];
        if (isBetween(b) || b == ' ') {
            return at + 1;
        }
        if (b >= '1' && b <= '9') {
            int end = whole(bytes, at, to);
            if (end > 0) {
                return end;
            }
            start.clear();
            state = State.COUNT;
        } else if (counted && b != '<') {
            goOnWithout();
        } else {
            counted = false;
            state = State.LINE;
        }
        return at;
    }

    /**
     * Hands over the counted message at {@code at} without a copy, if all of it is here and what follows shows that its
     * count is right.
     *
     * @return its end; -1 without it
     */
    private int whole(byte[] bytes, int at, int to) {
        long announced = 0;
        int i = at;
        while (i < to && Ascii.isDigit(bytes[i]) && announced <= limit) {
            announced = announced * 10 + bytes[i++] - '0';
        }
        long end = i + 1 + announced;
        if (end >= to
                || announced > limit
                || countsAreWrong
                || countsAreOfCharacters
                || !FrameStart.isAt(bytes, at, to)) {
            return -1;
        }
        byte next = bytes[(int) end];
        boolean isRight = next == '<' || isBetween(next) || FrameStart.isAt(bytes, (int) end, to);
        if (!isRight || isOverrun(bytes, i + 1, (int) end)) {
            return -1;
        }
        counted = true;
        message(bytes, i + 1, (int) end);
        return (int) end;
    }

    private static boolean isBetween(byte b) {
        return b == '\n' || b == '\r' || b == 0;
    }

    private int count(byte[] bytes, int at) {
        switch (start.feed(bytes[at])) {
            case MORE -> {
                return at + 1;
            }
            case FOUND -> {
                endHeld();
                beginCounted(start.count());
                return at + 1;
            }
            case NONE -> {
                if (carry.length() > 0) {
                    misframed();
                } else if (counted) {
                    goOnWithout();
                    feedStart();
                } else {
                    state = State.LINE;
                    newlines.feed(start.bytes(), 0, start.length());
                }
            }
        }
        return at;
    }

    /** Begins the message of which {@link FrameStart} has read the count and the first bytes. */
    private void beginCounted(int announced) {
        count = announced;
        counted = true;
        left = announced - FrameStart.PRIORITY_BYTES;
        byte[] first = start.bytes();
        int from = start.length() - FrameStart.PRIORITY_BYTES;
        if (countsAreWrong) {
            counted = false;
            state = State.LINE;
            newlines.feed(first, from, start.length());
        } else if (announced > (long) limit * MAX_LIMITS) {
            keep(first, from, start.length());
            count = 0; // it says nothing
            goOn();
        } else if (announced > limit) {
            lines.tooLong();
            state = State.SKIPPED;
        } else {
            state = State.COUNTED;
            keep(first, from, start.length());
        }
    }

    private int counted(byte[] bytes, int at, int to) {
        int end = (int) Math.min(to, (long) at + left);
        left -= end - at;
        keep(bytes, at, end);
        return end;
    }

    // Room for the bytes that have arrived rather than for the announced length.
    private void keep(byte[] bytes, int from, int to) {
        if (!carry.add(bytes, from, to, carry.length() + left + to - from)) {
            lines.noRoom();
            state = left > 0 ? State.SKIPPED : State.BEGIN;
        } else if (left == 0) {
            state = State.COMPLETE;
            if (isOverrun(carry.bytes(), 0, carry.length())) {
                separate(frame(carry.bytes(), carry.length()));
            }
        }
    }

    private int complete(byte[] bytes, int at) {
        byte b = bytes[at];
        start.clear();
        if (countsAreOfCharacters && hasFewerCharacters()) {
            goOn();
        } else if (b == '<' || isBetween(b) || (b == ' ' && !hasFewerCharacters())) {
            endHeld();
        } else if (b >= '1' && b <= '9') {
            state = State.COUNT;
        } else {
            misframed();
        }
        return at;
    }

    /** The bytes after the held message, of which {@link #start} has some, do not begin another one. */
    private void misframed() {
        int next = frame(carry.bytes(), carry.length());
        if (next < 0) {
            goOn();
            feedStart();
            return;
        }
        byte[] more = start.copy();
        separate(next);
        feed(more, 0, more.length);
    }

    private void feedStart() {
        byte[] more = start.copy();
        feed(more, 0, more.length);
    }

    /** Separates the messages in the held one, whose count was too large. */
    private void separate(int next) {
        byte[] held = Arrays.copyOf(carry.bytes(), carry.length());
        carry.clear();
        counted = false;
        countsAreWrong |= isBetween(held[next - 1]) || ++tooLarge > MAX_TOO_LARGE;
        message(held, 0, next);
        state = State.BEGIN;
        feed(held, next, held.length);
    }

    /** Whether a line in a message begins like a message that ends after it: none that the message quotes does. */
    private static boolean isOverrun(byte[] bytes, int from, int to) {
        for (int end = Newlines.firstOrNul(bytes, from, to);
                end + 1 < to;
                end = Newlines.firstOrNul(bytes, end + 1, to)) {
            if (FrameStart.isAt(bytes, end + 1, to) && FrameStart.endOf(bytes, end + 1) > to) {
                return true;
            }
        }
        return false;
    }

    /**
     * Where another message begins in {@code bytes[0, to)}: at a line that begins like one, or else at a count that
     * stands between; -1 without one.
     */
    private static int frame(byte[] bytes, int to) {
        for (int end = Newlines.firstOrNul(bytes, 0, to); end + 1 < to; end = Newlines.firstOrNul(bytes, end + 1, to)) {
            if (FrameStart.isAt(bytes, end + 1, to)) {
                return end + 1;
            }
        }
        for (int i = PRIORITY_LENGTH; i + 1 < to; i++) {
            int from = bytes[i] == '<' && Ascii.isDigit(bytes[i + 1]) ? FrameStart.before(bytes, i + 1) : -1;
            if (from > 0) {
                return from;
            }
        }
        return -1;
    }

    // ---- messages that go on

    private void goOn() {
        discarding = false;
        reported = false;
        characters = characters(carry.bytes(), carry.length(), 1);
        units = characters(carry.bytes(), carry.length(), 2);
        state = State.GOES_ON;
    }

    private void goOnWithout() {
        goOn();
        discarding = true;
    }

    private int goOn(byte[] bytes, int at) {
        byte b = bytes[at];
        boolean isWithin = !discarding && characters < count;
        if ((b == '\n' || b == 0) && !isWithin) {
            countsAreOfCharacters |= !discarding && isCountedInCharacters();
            discarding = false; // a line of its own
            endHeld();
            return at + 1;
        }
        int length = carry.length();
        int frame = b >= '0' && b <= '9' ? FrameStart.before(carry.bytes(), length) : -1;
        if (frame >= 0) {
            endBefore(frame);
            return at; // with the count, which begin() and count() read again
        }
        characters += characters(b, 1);
        units += characters(b, 2);
        if (length == limit) {
            reportOnce(true);
        } else if (!carry.add(bytes, at, at + 1, limit)) {
            reportOnce(false);
        }
        return at + 1;
    }

    private void reportOnce(boolean tooLong) {
        carry.clear();
        if (!reported && tooLong) {
            lines.tooLong();
        } else if (!reported) {
            lines.noRoom();
        }
        reported = true;
    }

    /** Ends the message that goes on where the digits begin that are the count of the next one. */
    private void endBefore(int frame) {
        byte[] held = Arrays.copyOf(carry.bytes(), carry.length());
        int from = frame;
        // Digits before the count may be the end of the message.
        for (int i = frame; held[i] != ' ' && !discarding; i++) {
            if (held[i] != '0' && (characters(held, i, 1) == count || characters(held, i, 2) == count)) {
                countsAreOfCharacters = true;
                from = i;
                break;
            }
        }
        carry.clear();
        if (discarding && !reported) {
            lines.stray();
        } else if (!reported) {
            message(held, 0, from);
        }
        discarding = false;
        reported = false;
        state = State.BEGIN;
        feed(held, from, held.length);
    }

    /** Whether the count of the message that goes on is the number of its characters. */
    private boolean isCountedInCharacters() {
        return characters == count || units == count;
    }

    private boolean hasFewerCharacters() {
        return characters(carry.bytes(), carry.length(), 1) < count;
    }

    /** Characters in UTF-8; those of four bytes count as so many. */
    private static int characters(byte[] bytes, int to, int ofFourBytes) {
        int sum = 0;
        for (int i = 0; i < to; i++) {
            sum += characters(bytes[i], ofFourBytes);
        }
        return sum;
    }

    private static int characters(byte b, int ofFourBytes) {
        int first = b & 0xff;
        return first >= 0xf0 ? ofFourBytes : first < 0x80 || first >= 0xc0 ? 1 : 0;
    }

    // ---- the ends of messages

    private void endHeld() {
        if (!reported) {
            message(carry.bytes(), 0, carry.length());
        }
        carry.clear();
        discarding = false;
        reported = false;
        state = State.BEGIN;
    }

    /** Some counted messages end with a newline nevertheless. */
    private void message(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && isBetween(bytes[end - 1])) {
            end--;
        }
        if (end > from) {
            lines.line(bytes, from, end);
        }
    }

    private int line(byte[] bytes, int at, int to) {
        int end = Newlines.firstOrNul(bytes, at, to);
        if (end == to) {
            newlines.feed(bytes, at, to);
            return to;
        }
        if (bytes[end] == '\n') {
            newlines.feed(bytes, at, end + 1);
        } else {
            newlines.feed(bytes, at, end);
            newlines.feed(NEWLINE, 0, 1);
        }
        state = State.BEGIN;
        return end + 1;
    }

    // ---- messages that are too long

    private int skip(byte[] bytes, int at, int to) {
        int end = (int) Math.min(to, (long) at + left);
        int newline = Newlines.firstOrNul(bytes, at, end);
        int next = newline == end ? end : newline + 1;
        left -= next - at;
        if (left == 0) {
            state = State.BEGIN;
        } else if (newline < end) {
            start.clear();
            state = State.SKIPPED_LINE;
        }
        return next;
    }

    /** A line in a message that is too long, which begins like a message, is one: the count was wrong. */
    private int skipLine(byte[] bytes, int at) {
        left--;
        if (isBetween(bytes[at])) {
            start.clear();
            state = left == 0 ? State.BEGIN : state;
            return at + 1;
        }
        switch (start.feedAny(bytes[at])) {
            case FOUND -> {
                countsAreWrong = true;
                counted = false;
                state = State.LINE;
                newlines.feed(start.bytes(), start.length() - FrameStart.PRIORITY_BYTES, start.length());
            }
            case NONE -> state = State.SKIPPED;
            case MORE -> {}
        }
        if (left == 0 && state != State.LINE) {
            state = State.BEGIN;
        }
        return at + 1;
    }

    @Override
    public void end() {
        switch (state) {
            case COUNT -> {
                if (carry.length() == 0) {
                    lines.line(start.bytes(), 0, start.length());
                }
                endHeld();
            }
            case COUNTED -> {
                int next = frame(carry.bytes(), carry.length());
                if (next > 0 && isBetween(carry.bytes()[next - 1])) {
                    separate(next);
                    newlines.end();
                } else {
                    endHeld();
                }
            }
            case COMPLETE, GOES_ON -> endHeld();
            case LINE -> newlines.end();
            case BEGIN, SKIPPED, SKIPPED_LINE -> {}
        }
        state = State.BEGIN;
    }

    @Override
    public void close() {
        carry.clear();
        newlines.close();
    }
}
