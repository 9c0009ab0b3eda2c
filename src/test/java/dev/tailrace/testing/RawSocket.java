package dev.tailrace.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A client that may say anything at all, and waits ten seconds for an answer at most. */
public final class RawSocket implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 10_000;

    /** Begins with 0x80 (the last fragment) and the kind of frame. */
    public static final int TEXT = 0x81;

    public static final int BINARY = 0x82;
    public static final int CLOSE = 0x88;
    public static final int PING = 0x89;
    public static final int PONG = 0x8A;

    private final Socket socket;
    private @Nullable InputStream in;

    public RawSocket(int port) {
        this(port, 0);
    }

    /** @param receiveBuffer bytes that the kernel takes while nothing is read, or 0 for what it likes */
    public RawSocket(int port, int receiveBuffer) {
        try {
            socket = new Socket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens a WebSocket on a path, with further headers. */
    public static RawSocket webSocket(int port, String path, String... headers) {
        return new RawSocket(port).upgrade(path, headers);
    }

    /** Asks for a WebSocket on a path, with further headers, and gets it. */
    public RawSocket upgrade(String path, String... headers) {
        write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + String.join(
                        "",
                        Arrays.stream(headers).map(header -> header + "\r\n").toList()) + "\r\n");
        String head = readHead();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError(head);
        }
        return this;
    }

    public RawSocket write(String text) {
        return write(ascii(text));
    }

    public RawSocket write(byte[] bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Status line and headers of a response, in lower case from the first header on. */
    public String readHead() {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = read();
            if (b < 0) {
                throw new AssertionError("closed after: " + head.toString(StandardCharsets.ISO_8859_1));
            }
            head.write(b);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int headers = text.indexOf('\n');
        return text.substring(0, headers) + text.substring(headers).toLowerCase(Locale.ROOT);
    }

    /** Reads up to this text, and returns it with the text. */
    public String readUntil(String end) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (!bytes.toString(StandardCharsets.UTF_8).endsWith(end)) {
            int b = read();
            if (b < 0) {
                throw new AssertionError("closed after: " + bytes.toString(StandardCharsets.UTF_8));
            }
            bytes.write(b);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** A response and what its Content-Length says. */
    public String readResponse() {
        String head = readHead();
        int at = head.indexOf("content-length: ");
        if (at < 0) {
            return head;
        }
        int length = Integer.parseInt(head.substring(at + 16, head.indexOf('\r', at)));
        return head + new String(readBytes(length), StandardCharsets.UTF_8);
    }

    /** The next frame of a WebSocket: its first byte, then its payload. */
    public Frame readFrame() {
        int first = read();
        if (first < 0) {
            throw new AssertionError("closed without a frame");
        }
        int length = read();
        if (length == 126) {
            length = read() << 8 | read();
        } else if (length == 127) {
            length = Math.toIntExact(ByteBuffer.wrap(readBytes(Long.BYTES)).getLong());
        }
        return new Frame(first, readBytes(length));
    }

    /** The next frame that is neither ping nor pong. */
    public Frame readDataOrClose() {
        Frame frame = readFrame();
        while ((frame.kind() & 0x0F) == 9 || (frame.kind() & 0x0F) == 10) {
            frame = readFrame();
        }
        return frame;
    }

    /** A frame as the broker sent it. */
    public record Frame(int kind, byte[] payload) {
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The code of a close frame, 1005 when it has none. */
        public int closeCode() {
            if (kind != CLOSE) {
                throw new AssertionError("no close frame: " + Integer.toHexString(kind) + " " + text());
            }
            return payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
        }
    }

    /** Whether the other side has closed, and said nothing more. */
    public boolean isClosedByPeer() {
        return read() < 0;
    }

    /** Says that nothing more will be sent; answers still arrive. */
    public void endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            // the other side has closed already
        }
    }

    /** All that is left to read. */
    public String readToEnd() {
        StringBuilder text = new StringBuilder();
        for (int b = read(); b >= 0; b = read()) {
            text.append((char) b);
        }
        return text.toString();
    }

    /** Reads one byte; -1 at the end, however it came. */
    public int read() {
        try {
            if (in == null) {
                in = new BufferedInputStream(socket.getInputStream());
            }
            return in.read();
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("no answer", e);
        } catch (IOException reset) {
            return -1;
        }
    }

    private byte[] readBytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int b = read();
            if (b < 0) {
                throw new AssertionError("closed after " + i + " of " + length + " bytes");
            }
            bytes[i] = (byte) b;
        }
        return bytes;
    }

    /** A masked frame, as clients have to send it. */
    public static byte[] frame(int kind, byte[] payload) {
        byte[] mask = {0x12, 0x34, 0x56, 0x78};
        byte[] masked = new byte[payload.length];
        for (int i = 0; i < payload.length; i++) {
            masked[i] = (byte) (payload[i] ^ mask[i % 4]);
        }
        return join(head(kind, 0x80, payload.length), mask, masked);
    }

    public static byte[] frame(int kind, String payload) {
        return frame(kind, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** Kind and length of a frame. */
    public static byte[] head(int kind, int maskBit, long length) {
        if (length < 126) {
            return new byte[] {(byte) kind, (byte) (maskBit | length)};
        }
        if (length < 65_536) {
            return new byte[] {(byte) kind, (byte) (maskBit | 126), (byte) (length >> 8), (byte) length};
        }
        byte[] head = new byte[10];
        head[0] = (byte) kind;
        head[1] = (byte) (maskBit | 127);
        for (int i = 0; i < 8; i++) {
            head[2 + i] = (byte) (length >> (56 - 8 * i));
        }
        return head;
    }

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Resets the connection. */
    public void abort() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // it was closed already
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // nobody waits for it any more
        }
    }
}
