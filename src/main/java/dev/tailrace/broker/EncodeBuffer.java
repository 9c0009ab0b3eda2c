package dev.tailrace.broker;

import dev.tailrace.model.codec.Decimals;
import java.util.Arrays;

/**
 * A buffer that grows while something is encoded into it. Each event loop reuses one, so that encoding leaves no
 * garbage.
 */
public final class EncodeBuffer {

    /** A larger array is not kept for the next use. */
    private static final int KEPT_BYTES = 256 * 1024;

    private byte[] bytes = new byte[1024];
    private int length;

    /** The bytes written, from index 0 up to {@link #length}; valid until the next write. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public EncodeBuffer append(byte[] source, int from, int to) {
        reserve(to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
        return this;
    }

    public EncodeBuffer append(byte[] source) {
        return append(source, 0, source.length);
    }

    public EncodeBuffer append(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    public EncodeBuffer appendByte(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** Appends text that is known to be ASCII. */
    @SuppressWarnings("deprecation") // the one way to copy ASCII out of a String without an array in between
    public EncodeBuffer append(String ascii) {
        int size = ascii.length();
        reserve(size);
        ascii.getBytes(0, size, bytes, length);
        length += size;
        return this;
    }

    /** Appends the digits of a number that is not negative. */
    public EncodeBuffer append(long number) {
        int digits = Decimals.length(number);
        reserve(digits);
        length += digits;
        Decimals.write(bytes, length, number);
        return this;
    }

    /** Empties the buffer. */
    public EncodeBuffer clear() {
        length = 0;
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[KEPT_BYTES];
        }
        return this;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
