package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.lines.LineSplitter;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.codec.Newlines;

/**
 * Finds the messages in a TCP stream of syslog (RFC 6587). The pieces may be cut anywhere. A message that begins with a
 * count has that number of bytes; any other ends at a newline. It holds at most one unfinished message of {@code limit}
 * bytes; a longer one is skipped and reported.
 */
public final class SyslogFraming implements Splitter {

    private static final int MAX_COUNT_DIGITS = 9;
    private final int limit;
    private final Lines lines;
    private final LineSplitter newlines;
    private State state = State.BEGIN;
    private final byte[] digits = new byte[MAX_COUNT_DIGITS];
    private int digitCount;
    private int left; // of the counted message
    private boolean tooLong; // the counted message
    private boolean hadNoRoom; // for the counted message
    private final Carry carry;

    private enum State {
        /** Before a message. */
        BEGIN,
        /** In digits that may be a count. */
        COUNT,
        /** In a counted message. */
        COUNTED,
        /** In a message that ends at a newline. */
        LINE
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
                case BEGIN -> begin(bytes, at);
                case COUNT -> count(bytes, at);
                case COUNTED -> counted(bytes, at, to);
                case LINE -> line(bytes, at, to);
            };
        }
    }

    private int begin(byte[] bytes, int at) {
        byte b = bytes[at];
        if (b == '\n' || b == '\r' || b == 0 || b == ' ') {
            return at + 1; // between messages
        }
        digitCount = 0;
        state = b >= '1' && b <= '9' ? State.COUNT : State.LINE;
        return at;
    }

    private int count(byte[] bytes, int at) {
        byte b = bytes[at];
        if (b >= '0' && b <= '9' && digitCount < MAX_COUNT_DIGITS) {
            digits[digitCount++] = b;
            return at + 1;
        }
        if (b == ' ') {
            left = 0;
            for (int i = 0; i < digitCount; i++) {
                left = left * 10 + digits[i] - '0';
            }
            tooLong = left > limit;
            if (tooLong) {
                lines.tooLong();
            }
            state = State.COUNTED;
            return at + 1;
        }
        newlines.feed(digits, 0, digitCount); // the digits are not a count
        state = State.LINE;
        return at;
    }

    private int counted(byte[] bytes, int at, int to) {
        int end = (int) Math.min(to, (long) at + left);
        left -= end - at;
        if (!tooLong && !hadNoRoom) {
            if (carry.length() == 0 && left == 0) {
                message(bytes, at, end); // in place, without a copy
            } else {
                keep(bytes, at, end);
            }
        }
        if (left == 0) {
            endCounted();
        }
        return end;
    }

    private void endCounted() {
        if (hadNoRoom) {
            lines.noRoom();
        } else {
            message(carry.bytes(), 0, carry.length());
        }
        hadNoRoom = false;
        carry.clear();
        state = State.BEGIN;
    }

    /** Some counted messages end with a newline nevertheless. */
    private void message(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r' || bytes[end - 1] == 0)) {
            end--;
        }
        if (end > from) {
            lines.line(bytes, from, end);
        }
    }

    // Room for the bytes that have arrived rather than for the announced length.
    private void keep(byte[] bytes, int from, int to) {
        hadNoRoom = !carry.add(bytes, from, to, carry.length() + left + to - from);
    }

    private int line(byte[] bytes, int at, int to) {
        int end = Newlines.first(bytes, at, to);
        if (end == to) {
            newlines.feed(bytes, at, to);
            return to;
        }
        newlines.feed(bytes, at, end + 1);
        state = State.BEGIN;
        return end + 1;
    }

    @Override
    public void end() {
        switch (state) {
            case COUNT -> lines.line(digits, 0, digitCount);
            case COUNTED -> endCounted();
            case LINE -> newlines.end();
            case BEGIN -> {}
        }
        state = State.BEGIN;
    }

    @Override
    public void close() {
        carry.clear();
        newlines.close();
    }
}
