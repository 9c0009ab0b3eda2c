package dev.tailrace.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;

/** The selector and the buffers that all connections share; one thread uses them. */
final class Wire implements AutoCloseable {

    static final int BUFFER = 256 * 1024;

    /** The longest incomplete event that a reader keeps, followed by a buffer. */
    static final int WORK = 4 * BUFFER;

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    // A selector waits for whole milliseconds; shorter waits poll it at this interval.
    private static final long NAP_NANOS = 50_000;

    private final Plan plan;
    private final InetSocketAddress broker;
    private final long origin = System.nanoTime();
    private final Selector selector = Selector.open();
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);

    /** The bytes of the last read. */
    final byte[] received = new byte[BUFFER];

    /** Buffer in which a reader joins its bytes. */
    final byte[] work = new byte[WORK];

    /** Buffer in which frames are built before they are written. */
    final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER);

    /** The time of {@link #received}. */
    long receivedAt;

    Wire(Plan plan) throws IOException {
        this.plan = plan;
        this.broker = new InetSocketAddress(plan.host(), plan.port());
    }

    /** Nanoseconds since this object was created. */
    long now() {
        return System.nanoTime() - origin;
    }

    /** @param receiveBuffer bytes that the kernel holds for a connection that does not read, or 0 for its default */
    Link connect(int receiveBuffer) throws IOException {
        SocketChannel channel = SocketChannel.open();
        if (receiveBuffer > 0) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
        }
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.connect(broker);
        SSLContext tls = plan.tls();
        Link link = tls == null
                ? new Link.Plain(channel)
                : TlsLink.open(channel, tls.createSSLEngine(plan.host(), plan.port()));
        channel.configureBlocking(false);
        return link;
    }

    SelectionKey register(Link link, Peer peer) throws IOException {
        return link.channel().register(selector, SelectionKey.OP_READ, peer);
    }

    /** Serves the connections that are ready, and waits for one at most this long. */
    void turn(long waitNanos) throws IOException {
        int served =
                waitNanos >= MILLI ? selector.select(Wire::serve, waitNanos / MILLI) : selector.selectNow(Wire::serve);
        if (served == 0 && waitNanos > 0 && waitNanos < MILLI) {
            LockSupport.parkNanos(Math.min(waitNanos, NAP_NANOS));
        }
    }

    private static void serve(SelectionKey key) {
        ((Peer) key.attachment()).serve();
    }

    /** Reads into {@link #received}; returns how much, or -1 at the end. */
    int read(Link link, int limit) throws IOException {
        int length = link.read(in, limit);
        receivedAt = now();
        if (length > 0) {
            in.flip().get(received, 0, length);
        }
        return length;
    }

    @Override
    public void close() throws IOException {
        if (!selector.isOpen()) {
            return;
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
