package dev.tailrace.ingest;

/**
 * The BOM of UTF-8. Some systems begin every text with one, so files that were appended to each other contain it in the
 * middle.
 */
public final class ByteOrderMark {

    /** Length of the BOM. */
    public static final int BYTES = 3;

    private static final byte FIRST = (byte) 0xEF;
    private static final byte SECOND = (byte) 0xBB;
    private static final byte THIRD = (byte) 0xBF;

    private ByteOrderMark() {}

    /** The index after the BOM that begins at {@code from}, or {@code from} without one. */
    public static int skip(byte[] bytes, int from, int to) {
        boolean marked =
                to - from >= BYTES && bytes[from] == FIRST && bytes[from + 1] == SECOND && bytes[from + 2] == THIRD;
        return marked ? from + BYTES : from;
    }

    /** Whether the byte may be part of a BOM. */
    public static boolean has(byte b) {
        return b == FIRST || b == SECOND || b == THIRD;
    }
}
