package dev.tailrace.egress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;

/**
 * A part of a chunked body (RFC 9112, section 7.1) in one buffer outside the heap, so that it is copied to the socket by the kernel
 * only, however many readers share it. Between the buffer's indices lies the content; from 0 to its capacity, the content
 * with its size before it and the line end behind it.
 */
public final class HttpChunk {

    private static final int LONGEST_SIZE = 8; // hexadecimal digits of an int

    private static final byte[] HEX = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private HttpChunk() {}

    static ByteBuf of(Buffer content) {
        return of(content.getBytes(), content.length());
    }

    /** @param length more than nothing, because a chunk of no bytes ends the body */
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

    /** The whole chunk, with a share of its own in the memory. */
    static ByteBuf framed(ByteBuf chunk) {
        return chunk.retainedDuplicate().setIndex(0, chunk.capacity());
    }
}
