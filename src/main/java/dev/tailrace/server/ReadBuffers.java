package dev.tailrace.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Copies input into a buffer of its size if the read buffer is much larger. Vert.x reads into buffers of {@code --socket-receive-buffer},
 * and a decoder that waits for the rest of a TLS record, of a request's head or of a frame keeps the buffer with its beginning: a client
 * that sends one byte would hold 64 KiB outside the heap, and a few thousand such clients all of that memory. First in the pipeline.
 */
@ChannelHandler.Sharable
final class ReadBuffers extends ChannelInboundHandlerAdapter {

    /** Smaller buffers are passed on unchanged, in bytes. */
    private static final int SMALL = 2048;

    /** Buffers that are more times larger than their content are replaced. */
    private static final int MAX_WASTE = 4;

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        if (read instanceof ByteBuf bytes
                && bytes.capacity() > SMALL
                && bytes.readableBytes() < bytes.capacity() / MAX_WASTE) {
            ByteBuf exact;
            try {
                exact = context.alloc()
                        .buffer(bytes.readableBytes()); // fails when the memory outside the heap is used up
                exact.writeBytes(bytes);
            } finally {
                bytes.release();
            }
            context.fireChannelRead(exact);
        } else {
            context.fireChannelRead(read);
        }
    }
}
