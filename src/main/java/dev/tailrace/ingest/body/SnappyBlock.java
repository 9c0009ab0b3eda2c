package dev.tailrace.ingest.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.compression.Snappy;
import java.io.IOException;

/** Expands one Snappy block, which is not framed and names its size; a little at a time. */
public final class SnappyBlock {

    /** Compressed bytes expanded in one step, to some twenty times as many. */
    private static final int STEP_BYTES = 16 * 1024;

    /** A copy of three bytes makes at most 64; who claims more wants the memory only. */
    private static final int MAX_RATIO = 24;

    private static final int MAX_PREAMBLE_BYTES = 5;

    private final Snappy snappy = new Snappy();
    private final ByteBuf in;
    private final ByteBuf out;
    private final int size;
    private int end;

    /** @param size what it {@link #size claims} to expand to */
    public SnappyBlock(Document block, int size) {
        this.size = size;
        in = Unpooled.wrappedBuffer(block.segments().size(), block.segments().toArray(new byte[0][]))
                .slice(0, block.length());
        out = Unpooled.buffer(size, size); // what the block expands to beyond what it claims does not fit
    }

    /**
     * How many bytes a block claims to expand to, which are worth room before there are any.
     *
     * @param limit more bytes are not expanded
     * @throws TooLargeException when there are more
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

    /** Expands some more; false when all is done. */
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
        } catch (DecompressionException | IndexOutOfBoundsException spoilt) {
            throw new IOException("not a valid Snappy block", spoilt);
        }
        return true;
    }

    /** The bytes, once all is done. */
    public byte[] bytes() {
        return out.array();
    }
}
