package dev.tailrace.ingest.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.compression.Snappy;
import java.io.IOException;

/** Decompresses one Snappy block, which has no frames and begins with its size, step by step. */
public final class SnappyBlock {

    /** Compressed bytes that one step decompresses, to some twenty times as many. */
    private static final int STEP_BYTES = 16 * 1024;

    /** A copy of three bytes expands to at most 64, so a block that claims a higher ratio is a memory bomb. */
    private static final int MAX_RATIO = 24;

    private static final int MAX_PREAMBLE_BYTES = 5;

    private final Snappy snappy = new Snappy();
    private final ByteBuf in;
    private final ByteBuf out;
    private final int size;
    private int end;

    /** @param size bytes that the block {@link #size claims} to expand to */
    public SnappyBlock(Document block, int size) {
        this.size = size;
        in = Unpooled.wrappedBuffer(block.segments().size(), block.segments().toArray(new byte[0][]))
                .slice(0, block.length());
        out = Unpooled.buffer(size, size); // a block that expands to more than it claims does not fit
    }

    /**
     * The number of bytes that a block claims to expand to, so that room for them can be held first.
     *
     * @param limit most bytes that are allowed
     * @throws TooLargeException when the block claims more
     */
    public static int size(Document block, long limit) throws IOException {
        long claimed = size(block);
        if (claimed > limit) {
            throw new TooLargeException();
        }
        if (claimed > (long) block.length() * MAX_RATIO) {
            throw invalid();
        }
        return (int) claimed;
    }

    /** The block is over the limit. */
    public static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLargeException() {
            super("too large");
        }
    }

    private static IOException invalid() {
        return new IOException("not a valid Snappy block");
    }

    private static long size(Document block) throws IOException {
        long size = 0;
        for (int i = 0; i < Math.min(block.length(), MAX_PREAMBLE_BYTES); i++) {
            size |= (block.at(i) & 0x7FL) << (7 * i);
            if (block.at(i) >= 0) {
                return size;
            }
        }
        throw invalid();
    }

    /** Decompresses the next part; returns false when all is done. */
    public boolean step() throws IOException {
        if (end == in.capacity()) {
            if (in.isReadable() && size > 0 || out.readableBytes() != size) {
                throw invalid();
            }
            return false;
        }
        end = Math.min(in.capacity(), end + STEP_BYTES);
        try {
            snappy.decode(in.writerIndex(end), out);
        } catch (DecompressionException | IndexOutOfBoundsException invalid) {
            throw new IOException("not a valid Snappy block", invalid);
        }
        return true;
    }

    /** The decompressed bytes, when all is done. */
    public byte[] bytes() {
        return out.array();
    }
}
