package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.lines.Splitter;

/**
 * Finds the GELF messages in a TCP stream, whatever stands between them: NUL, newlines or nothing. The pieces may be cut
 * anywhere. A message is a JSON object and ends with its last brace; NUL, or a newline within a text, ends a broken
 * one. What is no object is skipped up to the next NUL or newline, and reported. It holds at most one unfinished
 * message.
 */
final class GelfFraming implements Splitter {

    private final int limit;
    private final Lines lines;
    private final Carry carry;
    private State state = State.BETWEEN;
    private int depth;
    private boolean inText;
    private boolean escaped;

    private enum State {
        BETWEEN,
        MESSAGE,
        SKIPPED
    }

    /** @param limit most bytes of a message */
    GelfFraming(int limit, Room room, Lines lines) {
        this.limit = limit;
        this.lines = lines;
        this.carry = new Carry(room);
    }

    @Override
    public void feed(byte[] bytes, int from, int to) {
        int begin = from; // of the part of the message that is in this piece
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            switch (state) {
                case BETWEEN -> {
                    begin = at;
                    between(b);
                }
                case SKIPPED -> {
                    if (b == 0 || b == '\n') {
                        state = State.BETWEEN;
                    }
                }
                case MESSAGE -> {
                    if (isBroken(b)) {
                        hand(bytes, begin, at);
                    } else if (isLast(b)) {
                        hand(bytes, begin, at + 1);
                    }
                }
            }
        }
        if (state == State.MESSAGE) {
            keep(bytes, begin, to);
        }
    }

    private void between(byte b) {
        if (b == '{') {
            state = State.MESSAGE;
            depth = 1;
            inText = false;
            escaped = false;
        } else if (b != 0 && b != '\n' && b != '\r' && b != ' ' && b != '\t') {
            state = State.SKIPPED;
            lines.broken("not a JSON object");
        }
    }

    private boolean isBroken(byte b) {
        return b == 0 || (inText && b == '\n');
    }

    private boolean isLast(byte b) {
        if (inText) {
            if (escaped) {
                escaped = false;
            } else if (b == '\\') {
                escaped = true;
            } else if (b == '"') {
                inText = false;
            }
        } else if (b == '"') {
            inText = true;
        } else if (b == '{') {
            depth++;
        } else if (b == '}') {
            depth--;
        }
        return depth == 0;
    }

    private void hand(byte[] bytes, int from, int to) {
        state = State.BETWEEN;
        if (carry.length() + to - from > limit) {
            lines.tooLong();
        } else if (carry.length() == 0) {
            lines.line(bytes, from, to); // in place, without a copy
        } else if (carry.add(bytes, from, to, limit)) {
            lines.line(carry.bytes(), 0, carry.length());
        } else {
            lines.noRoom();
        }
        carry.clear();
    }

    private void keep(byte[] bytes, int from, int to) {
        if (carry.length() + to - from > limit) {
            state = State.SKIPPED;
            lines.tooLong();
            carry.clear();
        } else if (!carry.add(bytes, from, to, limit)) {
            state = State.SKIPPED;
            lines.noRoom();
        }
    }

    @Override
    public void end() {
        if (state == State.MESSAGE) {
            hand(new byte[0], 0, 0);
        }
        state = State.BETWEEN;
    }

    @Override
    public void close() {
        carry.clear();
    }
}
