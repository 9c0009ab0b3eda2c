package dev.tailrace.model.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds newlines, eight bytes at a time. */
public final class Newlines {

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long TOPS = 0x8080808080808080L;

    private Newlines() {}

    /** The index of the first newline in {@code bytes[from, to)}; {@code to} when there is none. */
    public static int first(byte[] bytes, int from, int to) {
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

    /** The index of the first newline or NUL in {@code bytes[from, to)}; {@code to} when there is none. */
    public static int firstOrNul(byte[] bytes, int from, int to) {
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            long eight = (long) EIGHT.get(bytes, at);
            long lines = eight ^ '\n' * ONES;
            long found = (lines - ONES & ~lines | eight - ONES & ~eight) & TOPS;
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        while (at < to && bytes[at] != '\n' && bytes[at] != 0) {
            at++;
        }
        return at;
    }
}
