package dev.tailrace.ingest;

import com.github.luben.zstd.ZstdBufferDecompressingStreamNoFinalizer;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads Zstandard (RFC 8878), one or more frames, with a window of at most 8 MiB as the RFC for HTTP (9659) asks. */
final class ZstdDecoder implements BodyDecoder {

    private static final int MAX_WINDOW_LOG = 23;

    private Stream stream = new Stream();
    private boolean begun;
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

    @Override
    public void input(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        if (begun && isComplete()) {
            stream.close();
            stream = new Stream();
        }
        stream.input(bytes);
        begun = true;
        drained = false;
    }

    @Override
    public int read(byte[] out) throws IOException {
        while (!drained) {
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
        return !begun || !stream.hasRemaining();
    }

    @Override
    public void close() {
        stream.close();
    }
}
