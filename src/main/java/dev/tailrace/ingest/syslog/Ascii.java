package dev.tailrace.ingest.syslog;

/** Classes of ASCII bytes. */
final class Ascii {

    private static final int SIZE = 128;

    private Ascii() {}

    /** A set of characters, by their codes; other bytes than ASCII, which are negative, are never in it. */
    static boolean[] set(String characters) {
        boolean[] set = new boolean[SIZE];
        characters.chars().forEach(c -> set[c] = true);
        return set;
    }

    static boolean isIn(boolean[] set, int b) {
        return b >= 0 && set[b];
    }

    static boolean isDigit(int b) {
        return b >= '0' && b <= '9';
    }

    static boolean isUpper(int b) {
        return b >= 'A' && b <= 'Z';
    }

    static boolean isLetter(int b) {
        return (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
    }

    /** Two digits as a number, or -1. */
    static int twoDigits(byte[] bytes, int at, int to) {
        return at + 2 <= to && isDigit(bytes[at]) && isDigit(bytes[at + 1])
                ? (bytes[at] - '0') * 10 + bytes[at + 1] - '0'
                : -1;
    }

    /** Four digits as a number, or -1. */
    static int fourDigits(byte[] bytes, int at, int to) {
        int high = twoDigits(bytes, at, to);
        int low = twoDigits(bytes, at + 2, to);
        return high < 0 || low < 0 ? -1 : high * 100 + low;
    }
}
