package dev.tailrace.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Installs the {@link HeadDecoder} on a connection whose first bytes say whether it speaks HTTP/1.1 or HTTP/2 without TLS. Vert.x chooses the decoder at the
 * first byte that HTTP/2 does not begin with, and shows the connection after the first head, which is too late. So this byte and those before it are
 * passed on alone, which is less than a line, and the decoder that was chosen is replaced before it gets any more.
 */
public final class CleartextHead extends ChannelInboundHandlerAdapter {

    /** With which a client of HTTP/2 begins (RFC 9113, section 3.4). */
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

    private final int headerBytes;
    private int matched; // bytes of the preface

    public CleartextHead(int headerBytes) {
        this.headerBytes = headerBytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        int from = bytes.readerIndex();
        int at = from;
        while (at < bytes.writerIndex() && matched < PREFACE.length && bytes.getByte(at) == PREFACE[matched]) {
            at++;
            matched++;
        }
        if (matched < PREFACE.length && at < bytes.writerIndex()) {
            context.fireChannelRead(bytes.readRetainedSlice(at + 1 - from));
            HeadDecoder.install(context.pipeline(), headerBytes);
            context.pipeline().remove(this);
        } else if (matched == PREFACE.length) {
            context.pipeline().remove(this); // it is HTTP/2, which has a decoder of its own
        }
        context.fireChannelRead(bytes);
    }
}
