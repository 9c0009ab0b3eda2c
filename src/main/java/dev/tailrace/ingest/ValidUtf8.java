package dev.tailrace.ingest;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Replaces what is no UTF-8, which a JSON parser would take for the end of the document. */
final class ValidUtf8 {

    private static final int CHARS = 8 * 1024;

    private ValidUtf8() {}

    /** The same array when all of it is valid. */
    static byte[] of(byte[] text) {
        return isValid(text) ? text : new String(text, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isValid(byte[] text) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(text);
        CharBuffer out = CharBuffer.allocate(CHARS);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (!result.isOverflow()) {
                return result.isUnderflow();
            }
            out.clear();
        }
    }
}
