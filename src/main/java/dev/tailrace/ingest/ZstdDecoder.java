package dev.tailrace.ingest;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads Zstandard (RFC 8878), one or more frames, with a window of at most 8 MiB as the RFC for HTTP (9659) asks. */
final class ZstdDecoder implements BodyDecoder {

    private static final int OUT_BYTES = 64 * 1024;

    private final ZstdDecompressCtx context = new ZstdDecompressCtx();
    private final ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES);
    private ByteBuffer input = ByteBuffer.allocateDirect(0);
    private boolean frameEnded = true;

    @Override
    public void input(byte[] bytes) {
        input = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @Override
    public int read(byte[] target) throws IOException {
        out.clear().limit(Math.min(OUT_BYTES, target.length));
        try {
            do {
                boolean had = input.hasRemaining();
                frameEnded = context.decompressDirectByteBufferStream(out, input) || (frameEnded && !had);
            } while (out.position() == 0 && input.hasRemaining());
        } catch (ZstdException invalid) {
            throw new IOException("not valid zstd", invalid);
        }
        int count = out.position();
        out.flip().get(target, 0, count);
        return count;
    }

    @Override
    public boolean isComplete() {
        return frameEnded;
    }

    @Override
    public void close() {
        context.close();
    }
}
