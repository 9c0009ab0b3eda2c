package dev.tailrace.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Passes on what was read from a connection in a buffer that is not much larger. Vert.x reads into buffers of {@code --socket-receive-buffer}, and
 * whoever waits for the rest of a TLS record, of a request's head or of a frame keeps the buffer with its begin: a client that sends one byte would
 * hold 64 KiB outside the heap, and a few thousand such clients all of that memory. Stands in front of everything on a connection.
 */
@ChannelHandler.Sharable
final class ReadBuffers extends ChannelInboundHandlerAdapter {

    /** A smaller buffer is passed on as it is, in bytes. */
    private static final int SMALL = 2048;

    /** A buffer that is more times as large as its content is exchanged. */
    private static final int MOST_WASTE = 4;

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        if (read instanceof ByteBuf bytes
                && bytes.capacity() > SMALL
                && bytes.readableBytes() < bytes.capacity() / MOST_WASTE) {
            ByteBuf exact = context.alloc().buffer(bytes.readableBytes()).writeBytes(bytes);
            bytes.release();
            context.fireChannelRead(exact);
        } else {
            context.fireChannelRead(read);
        }
    }
}
