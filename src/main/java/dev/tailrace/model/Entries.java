package dev.tailrace.model;

import dev.tailrace.model.codec.ByteSink;
import dev.tailrace.model.codec.Decimals;
import dev.tailrace.model.codec.Newlines;
import java.util.Arrays;

/**
 * Stored entries of one device, packed: each is its JSON from {@code "receivedAt"} on (UTF-8, no raw control character),
 * followed by one newline. This is what an append carries, what the ring announces and what a read returns, so that a
 * line is encoded once in its life and then only copied. Immutable; the array is never written after construction.
 */
public final class Entries {

    public static final Entries NONE = new Entries(new byte[0], new int[] {0});

    private final byte[] bytes;

    /** Where each entry begins, and after the last one where the next would: {@code size + 1} values. */
    private final int[] starts;

    private Entries(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
    }

    /** Takes over {@code bytes[from, to)}, in which each entry but perhaps the last ends with a newline. */
    public static Entries unpack(byte[] bytes, int from, int to) {
        if (from >= to) {
            return NONE;
        }
        int[] starts = new int[16];
        int count = 0;
        starts[0] = from;
        for (int at = from; at < to; at = starts[count]) {
            if (++count == starts.length) {
                starts = Arrays.copyOf(starts, count * 2);
            }
            starts[count] = Newlines.first(bytes, at, to) + 1;
        }
        return new Entries(bytes, Arrays.copyOf(starts, count + 1));
    }

    public int size() {
        return starts.length - 1;
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    /** The array that holds the entries; read only, between {@link #start} and {@link #end}. */
    public byte[] bytes() {
        return bytes;
    }

    /** Where entry {@code index} begins in {@link #bytes()}. */
    public int start(int index) {
        return starts[index];
    }

    /** Where entry {@code index} ends in {@link #bytes()}, its newline not included. */
    public int end(int index) {
        return starts[index + 1] - 1;
    }

    /** Bytes of all entries and their newlines. */
    public int byteSize() {
        return starts[size()] - starts[0];
    }

    /** Bytes that its arrays take. */
    public int room() {
        return bytes.length + starts.length * Integer.BYTES;
    }

    /** The entries from {@code from} on to before {@code to}, sharing the same array. */
    public Entries slice(int from, int to) {
        return from == 0 && to == size() ? this : new Entries(bytes, Arrays.copyOfRange(starts, from, to + 1));
    }

    /** Collects entries in the making; not for use from two threads. */
    public static final class Builder implements ByteSink {
        private byte[] bytes;
        private int length;
        private int[] starts = new int[16];
        private int count;

        public Builder(int expectedBytes) {
            bytes = new byte[expectedBytes];
        }

        public int size() {
            return count;
        }

        public int byteSize() {
            return length;
        }

        /** Bytes that its arrays take. */
        public int room() {
            return bytes.length + starts.length * Integer.BYTES;
        }

        /** Appends a piece of the entry in the making. */
        @Override
        public Builder append(byte[] source, int from, int to) {
            reserve(to - from);
            System.arraycopy(source, from, bytes, length, to - from);
            length += to - from;
            return this;
        }

        /** Appends one byte of the entry in the making. */
        @Override
        public Builder append(int b) {
            reserve(1);
            bytes[length++] = (byte) b;
            return this;
        }

        /** Appends a piece of the entry in the making. */
        Builder append(byte[] piece) {
            return append(piece, 0, piece.length);
        }

        /** Appends text that is known to be ASCII to the entry in the making. */
        public Builder appendAscii(String text) {
            return appendAscii(text, 0, text.length());
        }

        /** Appends the chars {@code [from, to)}, which are known to be ASCII, to the entry in the making. */
        @SuppressWarnings("deprecation") // the one way to copy ASCII out of a String without an array in between
        @Override
        public Builder appendAscii(String text, int from, int to) {
            reserve(to - from);
            text.getBytes(from, to, bytes, length);
            length += to - from;
            return this;
        }

        /** Appends a number's decimal digits to the entry in the making. */
        Builder appendDecimal(long number) {
            if (number < 0) {
                return appendAscii(Long.toString(number));
            }
            int digits = Decimals.length(number);
            reserve(digits);
            length += digits;
            Decimals.write(bytes, length, number);
            return this;
        }

        /** Appends whole entries, as {@link #endEntry} would each of them. */
        public Builder append(Entries more) {
            for (int i = 0; i < more.size(); i++) {
                append(more.bytes(), more.start(i), more.end(i)).endEntry();
            }
            return this;
        }

        /** Ends the entry in the making. */
        public Builder endEntry() {
            append('\n');
            if (++count == starts.length) {
                starts = Arrays.copyOf(starts, count * 2);
            }
            starts[count] = length;
            return this;
        }

        /** Ends with what {@link #endEntry} completed; the builder is not used afterwards. */
        public Entries build() {
            // What is kept in memory for long should not keep the room that was left for more.
            byte[] packed = bytes.length - length > length / 4 ? Arrays.copyOf(bytes, length) : bytes;
            return new Entries(packed, Arrays.copyOf(starts, count + 1));
        }

        private void reserve(int more) {
            if (length + more > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
            }
        }
    }
}
