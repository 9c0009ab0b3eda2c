package dev.tailrace.ingest;

import java.util.Arrays;

/**
 * The unfinished part of what a sender sends, such as a line. A little is held for every connection; more is counted in
 * the budget.
 */
public final class Carry {

    /** Not counted in the budget, and kept from one line to the next. */
    static final int FREE_BYTES = 1024;

    private static final byte[] NOTHING = {};

    private final Room room;
    private byte[] bytes = NOTHING;
    private int length;
    private int charged;

    public Carry(Room room) {
        this.room = room;
    }

    /**
     * Adds a piece.
     *
     * @param most bytes that will ever be needed; the array doubles up to this size
     * @return false when the budget has no room for it; nothing is held then
     */
    public boolean add(byte[] piece, int from, int to, int most) {
        int needed = length + to - from;
        if (needed > bytes.length && !grow(Math.max(needed, Math.min(most, Math.max(256, bytes.length * 2))))) {
            clear();
            return false;
        }
        System.arraycopy(piece, from, bytes, length, to - from);
        length = needed;
        return true;
    }

    public boolean add(byte b, int most) {
        if (length == bytes.length && !grow(Math.max(length + 1, Math.min(most, Math.max(256, length * 2))))) {
            clear();
            return false;
        }
        bytes[length++] = b;
        return true;
    }

    private boolean grow(int size) {
        int charge = size <= FREE_BYTES ? 0 : size;
        // Both arrays exist while one is copied to the other.
        if (charge > 0 && !room.hold(charge)) {
            return false;
        }
        bytes = Arrays.copyOf(bytes, size);
        release();
        charged = charge;
        return true;
    }

    private void release() {
        if (charged > 0) {
            room.release(charged);
            charged = 0;
        }
    }

    /** The bytes added since it was empty, from 0 to {@link #length()}; valid until the next call. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Forgets the bytes, and releases their room in the budget. */
    public void clear() {
        length = 0;
        if (charged > 0) {
            bytes = NOTHING;
            release();
        }
    }
}
