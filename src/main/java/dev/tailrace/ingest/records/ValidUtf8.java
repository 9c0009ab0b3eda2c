package dev.tailrace.ingest.records;

import dev.tailrace.ingest.body.Document;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Replaces what is no UTF-8, which a JSON parser would take for the end of the document; in pieces, wherever they are cut. */
final class ValidUtf8 {

    private static final int CHARS = 1024;
    private static final int MOST_OF_A_CHARACTER = 4;

    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private final Document to;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final CharBuffer out = CharBuffer.allocate(CHARS); // only to look at
    private final byte[] cut = new byte[2 * MOST_OF_A_CHARACTER]; // the begin of a character, and what follows it
    private int cutLength;

    /** @param to where valid text goes */
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
                // Only its first bytes were wrong, or all that came is not enough for a character.
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

    /** Nothing follows; false when there is no room for what is left. */
    boolean end() {
        int length = cutLength;
        cutLength = 0;
        return take(cut, 0, length, true) >= 0;
    }

    /** Where it stopped, because what follows may be the begin of a character; less than 0 when there is no room. */
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
