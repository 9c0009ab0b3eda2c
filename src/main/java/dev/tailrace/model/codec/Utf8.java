package dev.tailrace.model.codec;

/** Checks UTF-8 (RFC 3629). */
final class Utf8 {

    private Utf8() {}

    /** The length of the valid character of more than one byte that begins at {@code at}, or 0 when there is none. */
    static int length(byte[] bytes, int at, int to) {
        int first = bytes[at] & 0xFF;
        int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC2 || first > 0xF4 || at + length > to) {
            return 0;
        }
        for (int i = at + 1; i < at + length; i++) {
            if (bytes[i] >= (byte) 0xC0) { // as signed bytes, continuations are the lowest
                return 0;
            }
        }
        int second = bytes[at + 1] & 0xFF;
        boolean valid = switch (first) {
            case 0xE0 -> second >= 0xA0; // otherwise it is longer than necessary
            case 0xED -> second < 0xA0; // otherwise it is half a surrogate pair
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second < 0x90; // otherwise it is beyond Unicode
            default -> true;
        };
        return valid ? length : 0;
    }
}
