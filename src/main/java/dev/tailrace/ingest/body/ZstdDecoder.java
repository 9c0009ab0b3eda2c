package dev.tailrace.ingest.body;

import com.github.luben.zstd.ZstdBufferDecompressingStreamNoFinalizer;
import dev.tailrace.ingest.Room;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Decodes Zstandard (RFC 8878) with one or more frames and a window of at most 8 MiB, as RFC 9659 requires for HTTP.
 */
final class ZstdDecoder implements BodyDecoder {

    private static final int MAX_WINDOW_LOG = 23;

    /**
     * Memory that the library allocates for a stream, besides the window and the blocks, which are no larger than the
     * window.
     */
    private static final int STREAM_BYTES = 160 * 1024;

    private static final int MAX_BLOCK_BYTES = 128 * 1024;
    private static final int BLOCKS = 3;

    private final Room room;
    private final ZstdFrames frames = new ZstdFrames();
    private long held;
    private boolean hadNoRoom;
    private @Nullable Stream stream; // null before there are bytes to decode
    private boolean drained = true; // the library takes another read without input for an error

    /** Ends where a frame ends with its piece; the next piece needs a new stream then. */
    private static final class Stream extends ZstdBufferDecompressingStreamNoFinalizer {
        Stream() {
            super(ByteBuffer.allocate(0));
            try {
                setLongMax(MAX_WINDOW_LOG);
            } catch (IOException refused) {
                throw new IllegalStateException(refused); // only a limit that does not exist is refused
            }
        }

        void input(byte[] bytes) {
            source = ByteBuffer.wrap(bytes);
        }

        boolean isUsedUp() {
            return !source.hasRemaining();
        }
    }

    /** @param room for the memory that the library allocates outside the heap */
    ZstdDecoder(Room room) {
        this.room = room;
    }

    @Override
    public void input(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        if (!hold(nativeBytes(frames.largestWindow(bytes)))) {
            hadNoRoom = true; // the next read reports it, and decodes nothing
            return;
        }
        if (stream == null || isComplete()) {
            closeStream();
            stream = new Stream();
        }
        stream.input(bytes);
        drained = false;
    }

    private static long nativeBytes(long window) {
        // A larger window is refused before memory for it is allocated.
        long allowed = window > 1L << MAX_WINDOW_LOG ? 0 : window;
        return STREAM_BYTES + allowed + BLOCKS * Math.min(MAX_BLOCK_BYTES, allowed);
    }

    /** A stream keeps the memory that it has allocated until it is closed. */
    private boolean hold(long needed) {
        if (needed > held) {
            if (!room.hold(needed - held)) {
                return false;
            }
            held = needed;
        }
        return true;
    }

    @Override
    public int read(byte[] out) throws IOException {
        if (hadNoRoom) {
            throw new NoRoomException();
        }
        while (!drained && stream != null) {
            int count;
            try {
                count = stream.read(ByteBuffer.wrap(out));
            } catch (IOException invalid) {
                throw new IOException("not valid zstd", invalid);
            }
            drained = count < out.length && stream.isUsedUp();
            if (count > 0) {
                return count;
            }
        }
        return 0;
    }

    @Override
    public boolean isComplete() {
        return stream == null || !stream.hasRemaining();
    }

    private void closeStream() {
        if (stream != null) {
            stream.close();
            stream = null;
        }
    }

    @Override
    public void close() {
        closeStream();
        room.release(held);
        held = 0;
    }
}
