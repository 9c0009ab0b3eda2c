package dev.tailrace.ingest.body;

import dev.tailrace.ingest.Room;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A body that must be whole before it is read. It is kept in segments, so that it takes no more memory than its length
 * and is never copied as a whole.
 */
public final class Document {

    private static final int SEGMENT_BITS = 14;
    private static final int SEGMENT_BYTES = 1 << SEGMENT_BITS;

    /** Size of the first segment, which doubles up to the full size: most documents are short. */
    private static final int FIRST_BYTES = 1024;

    private final Room room;
    private final int bits; // all segments but the last are 1 << bits long
    private final List<byte[]> segments = new ArrayList<>(1);
    private int length;
    private long charged;

    public Document(Room room) {
        this(room, SEGMENT_BITS);
    }

    private Document(Room room, int bits) {
        this.room = room;
        this.bits = bits;
    }

    /** A document in an array that is counted elsewhere. */
    public static Document of(byte[] bytes) {
        var document = new Document(Uncounted.ROOM, Integer.SIZE - 1);
        document.segments.add(bytes);
        document.length = bytes.length;
        return document;
    }

    /**
     * Adds a piece.
     *
     * @return false when there is no room for it; nothing is held then
     */
    public boolean add(byte[] piece, int from, int to) {
        int at = from;
        while (at < to) {
            int used = length & (SEGMENT_BYTES - 1);
            if (used == 0 || used == last().length) {
                if (!grow(used, Math.min(SEGMENT_BYTES, used + to - at))) {
                    clear();
                    return false;
                }
            }
            int count = Math.min(to - at, last().length - used);
            System.arraycopy(piece, at, last(), used, count);
            length += count;
            at += count;
        }
        return true;
    }

    private boolean grow(int used, int needed) {
        int size = Math.max(needed, Math.min(SEGMENT_BYTES, Math.max(FIRST_BYTES, used * 2)));
        if (!room.hold(size)) {
            return false;
        }
        charged += size;
        if (used == 0) {
            segments.add(new byte[size]);
        } else {
            segments.set(segments.size() - 1, Arrays.copyOf(last(), size));
            room.release(used); // after the copy, because both existed
            charged -= used;
        }
        return true;
    }

    private byte[] last() {
        return segments.get(segments.size() - 1);
    }

    public int length() {
        return length;
    }

    public byte at(int index) {
        return segments.get(index >>> bits)[index & ((1 << bits) - 1)];
    }

    /** A copy of the bytes from one index to before another. */
    public byte[] copy(int from, int to) {
        byte[] copy = new byte[to - from];
        for (int at = from; at < to; ) {
            int count = read(at, copy, at - from, to - at);
            at += count;
        }
        return copy;
    }

    /** The bytes from one index to before another as text; invalid UTF-8 is replaced. */
    public String text(int from, int to) {
        if (from == to) {
            return "";
        }
        int offset = from & ((1 << bits) - 1);
        byte[] segment = segments.get(from >>> bits);
        boolean isWhole = offset + (to - from) <= segment.length; // in one segment
        return isWhole
                ? new String(segment, offset, to - from, StandardCharsets.UTF_8)
                : new String(copy(from, to), StandardCharsets.UTF_8);
    }

    /** Copies bytes from an index on, as many as are in one segment, at least one. */
    private int read(int at, byte[] to, int offset, int most) {
        byte[] segment = segments.get(at >>> bits);
        int from = at & ((1 << bits) - 1);
        int count = Math.min(most, segment.length - from);
        System.arraycopy(segment, from, to, offset, count);
        return count;
    }

    /** Reads the bytes from one index to before another; never blocks. */
    public InputStream stream(int from, int to) {
        return new InputStream() {
            private int at = from;

            @Override
            public int read() {
                return at == to ? -1 : Document.this.at(at++) & 0xFF;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                Objects.checkFromIndexSize(offset, length, bytes.length);
                if (at == to) {
                    return -1;
                }
                int count = length == 0 ? 0 : Document.this.read(at, bytes, offset, Math.min(length, to - at));
                at += count;
                return count;
            }
        };
    }

    /** The segments in order; the last one may be longer than the bytes in it. */
    public List<byte[]> segments() {
        return segments;
    }

    /** Forgets the bytes, and releases their room. */
    public void clear() {
        segments.clear();
        length = 0;
        room.release(charged);
        charged = 0;
    }

    /** Room for bytes that are counted elsewhere. */
    private enum Uncounted implements Room {
        ROOM;

        @Override
        public boolean hold(long more) {
            return true;
        }

        @Override
        public void release(long less) {}

        @Override
        public long most() {
            return Long.MAX_VALUE;
        }
    }
}
