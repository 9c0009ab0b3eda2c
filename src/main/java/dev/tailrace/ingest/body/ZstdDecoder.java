package dev.tailrace.ingest.body;

import com.github.luben.zstd.ZstdBufferDecompressingStreamNoFinalizer;
import dev.tailrace.ingest.Room;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads Zstandard (RFC 8878), one or more frames, with a window of at most 8 MiB as the RFC for HTTP (9659) asks. */
final class ZstdDecoder implements BodyDecoder {

    private static final int MAX_WINDOW_LOG = 23;

    /** What the library allocates for a stream besides the window, and for its blocks, which are no larger than the window. */
    private static final int STREAM_BYTES = 160 * 1024;

    private static final int MAX_BLOCK_BYTES = 128 * 1024;
    private static final int BLOCKS = 3;

    private final Room room;
    private final ZstdFrames frames = new ZstdFrames();
    private long held;
    private boolean hadNoRoom;
    private @Nullable Stream stream; // none before there is something to decode
    private boolean drained = true; // asked again for nothing, the library would take it for a fault

    /** Ends for good where a frame ends with its piece, so the next piece then needs another one. */
    private static final class Stream extends ZstdBufferDecompressingStreamNoFinalizer {
        Stream() {
            super(ByteBuffer.allocate(0));
            try {
                setLongMax(MAX_WINDOW_LOG);
            } catch (IOException refused) {
                throw new IllegalStateException(refused); // only of a limit that there is not
            }
        }

        void input(byte[] bytes) {
            source = ByteBuffer.wrap(bytes);
        }

        boolean isUsedUp() {
            return !source.hasRemaining();
        }
    }

    /** @param room for what the library allocates outside the heap */
    ZstdDecoder(Room room) {
        this.room = room;
    }

    @Override
    public void input(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        if (!hold(nativeBytes(frames.largestWindow(bytes)))) {
            hadNoRoom = true; // told by the next read, which decodes nothing
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
        // A larger window is refused without one.
        long allowed = window > 1L << MAX_WINDOW_LOG ? 0 : window;
        return STREAM_BYTES + allowed + BLOCKS * Math.min(MAX_BLOCK_BYTES, allowed);
    }

    /** What a stream has allocated it keeps until it is closed. */
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
