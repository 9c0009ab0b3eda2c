package dev.tailrace.ingest.body;

import dev.tailrace.ingest.Room;
import java.io.IOException;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Decodes gzip (RFC 1952) with one or more members. The pieces may be cut anywhere. */
public final class GzipDecoder implements BodyDecoder {

    /** Why a body is refused that does not begin with a gzip header. */
    public static final String NOT_GZIP = "not gzip";

    private static final int HAS_CRC = 2;
    private static final int HAS_EXTRA = 4;
    private static final int HAS_NAME = 8;
    private static final int HAS_COMMENT = 16;
    private static final int FIXED_HEADER = 10;
    private static final int TRAILER = 8;

    private enum Part {
        HEADER,
        EXTRA_LENGTH,
        EXTRA,
        NAME,
        COMMENT,
        HEADER_CRC,
        DATA,
        TRAILER
    }

    /** Memory that zlib allocates for its window and its state. */
    static final int NATIVE_BYTES = 40 * 1024;

    private final Room room;
    private @Nullable Inflater inflater; // null before there are bytes to inflate
    private final CRC32 crc = new CRC32();
    private byte[] input = new byte[0];
    private int at;
    private Part part = Part.HEADER;
    private int taken; // bytes of the part that were read
    private int flags;
    private int extraLength;
    private long trailer; // CRC-32 and size, little endian

    /** @param room for the memory that zlib allocates outside the heap */
    GzipDecoder(Room room) {
        this.room = room;
    }

    @Override
    public void input(byte[] bytes) {
        input = bytes;
        at = 0;
    }

    @Override
    public int read(byte[] out) throws IOException {
        while (true) {
            if (part == Part.DATA) {
                int count = inflate(out);
                if (count > 0 || part == Part.DATA) {
                    return count;
                }
            } else if (at == input.length) {
                return 0;
            } else {
                take(input[at++] & 0xFF);
            }
        }
    }

    private Inflater inflater() throws IOException {
        if (inflater == null) {
            if (!room.hold(NATIVE_BYTES)) {
                throw new NoRoomException();
            }
            inflater = new Inflater(true);
        }
        return inflater;
    }

    private int inflate(byte[] out) throws IOException {
        Inflater inflater = inflater();
        inflater.setInput(input, at, input.length - at);
        try {
            int count = inflater.inflate(out);
            at = input.length - inflater.getRemaining();
            crc.update(out, 0, count);
            if (inflater.finished()) {
                enter(Part.TRAILER);
            } else if (inflater.needsDictionary()) {
                throw new IOException("not gzip: it needs a preset dictionary");
            }
            return count;
        } catch (DataFormatException invalid) {
            throw new IOException("not valid gzip", invalid);
        }
    }

    private void take(int b) throws IOException {
        switch (part) {
            case HEADER -> header(b);
            case EXTRA_LENGTH -> {
                extraLength |= b << (8 * taken++);
                if (taken == 2) {
                    enter(extraLength == 0 ? after(Part.EXTRA) : Part.EXTRA);
                }
            }
            case EXTRA -> {
                if (++taken == extraLength) {
                    enter(after(Part.EXTRA));
                }
            }
            case NAME, COMMENT -> {
                if (b == 0) {
                    enter(after(part));
                }
            }
            case HEADER_CRC -> {
                if (++taken == 2) {
                    enter(Part.DATA);
                }
            }
            case TRAILER -> trailer(b);
            case DATA -> throw new IllegalStateException("data is inflated, not taken");
        }
    }

    private void header(int b) throws IOException {
        boolean valid = switch (taken) {
            case 0 -> b == 0x1f;
            case 1 -> b == 0x8b;
            case 2 -> b == 8;
            default -> true;
        };
        if (!valid) {
            throw new IOException(NOT_GZIP);
        }
        if (taken == 3) {
            flags = b;
            extraLength = 0;
        }
        if (++taken == FIXED_HEADER) {
            enter((flags & HAS_EXTRA) != 0 ? Part.EXTRA_LENGTH : after(Part.EXTRA));
        }
    }

    /** The next optional header that is present, or the data. */
    private Part after(Part done) {
        if (done.compareTo(Part.NAME) < 0 && (flags & HAS_NAME) != 0) {
            return Part.NAME;
        }
        if (done.compareTo(Part.COMMENT) < 0 && (flags & HAS_COMMENT) != 0) {
            return Part.COMMENT;
        }
        return (flags & HAS_CRC) != 0 ? Part.HEADER_CRC : Part.DATA;
    }

    private void trailer(int b) throws IOException {
        trailer |= (long) b << (8 * taken);
        if (++taken == TRAILER) {
            long size = inflater().getBytesWritten() & 0xFFFFFFFFL;
            if (trailer != (size << 32 | crc.getValue())) {
                throw new IOException("gzip with a wrong checksum");
            }
            enter(Part.HEADER);
        }
    }

    private void enter(Part next) {
        part = next;
        taken = 0;
        trailer = 0;
        if (next == Part.HEADER) {
            if (inflater != null) {
                inflater.reset();
            }
            crc.reset();
        }
    }

    @Override
    public boolean isComplete() {
        return part == Part.HEADER && taken == 0;
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
            inflater = null;
            room.release(NATIVE_BYTES);
        }
    }
}
