package dev.tailrace.ingest;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Cuts a stream of bytes at newlines, wherever its pieces are cut. Holds at most one unfinished line of {@code limit}
 * bytes; the rest of a longer one is passed over and told as {@link Lines#tooLong}.
 */
final class LineSplitter implements Splitter {

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long TOPS = 0x8080808080808080L;

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
        for (int end = newline(bytes, start, to); end < to; end = newline(bytes, start, to)) {
            endLine(bytes, start, end);
            start = end + 1;
        }
        return start;
    }

    private static int newline(byte[] bytes, int from, int to) {
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            // The top bit of a byte is set where it is a newline; above the first it may be set by a borrow.
            long eight = (long) EIGHT.get(bytes, at) ^ '\n' * ONES;
            long found = eight - ONES & ~eight & TOPS;
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        while (at < to && bytes[at] != '\n') {
            at++;
        }
        return at;
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
