package dev.tailrace.model.codec;

/** Writes decimal digits without a String in between. */
public final class Decimals {

    private static final int MAX_DIGITS = 19; // of a long

    private Decimals() {}

    /** The number of digits of a number that is not negative. */
    public static int length(long number) {
        int digits = 1;
        for (long next = 10; next <= number && digits < MAX_DIGITS; next *= 10) {
            digits++;
        }
        return digits;
    }

    /** Writes a number that is not negative; its last digit comes before {@code end}. */
    public static void write(byte[] bytes, int end, long number) {
        int at = end;
        long rest = number;
        for (; rest > Integer.MAX_VALUE; rest /= 10) {
            bytes[--at] = (byte) ('0' + rest % 10);
        }
        int last = (int) rest; // divisions of an int are cheaper
        do {
            bytes[--at] = (byte) ('0' + last % 10);
            last /= 10;
        } while (last > 0);
    }
}
