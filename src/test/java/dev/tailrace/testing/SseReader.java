package dev.tailrace.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream byte by byte from a socket of its own, when the test asks for the next event. Chunks, fields and blank lines have to
 * be exactly as a broker writes them.
 */
public final class SseReader implements EventReader, AutoCloseable {

    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final Map<String, String> headers = new TreeMap<>();
    private int status;
    private int leftInChunk;
    private long leftToRead = Long.MAX_VALUE;
    private boolean ended;

    public static SseReader open(int port, String path, String... headers) {
        return new SseReader(port, 64 * 1024, path, headers);
    }

    /** @param receiveBuffer a small one makes a reader slow to be sent to */
    public SseReader(int port, int receiveBuffer, String path, String... headers) {
        this(null, port, receiveBuffer, path, headers);
    }

    /** @param tls to speak TLS, or null */
    public SseReader(@Nullable SSLContext tls, int port, int receiveBuffer, String path, String... headers) {
        try {
            socket.setReceiveBufferSize(receiveBuffer);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            var request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
            for (int i = 0; i < headers.length; i += 2) {
                request.append(headers[i] + ": " + headers[i + 1] + "\r\n");
            }
            Socket plain = tls == null ? socket : tls.getSocketFactory().createSocket(socket, "127.0.0.1", port, false);
            plain.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
            in = new BufferedInputStream(plain.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** After so many more bytes of the body the connection is cut, wherever they end. */
    public SseReader cutAfter(long bytes) {
        leftToRead = bytes;
        return this;
    }

    public int status() {
        readHead();
        return status;
    }

    public @Nullable String header(String name) {
        readHead();
        return headers.get(name.toLowerCase(Locale.ROOT));
    }

    private void readHead() {
        if (status != 0) {
            return;
        }
        try {
            status = Integer.parseInt(headLine().split(" ")[1]);
            for (String line = headLine(); !line.isEmpty(); line = headLine()) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String headLine() throws IOException {
        var line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("within the head: " + line);
            }
            line.append((char) b);
        }
        if (line.length() == 0 || line.charAt(line.length() - 1) != '\r') {
            throw new AssertionError("head line without CR LF: " + line);
        }
        return line.substring(0, line.length() - 1);
    }

    /** The next byte of the body, -1 after the last chunk. */
    private int read() throws IOException {
        if (ended) {
            return -1;
        }
        if (leftInChunk == 0) {
            leftInChunk = Integer.parseInt(headLine(), 16);
            if (leftInChunk == 0) {
                ended = true;
                return -1;
            }
        }
        if (leftToRead-- == 0) {
            cut();
        }
        int b = in.read();
        if (b < 0) {
            throw new EOFException("within a chunk");
        }
        if (--leftInChunk == 0 && !headLine().isEmpty()) {
            throw new AssertionError("chunk not ended by CR LF");
        }
        return b;
    }

    /** One line of the body, without its LF; null when the stream has come to its end between lines. */
    public @Nullable String line() {
        readHead();
        var line = new ByteArrayOutputStream();
        try {
            for (int b = read(); b != '\n'; b = read()) {
                if (b < 0) {
                    if (line.size() == 0) {
                        return null;
                    }
                    throw new EOFException("within the line " + line);
                }
                if (b == '\r' || b == 0) {
                    throw new AssertionError("raw CR or NUL after " + line.toString(StandardCharsets.UTF_8));
                }
                line.write(b);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public @Nullable Event next() {
        String name = null;
        String id = null;
        String data = null;
        Long retry = null;
        boolean comment = false;
        int fields = 0;
        for (String line = line(); line != null; line = line()) {
            if (line.isEmpty()) {
                if (fields == 0) {
                    throw new AssertionError("a block without fields");
                }
                return new Event(name, id, data, retry, comment);
            }
            fields++;
            if (line.equals(":")) {
                comment = true;
            } else if (line.startsWith("event: ") && name == null) {
                name = line.substring(7);
            } else if (line.startsWith("id: ") && id == null) {
                id = line.substring(4);
            } else if (line.startsWith("data: ") && data == null) {
                data = line.substring(6);
            } else if (line.startsWith("retry: ") && retry == null) {
                retry = Long.parseLong(line.substring(7));
            } else {
                throw new AssertionError("not a field, or a second one: " + line);
            }
        }
        if (fields > 0) {
            throw new AssertionError("a block without its blank line");
        }
        return null;
    }

    /** Resets the connection, as a network does that fails. */
    public void cut() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException gone) {
            // the other side closed it first
        }
    }

    @Override
    public void close() {
        cut();
    }
}
