package dev.tailrace.egress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;

/**
 * A chunk of a body (RFC 9112, section 7.1) in one buffer outside the heap, so that only the kernel copies it to the
 * socket, however many readers share it. Between the buffer's indices is the content; from 0 to its capacity, the
 * content with its size before and the line end after it.
 */
public final class HttpChunk {

    private static final int LONGEST_SIZE = 8; // hexadecimal digits of an int

    private static final byte[] HEX = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private HttpChunk() {}

    static ByteBuf of(Buffer content) {
        return of(content.getBytes(), content.length());
    }

    /** @param length at least 1, because an empty chunk ends the body */
    public static ByteBuf of(byte[] content, int length) {
        int digits = LONGEST_SIZE - Integer.numberOfLeadingZeros(length) / 4;
        int size = digits + 2 + length + 2;
        ByteBuf chunk = ByteBufAllocator.DEFAULT.directBuffer(size, size);
        for (int i = digits - 1; i >= 0; i--) {
            chunk.writeByte(HEX[(length >>> (4 * i)) & 0xf]);
        }
        lineEnd(chunk);
        int from = chunk.writerIndex();
        chunk.writeBytes(content, 0, length);
        lineEnd(chunk);
        return chunk.setIndex(from, from + length);
    }

    private static void lineEnd(ByteBuf chunk) {
        chunk.writeByte('\r').writeByte('\n');
    }

    /** The whole chunk, as a share of the same memory. */
    static ByteBuf framed(ByteBuf chunk) {
        return chunk.retainedDuplicate().setIndex(0, chunk.capacity());
    }
}
