package dev.tailrace.cli.send;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits an input at its newlines; keeps at most {@code limit} bytes of a line, so that a file without newlines does
 * not exhaust memory.
 */
final class InputLines {

    /** @param bytes read of the input up to and including this line */
    record InputLine(String text, boolean cut, long number, long end) {}

    private static final int BUFFER = 64 * 1024;

    private final InputStream in;
    private final int limit;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int filled;
    private long consumed;
    private long number;
    private byte[] line = new byte[1024];
    private int length;
    private boolean cut;

    InputLines(InputStream in, int limit) {
        this.in = in;
        this.limit = limit;
    }

    /** The next line without its end, or null after the last; invalid UTF-8 is replaced. */
    @Nullable
    InputLine next() throws IOException {
        length = 0;
        cut = false;
        boolean any = false;
        while (fill()) {
            any = true;
            int newline = at;
            while (newline < filled && buffer[newline] != '\n') {
                newline++;
            }
            keep(newline);
            consumed += newline - at;
            at = newline;
            if (at < filled) {
                at++;
                consumed++;
                return line();
            }
        }
        return any ? line() : null;
    }

    private boolean fill() throws IOException {
        if (at == filled) {
            at = 0;
            filled = Math.max(0, in.read(buffer, 0, buffer.length));
        }
        return filled > 0;
    }

    private void keep(int to) {
        int size = Math.min(to - at, limit - length);
        cut |= size < to - at;
        if (length + size > line.length) {
            line = Arrays.copyOf(line, Math.min(limit, Math.max(length + size, line.length * 2)));
        }
        System.arraycopy(buffer, at, line, length, size);
        length += size;
    }

    private InputLine line() {
        int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        return new InputLine(new String(line, 0, end, StandardCharsets.UTF_8), cut, ++number, consumed);
    }
}
