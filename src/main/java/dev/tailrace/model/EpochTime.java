package dev.tailrace.model;

/**
 * Numbers that senders give as times since 1970, in seconds, milliseconds, microseconds or nanoseconds. The unit is not
 * sent; it follows from the size, because the ranges of dates from 1978 to 2262 do not overlap.
 */
public final class EpochTime {

    /** From here on a number is in seconds (of 2001); smaller ones are milliseconds of a clock that was never set. */
    private static final long MIN_SECONDS = 1_000_000_000L;

    /** From here on a number is in milliseconds (of 1973). */
    private static final long MIN_MILLIS = 100_000_000_000L;

    private static final long MAX_MICROS = 1000 * Line.MAX_TIMESTAMP;

    private EpochTime() {}

    /** The number as epoch milliseconds, rounded towards the past. */
    public static long millis(long number) {
        long size = number < 0 ? -number : number; // the smallest long stays negative, and is too small in any unit
        if (size < MIN_MILLIS) {
            return size < MIN_SECONDS ? number : number * 1000;
        }
        return size <= Line.MAX_TIMESTAMP
                ? number
                : size <= MAX_MICROS ? Math.floorDiv(number, 1000) : Math.floorDiv(number, 1_000_000);
    }
}
