package dev.tailrace.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client of HTTP/2 without TLS that sends any frame at all (RFC 9113). */
public final class RawHttp2 implements AutoCloseable {

    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;

    private static final int ACK = 1;
    private static final int PATIENCE_MILLIS = 20_000;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final DefaultHttp2HeadersEncoder headers = new DefaultHttp2HeadersEncoder((name, value) -> true);

    /** A frame that was received. */
    public record Frame(int type, int flags, int stream, byte[] payload) {
        /** The number at this place of the payload. */
        public int number(int at) {
            return ByteBuffer.wrap(payload).getInt(at);
        }
    }

    /**
     * Connects.
     *
     * @param receiveBuffer of the socket
     * @param window of each stream and of the connection
     */
    public RawHttp2(int port, int receiveBuffer, int window) {
        this(port, receiveBuffer, window, PREFACE.length());
    }

    /**
     * Connects, with what the kernel likes to take and a small window.
     *
     * @param piece of the preface that is sent at once, in bytes
     */
    public RawHttp2(int port, int piece) {
        this(port, 64 * 1024, 64 * 1024, piece);
    }

    private RawHttp2(int port, int receiveBuffer, int window, int piece) {
        try {
            socket.setReceiveBufferSize(receiveBuffer);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setTcpNoDelay(true);
            in = new DataInputStream(socket.getInputStream());
            byte[] preface = PREFACE.getBytes(StandardCharsets.US_ASCII);
            for (int at = 0; at < preface.length; at += piece) {
                socket.getOutputStream().write(preface, at, Math.min(piece, preface.length - at));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        send(
                SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6).putShort((short) 4).putInt(window).array());
        send(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(window).array());
    }

    public static byte[] frame(int type, int flags, int stream, byte... payload) {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        return frame.array();
    }

    public void send(int type, int flags, int stream, byte... payload) {
        write(frame(type, flags, stream, payload));
    }

    /** Any bytes, such as many frames. */
    public void write(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips frames that have come and were not read. */
    public void skip() {
        try {
            while (in.available() > 0) {
                in.skipNBytes(in.available());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The block that asks for a path, with further headers: name, value, name, value. */
    public byte[] head(String method, String path, String... more) {
        Http2Headers all = new DefaultHttp2Headers()
                .method(method)
                .path(path)
                .scheme("http")
                .authority("localhost");
        for (int i = 0; i < more.length; i += 2) {
            all.add(more[i], more[i + 1]);
        }
        ByteBuf block = Unpooled.buffer();
        try {
            headers.encodeHeaders(1, all, block);
            return ByteBufUtil.getBytes(block);
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        } finally {
            block.release();
        }
    }

    /** The same without compression, so that the bytes are the same at any place of a connection. */
    public static byte[] plainHead(String method, String path) {
        var block = new ByteArrayOutputStream();
        block.writeBytes(plainHeader(":method", method));
        block.writeBytes(plainHeader(":path", path));
        block.writeBytes(plainHeader(":scheme", "http"));
        block.writeBytes(plainHeader(":authority", "localhost"));
        return block.toByteArray();
    }

    /** One header of such a block, with fewer than 128 bytes each. */
    public static byte[] plainHeader(String name, String value) {
        return ByteBuffer.allocate(3 + name.length() + value.length())
                .put((byte) 0)
                .put((byte) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .put((byte) value.length())
                .put(value.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    /** Asks for a path, with further headers: name, value, name, value. */
    public void get(int stream, String path, String... more) {
        send(HEADERS, END_STREAM | END_HEADERS, stream, head("GET", path, more));
    }

    public void reset(int stream) {
        send(RST_STREAM, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 8);
    }

    /** The next frame of this type; settings are acknowledged on the way. Null when the connection ends before one. */
    public Frame next(int type) {
        try {
            for (Frame frame = read(); true; frame = read()) {
                if (frame.type == SETTINGS && frame.flags != ACK) {
                    send(SETTINGS, ACK, 0);
                }
                if (frame.type == type) {
                    return frame;
                }
            }
        } catch (EOFException | SocketException ended) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Frame read() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[length];
        in.readFully(payload);
        return new Frame(type, flags, stream, payload);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException gone) {
            // it was the other side
        }
    }
}
