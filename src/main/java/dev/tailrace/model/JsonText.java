package dev.tailrace.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes and reads JSON strings in UTF-8 (RFC 8259, section 7), escaping only what has to be. */
final class JsonText {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private JsonText() {}

    /** Writes the first {@code length} chars, quoted; half a surrogate pair becomes U+FFFD. */
    static void write(Entries.Builder out, String text, int length) {
        out.append('"');
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                writeAscii(out, c);
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

    private static void writeAscii(Entries.Builder out, char c) {
        if (c >= 0x20 && c != '"' && c != '\\') {
            out.append(c);
            return;
        }
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
     * Reads the string between two quotes.
     *
     * @param from just behind the opening quote
     * @param to at the closing quote
     * @throws IllegalArgumentException when an escape is broken
     */
    static String read(byte[] bytes, int from, int to) {
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
