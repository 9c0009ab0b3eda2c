package dev.tailrace.ingest.body;

import dev.tailrace.ingest.Room;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Decodes {@code Content-Encoding: deflate}: the zlib format (RFC 1950), as HTTP defines it, or bare deflate data (RFC
 * 1951), as some senders understand it. The first two bytes show which of them it is. The pieces may be cut anywhere.
 */
final class DeflateDecoder implements BodyDecoder {

    private static final int NATIVE_BYTES = GzipDecoder.NATIVE_BYTES;

    private static final int METHOD_DEFLATE = 8;
    private static final int MAX_WINDOW = 7;
    private static final int CHECK_MULTIPLE = 31;

    private final Room room;
    private @Nullable Inflater inflater; // null before the format is known, and after close
    private byte[] input = new byte[0];
    private int first = -1; // the first byte, while the second has not arrived
    private boolean begun;

    /** @param room for the memory that zlib allocates outside the heap */
    DeflateDecoder(Room room) {
        this.room = room;
    }

    @Override
    public void input(byte[] bytes) {
        if (inflater != null) {
            inflater.setInput(bytes);
            return;
        }
        input = bytes;
        if (first >= 0 && bytes.length > 0) {
            input = new byte[bytes.length + 1];
            input[0] = (byte) first;
            System.arraycopy(bytes, 0, input, 1, bytes.length);
        }
    }

    @Override
    public int read(byte[] out) throws IOException {
        if (inflater == null) {
            begun |= input.length > 0;
            if (input.length < 2) {
                first = input.length == 1 ? input[0] & 0xFF : first;
                return 0;
            }
            inflater = begin();
        }
        try {
            int count = inflater.inflate(out);
            if (inflater.needsDictionary()) {
                throw new IOException("not deflate: it needs a preset dictionary");
            }
            if (count == 0 && inflater.finished() && inflater.getRemaining() > 0) {
                throw new IOException("not deflate: bytes follow its end");
            }
            return count;
        } catch (DataFormatException invalid) {
            throw new IOException("not valid deflate", invalid);
        }
    }

    private Inflater begin() throws IOException {
        if (!room.hold(NATIVE_BYTES)) {
            throw new NoRoomException();
        }
        Inflater started = new Inflater(!isZlib(input[0] & 0xFF, input[1] & 0xFF));
        started.setInput(input);
        return started;
    }

    /** No encoder begins bare deflate data like this: its first block would be stored, with padding that is not 0. */
    private static boolean isZlib(int method, int flags) {
        return (method & 0x0F) == METHOD_DEFLATE
                && method >> 4 <= MAX_WINDOW
                && (method << 8 | flags) % CHECK_MULTIPLE == 0;
    }

    @Override
    public boolean isComplete() {
        return inflater == null ? !begun : inflater.finished();
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
