package dev.tailrace.model;

import dev.tailrace.model.codec.ByteSink;
import dev.tailrace.model.codec.Decimals;
import dev.tailrace.model.codec.Newlines;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Packed stored entries of one device: each is its JSON from {@code "receivedAt"} on (UTF-8, no raw control character), followed by one
 * newline. Appends, announcements and reads have this form, so that a line is encoded once and then only copied. Immutable; the array is
 * never written after construction.
 */
public final class Entries {

    public static final Entries NONE = new Entries(new byte[0], new int[] {0});

    private final byte[] bytes;

    /** The index at which each entry begins, and the end of the last one: {@code size + 1} values. */
    private final int[] starts;

    private Entries(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
    }

    /** Wraps {@code bytes[from, to)} without a copy; each entry, except perhaps the last, ends with a newline. */
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

    /** The array with the entries; it must not be written, and is valid between {@link #start} and {@link #end} only. */
    public byte[] bytes() {
        return bytes;
    }

    /** The index in {@link #bytes()} at which entry {@code index} begins. */
    public int start(int index) {
        return starts[index];
    }

    /** The index in {@link #bytes()} at which entry {@code index} ends, without its newline. */
    public int end(int index) {
        return starts[index + 1] - 1;
    }

    /** Size of all entries and their newlines in bytes. */
    public int byteSize() {
        return starts[size()] - starts[0];
    }

    /** Size of the arrays in bytes. */
    public int room() {
        return bytes.length + starts.length * Integer.BYTES;
    }

    /** The entries {@code [from, to)}, in the same array. */
    public Entries slice(int from, int to) {
        return from == 0 && to == size() ? this : new Entries(bytes, Arrays.copyOfRange(starts, from, to + 1));
    }

    /** Builds entries; not thread-safe. */
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

        /** Size of the arrays in bytes. */
        public int room() {
            return bytes.length + starts.length * Integer.BYTES;
        }

        /** Appends a piece of the pending entry. */
        @Override
        public Builder append(byte[] source, int from, int to) {
            reserve(to - from);
            System.arraycopy(source, from, bytes, length, to - from);
            length += to - from;
            return this;
        }

        /** Appends one byte of the pending entry. */
        @Override
        public Builder append(int b) {
            reserve(1);
            bytes[length++] = (byte) b;
            return this;
        }

        /** Appends a piece of the pending entry. */
        Builder append(byte[] piece) {
            return append(piece, 0, piece.length);
        }

        /** Appends text that is known to be ASCII to the pending entry. */
        public Builder appendAscii(String text) {
            return appendAscii(text, 0, text.length());
        }

        /** Appends the chars {@code [from, to)}, which are known to be ASCII, to the pending entry. */
        @SuppressWarnings("deprecation") // the only way to copy ASCII out of a String without an intermediate array
        @Override
        public Builder appendAscii(String text, int from, int to) {
            reserve(to - from);
            text.getBytes(from, to, bytes, length);
            length += to - from;
            return this;
        }

        /** Appends a number's decimal digits to the pending entry. */
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

        /** The level found in a message that was appended to the pending entry, as {@link LevelGuess#of}. */
        @Nullable
        Level guess(LevelGuess guess, int messageFrom, int messageTo) {
            return guess.of(bytes, messageFrom, messageTo);
        }

        /** Appends complete entries. */
        public Builder append(Entries more) {
            for (int i = 0; i < more.size(); i++) {
                append(more.bytes(), more.start(i), more.end(i)).endEntry();
            }
            return this;
        }

        /** Completes the pending entry. */
        public Builder endEntry() {
            append('\n');
            if (++count == starts.length) {
                starts = Arrays.copyOf(starts, count * 2);
            }
            starts[count] = length;
            return this;
        }

        /** The completed entries; the builder must not be used any more. */
        public Entries build() {
            // Entries may stay in memory for long, so spare capacity is not kept.
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
