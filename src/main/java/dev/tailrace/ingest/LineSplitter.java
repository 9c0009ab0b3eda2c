package dev.tailrace.ingest;

import dev.tailrace.model.Newlines;
import java.util.Arrays;

/**
 * Cuts a stream of bytes at newlines, wherever its pieces are cut. Holds at most one unfinished line of {@code limit}
 * bytes; the rest of a longer one is passed over and told as {@link Lines#tooLong}.
 */
final class LineSplitter implements Splitter {

    private static final byte[] NOTHING = {};

    private final int limit;
    private final Lines lines;
    private byte[] carry = NOTHING;
    private int carried;
    private boolean skipping;

    LineSplitter(int limit, Lines lines) {
        this.limit = limit;
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
            endLine(bytes, start, to); // where it is, rather than carried
        } else {
            end();
        }
    }

    /** Hands over all lines that end here; where the one begins that does not. */
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
        if (carried > 0 || skipping) {
            endLine(carry, 0, 0);
        }
    }

    private void endLine(byte[] bytes, int from, int to) {
        if (skipping || carried + to - from > limit) {
            lines.tooLong();
        } else if (carried > 0) {
            carry(bytes, from, to);
            lines.line(carry, 0, withoutReturn(carry, 0, carried));
        } else {
            lines.line(bytes, from, withoutReturn(bytes, from, to));
        }
        skipping = false;
        carried = 0;
        if (carry.length > LARGE) {
            carry = NOTHING; // a connection that once sent a long line does not keep its size
        }
    }

    private static final int LARGE = 16 * 1024;

    private static int withoutReturn(byte[] bytes, int from, int to) {
        return to > from && bytes[to - 1] == '\r' ? to - 1 : to;
    }

    private void carry(byte[] bytes, int from, int to) {
        if (skipping || carried + to - from > limit) {
            skipping = true;
            carried = 0;
            return;
        }
        int needed = carried + to - from;
        if (needed > carry.length) {
            carry = Arrays.copyOf(carry, Math.max(needed, Math.min(limit, carry.length * 2)));
        }
        System.arraycopy(bytes, from, carry, carried, to - from);
        carried = needed;
    }
}
