package dev.tailrace.bench;

import java.io.IOException;
import java.util.Locale;

/** Takes the chunk heads, if there are any, out of an HTTP/1.1 body, wherever it is cut. */
final class ChunkedBody {

    private enum At {
        SIZE,
        EXTENSION,
        DATA,
        DATA_END,
        END
    }

    private At at = At.SIZE;
    private long left;

    /** @param head of the answer, which says whether there are chunks; a body without lasts as long as its connection */
    void begin(String head) {
        boolean chunked = head.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding: chunked");
        at = chunked ? At.SIZE : At.DATA;
        left = chunked ? 0 : Long.MAX_VALUE;
    }

    /**
     * Copies the data in {@code in[from, to)} to {@code out} from {@code outAt} on.
     *
     * @return where the data in {@code out} ends
     */
    int copy(byte[] in, int from, int to, byte[] out, int outAt) throws IOException {
        int i = from;
        int end = outAt;
        while (i < to && at != At.END) {
            if (at == At.DATA) {
                int length = (int) Math.min(left, to - i);
                System.arraycopy(in, i, out, end, length);
                i += length;
                end += length;
                left -= length;
                at = left == 0 ? At.DATA_END : At.DATA;
            } else {
                head(in[i++]);
            }
        }
        return end;
    }

    boolean isEnded() {
        return at == At.END;
    }

    private void head(byte b) throws IOException {
        if (b == '\n') {
            at = at == At.DATA_END ? At.SIZE : left == 0 ? At.END : At.DATA;
        } else if (at == At.SIZE && b == ';') {
            at = At.EXTENSION;
        } else if (at == At.SIZE && b != '\r') {
            int digit = Character.digit(b, 16);
            if (digit < 0) {
                throw new IOException("not a valid chunk of an HTTP body");
            }
            left = left << 4 | digit;
        }
    }
}
