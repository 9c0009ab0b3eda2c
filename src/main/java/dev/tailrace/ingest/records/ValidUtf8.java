package dev.tailrace.ingest.records;

import dev.tailrace.ingest.body.Document;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Replaces invalid UTF-8, which would end a JSON parser's document. The pieces may be cut anywhere. */
final class ValidUtf8 {

    private static final int CHARS = 1024;
    private static final int MOST_OF_A_CHARACTER = 4;

    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private final Document to;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final CharBuffer out = CharBuffer.allocate(CHARS); // decoded only to find errors
    private final byte[] cut = new byte[2 * MOST_OF_A_CHARACTER]; // the first part of a character, and what follows
    private int cutLength;

    /** @param to receives the valid text */
    ValidUtf8(Document to) {
        this.to = to;
    }

    /** Takes a piece; false when there is no room for it. */
    boolean add(byte[] piece, int length) {
        int from = 0;
        while (cutLength > 0 && from < length) {
            int had = cutLength;
            int more = Math.min(MOST_OF_A_CHARACTER - had, length - from);
            System.arraycopy(piece, from, cut, had, more);
            int taken = take(cut, 0, had + more, false);
            if (taken < 0) {
                return false;
            }
            if (taken >= had) {
                from += taken - had;
                cutLength = 0;
            } else {
                // Only the first bytes were invalid, or too few have arrived for a character.
                System.arraycopy(cut, taken, cut, 0, had + more - taken);
                from += more;
                cutLength = had + more - taken;
            }
        }
        int taken = take(piece, from, length, false);
        if (taken < 0) {
            return false;
        }
        if (taken < length) {
            System.arraycopy(piece, taken, cut, 0, length - taken);
            cutLength = length - taken;
        }
        return true;
    }

    /** Ends the text; false when there is no room for the rest. */
    boolean end() {
        int length = cutLength;
        cutLength = 0;
        return take(cut, 0, length, true) >= 0;
    }

    /** Returns where it stopped, because an unfinished character may begin there; less than 0 when there is no room. */
    private int take(byte[] bytes, int from, int length, boolean last) {
        ByteBuffer in = ByteBuffer.wrap(bytes, from, length - from);
        int valid = from;
        while (true) {
            CoderResult result = decoder.reset().decode(in, out.clear(), last);
            if (result.isOverflow()) {
                continue;
            }
            if (!to.add(bytes, valid, in.position())) {
                return -1;
            }
            if (result.isUnderflow()) {
                return in.position();
            }
            if (!to.add(REPLACEMENT, 0, REPLACEMENT.length)) {
                return -1;
            }
            in.position(in.position() + result.length());
            valid = in.position();
        }
    }
}
