package dev.tailrace.ingest.syslog;

import java.util.Arrays;

/**
 * Recognizes the start of a counted message, byte by byte: digits, a space, and the first two bytes of a priority. Holds
 * the bytes that may be one.
 */
final class FrameStart {

    /** Of the message: {@code <} and a digit. */
    static final int PRIORITY_BYTES = 2;

    private static final int MAX_DIGITS = 9;

    private final byte[] bytes = new byte[MAX_DIGITS + 1 + PRIORITY_BYTES];
    private int length;
    private int digits;

    /** What the bytes so far are. */
    enum Found {
        /** Perhaps a start. */
        MORE,
        /** A start. */
        FOUND,
        /** No start; the last byte is not held. */
        NONE
    }

    void clear() {
        length = 0;
        digits = 0;
    }

    Found feed(byte b) {
        boolean isDigit = Ascii.isDigit(b);
        int afterDigits = length - digits;
        boolean fits = switch (afterDigits) {
            case 0 -> isDigit ? digits < MAX_DIGITS : b == ' ' && digits > 0;
            case 1 -> b == '<';
            default -> isDigit && (digits == 0 || count() >= PRIORITY_BYTES);
        };
        if (!fits) {
            return Found.NONE;
        }
        bytes[length++] = b;
        digits += afterDigits == 0 && isDigit ? 1 : 0;
        return afterDigits == PRIORITY_BYTES ? Found.FOUND : Found.MORE;
    }

    /** The same for a message that may have no count. */
    Found feedAny(byte b) {
        if (length == 0 && b == '<') {
            bytes[length++] = ' ';
        }
        return feed(b);
    }

    /** The digits as a number. */
    int count() {
        int count = 0;
        for (int i = 0; i < digits; i++) {
            count = count * 10 + bytes[i] - '0';
        }
        return count;
    }

    /** The bytes held, from 0 to {@link #length()}. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** The bytes held; they are not held any more. */
    byte[] copy() {
        byte[] copy = Arrays.copyOf(bytes, length);
        clear();
        return copy;
    }

    /** Whether {@code bytes[at, to)} begins like a message, with a count or without one. */
    static boolean isAt(byte[] bytes, int at, int to) {
        int i = at;
        while (i < to && Ascii.isDigit(bytes[i]) && i - at < MAX_DIGITS) {
            i++;
        }
        boolean isCounted = i > at && i < to && bytes[at] != '0' && bytes[i] == ' ';
        int priority = isCounted ? i + 1 : at;
        return priority + 1 < to && bytes[priority] == '<' && Ascii.isDigit(bytes[priority + 1]);
    }

    /** Where the message that {@link #isAt begins} at {@code at} ends, as its count says; {@code at} without a count. */
    static long endOf(byte[] bytes, int at) {
        int i = at;
        long count = 0;
        while (Ascii.isDigit(bytes[i])) {
            count = count * 10 + bytes[i++] - '0';
        }
        return i == at ? at : i + 1 + count;
    }

    /** Where the message begins in a datagram of {@code bytes[0, to)}, which some senders begin with a count as well. */
    static int afterCount(byte[] bytes, int to) {
        if (!Ascii.isDigit(bytes[0]) || !isAt(bytes, 0, to)) {
            return 0;
        }
        int at = 0;
        while (bytes[at] != '<') {
            at++;
        }
        return at;
    }

    /** Where the digits begin of a count, a space and a {@code <} at the end of {@code bytes[0, to)}; or -1. */
    static int before(byte[] bytes, int to) {
        if (to < 3 || bytes[to - 1] != '<' || bytes[to - 2] != ' ') {
            return -1;
        }
        int from = to - 2;
        while (from > 0 && Ascii.isDigit(bytes[from - 1]) && to - 2 - from < MAX_DIGITS) {
            from--;
        }
        while (from < to - 2 && bytes[from] == '0') {
            from++;
        }
        return from == to - 2 ? -1 : from;
    }
}
