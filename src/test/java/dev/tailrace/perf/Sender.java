package dev.tailrace.perf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a way in, on a thread of its own: the same batch again and again, with lines numbered on. Tests send with a {@link
 * dev.tailrace.testing.TestDevice}, whose own cost would be part of the measurement here.
 */
final class Sender implements Runnable, AutoCloseable {

    private static final int PATIENCE_MILLIS = 10_000;
    private static final String HEAD_END = "\r\n\r\n";
    private static final String LENGTH = "\r\ncontent-length: ";
    private static final byte[] LAST_CHUNK = IngestPath.ascii("0\r\n\r\n");
    private static final int TEXT_FRAME = 0x81;

    private final IngestPath way;
    private final byte[] opening;
    private final byte[] batch;
    private final List<Integer> numbersAt = new ArrayList<>();
    private final Socket socket = new Socket();
    private final Thread thread = new Thread(this, "sender");
    private final byte[] received = new byte[16 * 1024]; // and not read yet, as far as length
    private int length;
    private long number;
    private volatile boolean stopped;
    private volatile @Nullable String failure;

    Sender(IngestPath way, IngestPath.Message message, int port) throws IOException {
        this.way = way;
        this.opening = way.opening(message);
        this.batch = way.batch(message);
        String text = new String(batch, StandardCharsets.ISO_8859_1);
        for (int at = text.indexOf(IngestPathMessages.NUMBER);
                at >= 0;
                at = text.indexOf(IngestPathMessages.NUMBER, at + 1)) {
            numbersAt.add(at);
        }
        // Beyond the numbers of an earlier round, because the broker remembers its producers.
        this.number = System.currentTimeMillis() * 1000;
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void run() {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(opening);
            if (way.manner().isWebSocket()) {
                readResponse("101");
            }
            while (!stopped) {
                renumber();
                out.write(batch);
                readAnswer();
            }
            if (way.manner() == IngestPath.Manner.CHUNKS) {
                out.write(LAST_CHUNK);
                readResponse("20");
            }
        } catch (IOException cause) {
            failure = String.valueOf(cause.getMessage());
        }
    }

    private void renumber() {
        for (int at : numbersAt) {
            long rest = number++;
            for (int i = at + IngestPathMessages.NUMBER.length() - 1; i >= at; i--) {
                batch[i] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
        }
    }

    private void readAnswer() throws IOException {
        switch (way.manner()) {
            case ANSWERED -> readResponse("20");
            case ACKNOWLEDGED -> readAcknowledgement();
            case FRAMES, CHUNKS, BYTES -> {}
        }
    }

    private void readResponse(String status) throws IOException {
        while (true) {
            String text = text();
            int end = text.indexOf(HEAD_END);
            if (end < 0) {
                receive();
                continue;
            }
            String head = text.substring(0, end).toLowerCase(Locale.ROOT) + "\r\n";
            take(end + HEAD_END.length());
            if (head.startsWith("http/1.1 102")) {
                continue;
            }
            if (!head.startsWith("http/1.1 " + status)) {
                throw new IOException("answered: " + head.substring(0, head.indexOf('\r')));
            }
            int at = head.indexOf(LENGTH);
            int body = at < 0 ? 0 : Integer.parseInt(head.substring(at + LENGTH.length(), head.indexOf('\r', at + 2)));
            while (length < body) {
                receive();
            }
            take(body);
            return;
        }
    }

    /** Passes over pings. */
    private void readAcknowledgement() throws IOException {
        while (true) {
            while (length < 2 || length < 2 + received[1]) {
                receive();
            }
            int kind = received[0] & 0xFF;
            String payload = new String(received, 2, received[1], StandardCharsets.ISO_8859_1);
            take(2 + received[1]);
            if (kind == TEXT_FRAME) {
                if (!payload.startsWith("{\"ack\":" + (number - 1) + "}")) {
                    throw new IOException("received: " + payload);
                }
                return;
            }
        }
    }

    private String text() {
        return new String(received, 0, length, StandardCharsets.ISO_8859_1);
    }

    private void receive() throws IOException {
        InputStream in = socket.getInputStream();
        int count = in.read(received, length, received.length - length);
        if (count <= 0) {
            throw new SocketException("the broker closed the connection");
        }
        length += count;
    }

    private void take(int count) {
        System.arraycopy(received, count, received, 0, length - count);
        length -= count;
    }

    void stop() {
        stopped = true;
    }

    /** Waits for the end of what is on its way; why it failed, or null. */
    @Nullable
    String failure() throws InterruptedException, IOException {
        thread.join(PATIENCE_MILLIS);
        if (thread.isAlive()) {
            throw new SocketTimeoutException("a sender does not end");
        }
        return failure;
    }

    @Override
    public void close() throws IOException {
        stopped = true;
        socket.close();
    }
}
