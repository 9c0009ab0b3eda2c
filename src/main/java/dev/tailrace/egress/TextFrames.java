package dev.tailrace.egress;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tailrace.broker.EncodeBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;

/**
 * WebSocket frames as a server sends them (RFC 6455, section 5.2): whole messages, not masked, so that all readers
 * share what is framed once.
 */
public final class TextFrames {

    private static final int TEXT = 0x81;
    private static final int PING = 0x89;
    private static final int LENGTH_OF_TWO_BYTES = 126;
    private static final int LENGTH_OF_EIGHT_BYTES = 127;

    private TextFrames() {}

    /** Appends the head of a frame with the given number of bytes of text. */
    static void beginText(EncodeBuffer out, int length) {
        out.appendByte(TEXT);
        if (length < LENGTH_OF_TWO_BYTES) {
            out.appendByte(length);
        } else if (length <= 0xFFFF) {
            out.appendByte(LENGTH_OF_TWO_BYTES).appendByte(length >> 8).appendByte(length);
        } else {
            out.appendByte(LENGTH_OF_EIGHT_BYTES);
            for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
                out.appendByte((int) ((long) length >> shift));
            }
        }
    }

    public static Buffer text(String text) {
        return text(text.getBytes(UTF_8));
    }

    public static Buffer text(byte[] text) {
        EncodeBuffer head = new EncodeBuffer();
        beginText(head, text.length);
        return Buffer.buffer(head.length() + text.length)
                .appendBytes(head.bytes(), 0, head.length())
                .appendBytes(text);
    }

    public static Buffer ping() {
        return Buffer.buffer().appendByte((byte) PING).appendByte((byte) 0);
    }

    /** Whole frames in one buffer outside the heap, written in the same way as an {@link HttpChunk}. */
    public static ByteBuf packed(byte[] frames, int length) {
        return ByteBufAllocator.DEFAULT.directBuffer(length, length).writeBytes(frames, 0, length);
    }
}
