package dev.tailrace.ingest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes text that is mostly the same as the last time, such as the name of a service; then it returns the same String
 * again.
 */
public final class RepeatedText {

    private static final int MAX_BYTES = 512;

    private byte[] last = {};
    private String text = "";

    /** The text {@code bytes[from, to)}; invalid UTF-8 is replaced. */
    public String of(byte[] bytes, int from, int to) {
        if (!Arrays.equals(last, 0, last.length, bytes, from, to)) {
            if (to - from > MAX_BYTES) {
                return new String(bytes, from, to - from, StandardCharsets.UTF_8);
            }
            last = Arrays.copyOfRange(bytes, from, to);
            text = new String(last, StandardCharsets.UTF_8);
        }
        return text;
    }
}
