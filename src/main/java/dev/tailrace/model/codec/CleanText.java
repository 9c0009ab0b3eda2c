package dev.tailrace.model.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks whether text has characters that a stored line must not have, eight bytes at a time while it is ASCII. */
public final class CleanText {

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long TOPS = 0x8080808080808080L;
    private static final int FIRST_PRINTABLE = 0x20;

    private CleanText() {}

    /** Whether {@code bytes[from, to)} is UTF-8 without control characters of ASCII, as each stored entry is. */
    public static boolean is(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            at = behindPlain(bytes, at, to);
            int stop = Math.min(to, at + Long.BYTES);
            while (at < stop) {
                int length = bytes[at] >= FIRST_PRINTABLE ? 1 : bytes[at] >= 0 ? 0 : Utf8.length(bytes, at, to);
                if (length == 0) {
                    return false;
                }
                at += length;
            }
        }
        return true;
    }

    /** Skips groups of eight bytes that are all printable ASCII. */
    private static int behindPlain(byte[] bytes, int from, int to) {
        int at = from;
        while (at + Long.BYTES <= to) {
            long eight = (long) EIGHT.get(bytes, at);
            long low = eight - FIRST_PRINTABLE * ONES & ~eight;
            if (((low | eight) & TOPS) != 0) {
                return at;
            }
            at += Long.BYTES;
        }
        return at;
    }
}
