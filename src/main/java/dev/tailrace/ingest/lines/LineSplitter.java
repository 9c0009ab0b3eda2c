package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.Carry;
import dev.tailrace.ingest.Room;
import dev.tailrace.model.codec.Newlines;

/**
 * Cuts a stream of bytes at newlines. The pieces may be cut anywhere. It holds at most one unfinished line of
 * {@code limit} bytes. A longer line is skipped and reported as {@link Lines#tooLong}, and a line for which the budget
 * has no room as {@link Lines#noRoom}.
 */
public final class LineSplitter implements Splitter {

    private final int limit;
    private final Lines lines;
    private final Carry carry;
    private boolean skipping;
    private boolean hadNoRoom; // for the line that is skipped

    public LineSplitter(int limit, Room room, Lines lines) {
        this.limit = limit;
        this.carry = new Carry(room);
        this.lines = lines;
    }

    @Override
    public void feed(byte[] bytes, int from, int to) {
        int start = newlines(bytes, from, to);
        if (start < to) {
            carry(bytes, start, to);
        }
    }

    @Override
    public void end(byte[] bytes, int from, int to) {
        int start = newlines(bytes, from, to);
        if (start < to) {
            endLine(bytes, start, to); // in place, without a copy
        } else {
            end();
        }
    }

    /** Hands over all lines that end in the piece; returns where the unfinished one begins. */
    private int newlines(byte[] bytes, int from, int to) {
        int start = from;
        for (int end = Newlines.first(bytes, start, to); end < to; end = Newlines.first(bytes, start, to)) {
            endLine(bytes, start, end);
            start = end + 1;
        }
        return start;
    }

    @Override
    public void end() {
        if (carry.length() > 0 || skipping) {
            endLine(carry.bytes(), 0, 0);
        }
    }

    private void endLine(byte[] bytes, int from, int to) {
        if (!skipping && carry.length() > 0) {
            carry(bytes, from, to);
        }
        if (skipping || (carry.length() == 0 && to - from > limit)) {
            skipped();
        } else if (carry.length() > 0) {
            lines.line(carry.bytes(), 0, withoutReturn(carry.bytes(), 0, carry.length()));
        } else {
            lines.line(bytes, from, withoutReturn(bytes, from, to));
        }
        skipping = false;
        hadNoRoom = false;
        carry.clear();
    }

    private void skipped() {
        if (hadNoRoom) {
            lines.noRoom();
        } else {
            lines.tooLong();
        }
    }

    private static int withoutReturn(byte[] bytes, int from, int to) {
        return to > from && bytes[to - 1] == '\r' ? to - 1 : to;
    }

    private void carry(byte[] bytes, int from, int to) {
        if (skipping) {
            return;
        }
        if (carry.length() + to - from > limit) {
            skipping = true;
            carry.clear();
        } else if (!carry.add(bytes, from, to, limit)) {
            skipping = true;
            hadNoRoom = true;
        }
    }

    @Override
    public void close() {
        carry.clear();
    }
}
