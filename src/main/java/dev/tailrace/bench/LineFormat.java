package dev.tailrace.bench;

/**
 * The message of one line: its due time and its number, in fixed places, so that neither side has to parse JSON to read
 * them. {@code 0000012345678 1000000001 xxxx…}: nanoseconds since the run began, number, filler.
 */
final class LineFormat {

    static final int TIME_DIGITS = 13; // 2.7 hours

    static final int NUMBER_DIGITS = 10;

    /** Added to each number, so that JSON, which has no leading zeros, gives all of them the same length. */
    static final long FIRST = 1_000_000_000L;

    static final int MIN_BYTES = TIME_DIGITS + 1 + NUMBER_DIGITS + 1;

    static final int NUMBER_AT = TIME_DIGITS + 1;

    private LineFormat() {}

    /** The message's form, its digits still zero. */
    static String blank(int lineBytes) {
        return "0".repeat(TIME_DIGITS) + " " + "0".repeat(NUMBER_DIGITS) + " " + "x".repeat(lineBytes - MIN_BYTES);
    }

    static boolean isMessage(byte[] bytes, int at) {
        return bytes[at + TIME_DIGITS] == ' ' && bytes[at + MIN_BYTES - 1] == ' ';
    }

    static long sentNanos(byte[] bytes, int message) {
        return digits(bytes, message, TIME_DIGITS);
    }

    /** Counted from 1. */
    static long number(byte[] bytes, int message) {
        return digits(bytes, message + NUMBER_AT, NUMBER_DIGITS) - FIRST;
    }

    private static long digits(byte[] bytes, int at, int count) {
        long value = 0;
        for (int i = at; i < at + count; i++) {
            value = value * 10 + bytes[i] - '0';
        }
        return value;
    }

    /** Writes a number right-aligned over the existing digits, each byte masked. */
    static void put(byte[] bytes, int at, int count, long value, byte mask) {
        long rest = value;
        for (int i = at + count - 1; i >= at; i--) {
            long tenth = rest / 10;
            bytes[i] = (byte) (('0' + (int) (rest - tenth * 10)) ^ mask);
            rest = tenth;
        }
    }
}
