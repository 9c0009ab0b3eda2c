package dev.tailrace.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * Reads one device's stream on many connections, from several addresses, in a process of its own; prints when all of them read, and when all have
 * received a message. It is one thread for tens of thousands of connections, which a {@link dev.tailrace.testing.TestReader} each could not be.
 */
final class ReaderCrowd {

    /** The beginning of the answer, after which the message is awaited. */
    private static final byte[] ANSWERED = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);

    private static final int ADDRESSES = 8;
    private static final int BURST = 500; // connections at a time, fewer than a port's backlog holds

    private final byte[] message;
    private final Selector selector = Selector.open();
    private final ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
    private int answered;
    private int received;

    private ReaderCrowd(String message) throws IOException {
        this.message = message.getBytes(StandardCharsets.US_ASCII);
    }

    /** One connection, and how many of the awaited bytes it has received. */
    private static final class Reader {
        private int matched;
        private boolean answered;
        private boolean received;
    }

    /** @param arguments port, how many, device, and the message that each has to receive */
    public static void main(String[] arguments) throws IOException {
        var crowd = new ReaderCrowd(arguments[3]);
        crowd.connect(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), arguments[2]);
    }

    private void connect(int port, int count, String device) throws IOException {
        ByteBuffer request =
                ByteBuffer.wrap(("GET /api/v1/devices/" + device + "/logs/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            channel.bind(new InetSocketAddress("127.0.0." + (2 + i % ADDRESSES), 0));
            channel.connect(new InetSocketAddress("127.0.0.1", port));
            channel.write(request.duplicate());
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Reader());
            if (i % BURST == BURST - 1) {
                readUntilAnswered(i + 1);
            }
        }
        readUntilAnswered(count);
        System.out.println("reading " + answered);
        while (received < count) {
            read();
        }
        System.out.println("received " + received);
    }

    private void readUntilAnswered(int count) throws IOException {
        while (answered < count) {
            read();
        }
    }

    private void read() throws IOException {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
            bytes.clear();
            if (((SocketChannel) key.channel()).read(bytes) < 0) {
                throw new IOException("the broker closed a reader, after " + answered + " answers");
            }
            Reader reader = (Reader) key.attachment();
            for (int i = 0; i < bytes.position(); i++) {
                next(reader, bytes.get(i));
            }
        }
        selector.selectedKeys().clear();
    }

    // No beginning of what is waited for occurs in the middle of it, so a mismatch begins again.
    private void next(Reader reader, byte b) {
        byte[] wanted = reader.answered ? message : ANSWERED;
        reader.matched = b == wanted[reader.matched] ? reader.matched + 1 : b == wanted[0] ? 1 : 0;
        if (reader.matched < wanted.length) {
            return;
        }
        reader.matched = 0;
        if (!reader.answered) {
            reader.answered = true;
            answered++;
        } else if (!reader.received) {
            reader.received = true;
            received++;
        }
    }
}
