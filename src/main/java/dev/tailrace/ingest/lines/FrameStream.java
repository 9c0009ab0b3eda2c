package dev.tailrace.ingest.lines;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Cuts each frame of a WebSocket where the bytes read so far end, so that its first part is decoded before the rest
 * arrives; the rest follows as fragments of the same message. Without this, Netty would hold a frame until it is whole,
 * in direct memory that nobody counts. It uses Netty directly, because Vert.x has no place for it. Used on the
 * connection's event loop only.
 *
 * <p>Only the headers of frames are changed. Invalid frames are passed on unchanged, and Netty's decoder refuses them.
 */
public final class FrameStream extends ChannelInboundHandlerAdapter {

    private static final int FINAL = 0x80;
    private static final int OPCODE = 0x0F;
    private static final int CONTROL = 0x08; // in the opcode
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7F;
    private static final int LENGTH_OF_16_BITS = 126;
    private static final int LENGTH_OF_64_BITS = 127;
    private static final int MAX_CONTROL_BYTES = 125;
    private static final int MASK_BYTES = 4;
    private static final int MAX_HEAD_BYTES = 14;

    private static final byte[] NOTHING = {};

    private final int limit;

    /** A header of which only a part has arrived, and the payload of a control frame, which cannot be cut. */
    private byte[] kept = NOTHING;

    private int keptLength;
    private int first; // first byte of the data frame that is being cut
    private int mask;
    private long left; // of its payload
    private boolean unchanged; // the rest of the connection is passed on as it came
    private long unread;

    /** @param limit a longer frame is left to the decoder, which refuses it */
    FrameStream(int limit) {
        this.limit = limit;
    }

    /** Call with a request that asks for a WebSocket; the handler is installed when the request is granted. */
    public static void prepare(HttpServerRequest request, int limit) {
        ChannelPipeline pipeline =
                ((ConnectionBase) request.connection()).channel().pipeline();
        if (pipeline.get(Grant.class) == null) {
            pipeline.addLast(new Grant(limit));
        }
    }

    /** The handler of a WebSocket's connection. */
    static FrameStream of(HttpConnection connection) {
        Channel channel = ((ConnectionBase) connection).channel();
        return channel.pipeline().get(FrameStream.class);
    }

    /** Sees the response that makes a connection a WebSocket, which Netty writes from the end of the pipeline. */
    private static final class Grant extends ChannelOutboundHandlerAdapter {
        private final int limit;

        Grant(int limit) {
            this.limit = limit;
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the promise reports a failure to its owner
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (message instanceof HttpResponse answer
                    && answer.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                ChannelPipeline pipeline = context.pipeline();
                var config = WebSocketDecoderConfig.newBuilder()
                        .allowExtensions(false)
                        .maxFramePayloadLength(limit)
                        .closeOnProtocolViolation(false)
                        .withUTF8Validator(false)
                        .build();
                // It replaces the decoder, because frames that the client sent too early are still on their way there.
                pipeline.replace(WebSocket13FrameDecoder.class, "frame-stream", new FrameStream(limit));
                pipeline.addAfter("frame-stream", "frame-decoder", new WebSocket13FrameDecoder(config));
                pipeline.remove(this);
            }
            context.write(message, promise);
        }
    }

    /** Bytes of data frames that were passed on and not {@link #taken} yet. */
    long unread() {
        return unread;
    }

    /** Counts bytes of data frames that have arrived where they are read. */
    void taken(int bytes) {
        unread -= bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf in)) {
            context.fireChannelRead(message);
            return;
        }
        try {
            while (in.isReadable()) {
                if (unchanged) {
                    context.fireChannelRead(in.readRetainedSlice(in.readableBytes()));
                } else if (left > 0) {
                    passPiece(context, in);
                } else if (keptLength > 0) {
                    keep(context, in);
                } else {
                    passWhole(context, in);
                }
            }
        } finally {
            in.release();
        }
    }

    /** Passes on the frames that are whole, as nearly all frames are. */
    private void passWhole(ChannelHandlerContext context, ByteBuf in) {
        int begin = in.readerIndex();
        int end = begin;
        for (int next = end(in, end); next > 0; next = end(in, end)) {
            end = next;
        }
        if (end > begin) {
            context.fireChannelRead(in.readRetainedSlice(end - begin));
        }
        if (in.isReadable()) {
            keep(context, in);
        }
    }

    /**
     * Where the frame that begins at an index ends; 0 when its end has not arrived, or when its header must be checked
     * first.
     */
    private int end(ByteBuf in, int at) {
        int there = in.writerIndex() - at;
        if (there < 2 + MASK_BYTES) {
            return 0;
        }
        int size = in.getByte(at + 1) & 0xFF;
        int length = size & LENGTH;
        int head = 2 + MASK_BYTES;
        if ((size & MASKED) == 0 || length == LENGTH_OF_64_BITS) {
            return 0; // keep() checks the header
        }
        if (length == LENGTH_OF_16_BITS) {
            head += 2;
            length = there < head ? Integer.MAX_VALUE : in.getUnsignedShort(at + 2);
        }
        if (length > there - head || length > limit) {
            return 0;
        }
        if ((in.getByte(at) & CONTROL) == 0) {
            unread += length;
        }
        return at + head + length;
    }

    /** Collects a header, and the payload of a control frame. */
    private void keep(ChannelHandlerContext context, ByteBuf in) {
        if (keptLength == 0) {
            kept = new byte[MAX_HEAD_BYTES + MAX_CONTROL_BYTES];
        }
        while (in.isReadable()) {
            kept[keptLength++] = in.readByte();
            int wanted = wanted();
            if (keptLength < wanted) {
                continue;
            }
            if (wanted > 0 && isControl()) {
                passKept(context);
            } else if (wanted > 0) {
                begin();
                if (left == 0) {
                    passEmpty(context);
                }
            } else {
                unchanged = true;
                passKept(context);
            }
            return;
        }
    }

    private boolean isControl() {
        return (kept[0] & CONTROL) != 0;
    }

    /** How many bytes are to be kept, as far as that is known; 0 when the frame may not be cut. */
    private int wanted() {
        if (keptLength < 2) {
            return 2;
        }
        int length = kept[1] & LENGTH;
        if ((kept[1] & MASKED) == 0 || (isControl() && ((kept[0] & FINAL) == 0 || length > MAX_CONTROL_BYTES))) {
            return 0;
        }
        int head = headBytes(length);
        if (isControl()) {
            return head + length;
        }
        if (keptLength >= head - MASK_BYTES) {
            long payload = payload();
            return payload < 0 || payload > limit ? 0 : head;
        }
        return head;
    }

    private static int headBytes(int length) {
        int more = length == LENGTH_OF_16_BITS ? Short.BYTES : length == LENGTH_OF_64_BITS ? Long.BYTES : 0;
        return 2 + more + MASK_BYTES;
    }

    private long payload() {
        int length = kept[1] & LENGTH;
        if (length < LENGTH_OF_16_BITS) {
            return length;
        }
        long payload = 0;
        for (int i = 2; i < headBytes(length) - MASK_BYTES; i++) {
            payload = payload << 8 | (kept[i] & 0xFF);
        }
        return payload;
    }

    private void begin() {
        first = kept[0] & 0xFF;
        left = payload();
        mask = 0;
        for (int i = keptLength - MASK_BYTES; i < keptLength; i++) {
            mask = mask << 8 | (kept[i] & 0xFF);
        }
        forget();
    }

    private void passKept(ChannelHandlerContext context) {
        ByteBuf whole = context.alloc().buffer(keptLength).writeBytes(kept, 0, keptLength);
        forget();
        context.fireChannelRead(whole);
    }

    private void forget() {
        kept = NOTHING;
        keptLength = 0;
    }

    private void passEmpty(ChannelHandlerContext context) {
        context.fireChannelRead(head(context, first, 0));
    }

    /** Passes on the bytes that have arrived of the frame that is being cut, as a frame of their own. */
    private void passPiece(ChannelHandlerContext context, ByteBuf in) {
        int length = (int) Math.min(left, in.readableBytes());
        left -= length;
        unread += length;
        context.fireChannelRead(head(context, left == 0 ? first : first & ~FINAL, length));
        context.fireChannelRead(in.readRetainedSlice(length));
        first &= ~OPCODE; // the next pieces are continuations
        mask = Integer.rotateLeft(mask, length % MASK_BYTES * Byte.SIZE);
    }

    private ByteBuf head(ChannelHandlerContext context, int firstByte, int length) {
        ByteBuf head = context.alloc().buffer(MAX_HEAD_BYTES).writeByte(firstByte);
        if (length < LENGTH_OF_16_BITS) {
            head.writeByte(MASKED | length);
        } else if (length < 1 << Short.SIZE) {
            head.writeByte(MASKED | LENGTH_OF_16_BITS).writeShort(length);
        } else {
            head.writeByte(MASKED | LENGTH_OF_64_BITS).writeLong(length);
        }
        return head.writeInt(mask);
    }
}
