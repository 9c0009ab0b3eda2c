package dev.tailrace.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Installs the {@link HeadDecoder} on a connection without TLS, whose first bytes show whether it speaks HTTP/1.1 or HTTP/2. Vert.x
 * chooses the decoder at the first byte that differs from the preface of HTTP/2, and shows the connection only after the first head,
 * which is too late. Therefore the bytes up to this one, which are less than a line, are passed on alone, and the chosen decoder is
 * replaced before it gets more.
 */
public final class CleartextHead extends ChannelInboundHandlerAdapter {

    /** The first bytes of a client of HTTP/2 (RFC 9113, section 3.4). */
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
            context.pipeline().remove(this); // HTTP/2 has its own decoder
        }
        context.fireChannelRead(bytes);
    }
}
