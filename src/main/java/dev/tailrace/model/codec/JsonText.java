package dev.tailrace.model.codec;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes and reads JSON strings in UTF-8 (RFC 8259, section 7), escaping only what has to be. */
public final class JsonText {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long TOPS = 0x8080808080808080L;

    private JsonText() {}

    /** Writes the first {@code length} chars, quoted; half a surrogate pair becomes U+FFFD. */
    public static void write(ByteSink out, String text, int length) {
        out.append('"');
        for (int i = 0; i < length; i++) {
            int plain = i;
            while (i < length && isPlain(text.charAt(i))) {
                i++;
            }
            out.appendAscii(text, plain, i);
            if (i == length) {
                break;
            }
            char c = text.charAt(i);
            if (c < 0x80) {
                escape(out, c);
            } else if (c < 0x800) {
                out.append(0xC0 | c >> 6).append(0x80 | c & 0x3F);
            } else if (!Character.isSurrogate(c)) {
                out.append(0xE0 | c >> 12).append(0x80 | c >> 6 & 0x3F).append(0x80 | c & 0x3F);
            } else if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1))) {
                int codePoint = Character.toCodePoint(c, text.charAt(++i));
                out.append(0xF0 | codePoint >> 18).append(0x80 | codePoint >> 12 & 0x3F);
                out.append(0x80 | codePoint >> 6 & 0x3F).append(0x80 | codePoint & 0x3F);
            } else {
                out.append(REPLACEMENT, 0, REPLACEMENT.length);
            }
        }
        out.append('"');
    }

    /** Whether a char is written as it is, in one byte. */
    private static boolean isPlain(char c) {
        return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
    }

    private static void escape(ByteSink out, char c) {
        out.append('\\');
        switch (c) {
            case '"', '\\' -> out.append(c);
            case '\n' -> out.append('n');
            case '\r' -> out.append('r');
            case '\t' -> out.append('t');
            default ->
                out.append('u').append('0').append('0').append(HEX[c >> 4]).append(HEX[c & 0xF]);
        }
    }

    /**
     * Finds the end of a string whose bytes are exactly those that {@link #write} makes of its text.
     *
     * @param from after the opening quote
     * @return the index of the closing quote, or -1 when there is none or {@code write} would make other bytes: of an
     *     unnecessary escape, invalid UTF-8, or a raw control character
     */
    public static int canonicalEnd(byte[] bytes, int from, int to) {
        int at = from;
        while (true) {
            at = plainEnd(bytes, at, to);
            if (at == to) {
                return -1;
            }
            byte b = bytes[at];
            if (b == '"') {
                return at;
            }
            int length = b < 0 ? Utf8.length(bytes, at, to) : b == '\\' ? escapeLength(bytes, at, to) : 0;
            if (length == 0) {
                return -1;
            }
            at += length;
        }
    }

    /** The index of the first byte that is not an ASCII character written as it is. */
    private static int plainEnd(byte[] bytes, int from, int to) {
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            // The top bit of a byte is set where it is special; above the first such byte it may be set by a borrow.
            long eight = (long) EIGHT.get(bytes, at);
            long quote = eight ^ '"' * ONES;
            long backslash = eight ^ '\\' * ONES;
            long special =
                    (quote - ONES & ~quote | backslash - ONES & ~backslash | eight - 0x20 * ONES & ~eight | eight)
                            & TOPS;
            if (special != 0) {
                return at + Long.numberOfTrailingZeros(special) / Byte.SIZE;
            }
        }
        while (at < to && bytes[at] >= 0x20 && bytes[at] != '"' && bytes[at] != '\\') {
            at++;
        }
        return at;
    }

    /** The length of an escape as {@link #escape} makes it; 0 for any other. */
    private static int escapeLength(byte[] bytes, int at, int to) {
        if (at + 1 >= to) {
            return 0;
        }
        return switch (bytes[at + 1]) {
            case '"', '\\', 'n', 'r', 't' -> 2;
            case 'u' -> isControlEscape(bytes, at, to) ? 6 : 0;
            default -> 0;
        };
    }

    private static boolean isControlEscape(byte[] bytes, int at, int to) {
        if (at + 6 > to || bytes[at + 2] != '0' || bytes[at + 3] != '0') {
            return false;
        }
        int high = bytes[at + 4] - '0';
        int low = bytes[at + 5];
        boolean hex = low >= '0' && low <= '9' || low >= 'a' && low <= 'f';
        boolean shorter = high == 0 && (low == '9' || low == 'a' || low == 'd'); // tab, newline, return
        return (high == 0 || high == 1) && hex && !shorter;
    }

    /**
     * Reads the string between two quotes.
     *
     * @param from after the opening quote
     * @param to at the closing quote
     * @throws IllegalArgumentException when an escape is broken
     */
    public static String read(byte[] bytes, int from, int to) {
        int escape = from;
        while (escape < to && bytes[escape] != '\\') {
            escape++;
        }
        if (escape == to) {
            return new String(bytes, from, to - from, StandardCharsets.UTF_8);
        }
        var out = new ByteArrayOutputStream(to - from);
        for (int i = from; i < to; i++) {
            if (bytes[i] != '\\') {
                out.write(bytes[i]);
                continue;
            }
            if (++i >= to) {
                throw new IllegalArgumentException("escape without a character");
            }
            switch (bytes[i]) {
                case 'n' -> out.write('\n');
                case 'r' -> out.write('\r');
                case 't' -> out.write('\t');
                case 'b' -> out.write('\b');
                case 'f' -> out.write('\f');
                case 'u' -> {
                    if (i + 4 >= to) {
                        throw new IllegalArgumentException("escape cut off");
                    }
                    int c = Integer.parseInt(new String(bytes, i + 1, 4, StandardCharsets.US_ASCII), 16);
                    out.writeBytes(String.valueOf((char) c).getBytes(StandardCharsets.UTF_8));
                    i += 4;
                }
                default -> out.write(bytes[i]);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
