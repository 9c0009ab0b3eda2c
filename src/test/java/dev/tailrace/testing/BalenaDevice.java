package dev.tailrace.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPOutputStream;

/**
 * A device that sends its logs as balena's supervisor does: in one endless request whose chunked gzip is flushed as lines come. Interim
 * responses are ignored, any final one is a failure, and it sends the headers that a device sends and no others.
 */
public final class BalenaDevice implements AutoCloseable {

    private final RawSocket socket;
    private final OutputStream chunks = new Chunks();
    private final GZIPOutputStream gzip;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final Thread listener = new Thread(this::listen, "supervisor");
    private volatile boolean ended;

    public BalenaDevice(int port, String device) {
        socket = new RawSocket(port);
        socket.write("POST /device/v2/" + device + "/log-stream HTTP/1.1\r\nAuthorization: Bearer KEY\r\n"
                + "Content-Type: application/x-ndjson\r\nContent-Encoding: gzip\r\nHost: localhost\r\n"
                + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n");
        try {
            gzip = new GZIPOutputStream(chunks, 512, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        listener.setDaemon(true);
        listener.start();
    }

    private void listen() {
        try {
            while (true) {
                heads.add(socket.readHead());
            }
        } catch (AssertionError end) {
            ended = true; // closed, or silent for long
        }
    }

    /** Sends a line of a service now. */
    public void say(String message, int serviceId) {
        say(new JsonObject()
                .put("message", message)
                .put("timestamp", System.currentTimeMillis())
                .put("serviceId", serviceId)
                .put("isStdErr", false)
                .encode());
    }

    /** Sends a line as it is, and a newline. */
    public void say(String line) {
        send((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Sends bytes of the body now. */
    public void send(byte[] bytes) {
        try {
            gzip.write(bytes);
            gzip.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the request as a device does that has been silent for a minute. */
    public void end() {
        try {
            gzip.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        socket.write("0\r\n\r\n");
    }

    /** Breaks the connection. */
    public void abort() {
        socket.abort();
    }

    /** Status line and headers of each response so far, interim ones too. */
    public List<String> heads() {
        return heads;
    }

    /** Whether the broker has ended the connection, or sent a final response. */
    public boolean hasFailed() {
        return ended || heads.stream().anyMatch(head -> !head.startsWith("HTTP/1.1 1"));
    }

    @Override
    public void close() {
        socket.close();
    }

    private final class Chunks extends OutputStream {
        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            if (length > 0) {
                byte[] chunk = java.util.Arrays.copyOfRange(bytes, from, from + length);
                socket.write(RawSocket.join(
                        RawSocket.ascii(Integer.toHexString(length) + "\r\n"), chunk, RawSocket.ascii("\r\n")));
            }
        }
    }
}
