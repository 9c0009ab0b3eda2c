package dev.tailrace.testing;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A network that fails on demand: stands between a client and a server on loopback, and cuts, stalls, refuses, delays or throttles
 * connections.
 *
 * <p>It holds at most {@value #CHUNK} bytes per connection and direction, so a stall is felt by the sender as soon as the sockets'
 * own buffers are full.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int CHUNK = 16 * 1024;
    private static final int SOCKET_BUFFER = 64 * 1024;
    private static final int MAX_CONNECTIONS = 512;
    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final long JOIN_MILLIS = 5_000;
    private static final long UNLIMITED = Long.MAX_VALUE;

    private final int target;
    private final int port;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

    // The fields below are guarded by this.
    private @Nullable ServerSocket server;
    private Thread acceptor = new Thread();
    private boolean stalled;
    private final Set<InetAddress> stalledFrom = new HashSet<>();
    private boolean closed;
    private long left = UNLIMITED; // bytes that may still pass before the cut
    private long delayNanos;
    private long jitterNanos;
    private final Random random = new Random(7);
    private long bytesPerSecond = UNLIMITED;
    private long busyUntil; // nanoTime until when the throttled way to the target carries what was handed to it

    /** Listens on a port of its own and forwards to a port on loopback. */
    public TcpProxy(int target) {
        this.target = target;
        this.port = Ports.free();
        accept();
    }

    public int port() {
        return port;
    }

    /** The number of open connections. */
    public int connections() {
        return connections.size();
    }

    /** Resets all connections, as a router does that has lost its state. New ones are accepted. */
    public void cut() {
        List.copyOf(connections).forEach(Connection::reset); // not those that come while it cuts
    }

    /** Refuses new connections; open ones go on. */
    public void refuse() {
        Thread serving;
        synchronized (this) {
            if (server == null) return;
            closeQuietly(server);
            server = null;
            serving = acceptor;
        }
        try {
            // The port is closed only when the thread that waits for connections has let go of it.
            serving.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes new connections again, on the same port. */
    public synchronized void accept() {
        if (server != null || closed) return;
        try {
            ServerSocket listening = new ServerSocket();
            listening.setReuseAddress(true);
            listening.setReceiveBufferSize(SOCKET_BUFFER);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            server = listening;
            acceptor = daemon("proxy-" + port, () -> serve(listening));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets nothing pass in either direction, and closes nothing: what a dead link looks like. */
    public synchronized void stall() {
        stalled = true;
    }

    /** Lets nothing pass between the target and those who connect from this address, and closes nothing. */
    public synchronized void stallFrom(InetAddress address) {
        stalledFrom.add(address);
    }

    /** Lets everything pass again. */
    public synchronized void flow() {
        stalled = false;
        stalledFrom.clear();
        notifyAll();
    }

    /** Lets this many more bytes pass, counted over both directions and all connections, and then cuts them all once. */
    public synchronized void dropAfter(long bytes) {
        left = bytes;
    }

    /** Delivers all that is read from here on so much later, in both directions. */
    public synchronized void delay(Duration delay) {
        delay(delay, delay);
    }

    /** The same by a random time between two, another one for each read. */
    public synchronized void delay(Duration least, Duration most) {
        delayNanos = least.toNanos();
        jitterNanos = most.minus(least).toNanos();
    }

    /** Resets each connection with a probability, in percent. */
    public void cutSome(int percent) {
        for (Connection connection : List.copyOf(connections)) {
            if (isUnlucky(percent)) {
                connection.reset();
            }
        }
    }

    private synchronized boolean isUnlucky(int percent) {
        return random.nextInt(100) < percent;
    }

    /** Lets so many bytes per second pass to the target, over all connections together; what it answers is not throttled. */
    public synchronized void throttle(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        busyUntil = System.nanoTime();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        refuse();
        cut();
    }

    private void serve(ServerSocket listening) {
        while (!listening.isClosed()) {
            try {
                connect(listening.accept());
            } catch (IOException refused) {
                // Closed by refuse(), which ends the loop, or the client is gone already.
            }
        }
    }

    private void connect(Socket client) {
        Connection connection = new Connection(client, new Socket());
        connections.add(connection);
        try {
            if (connections.size() > MAX_CONNECTIONS)
                throw new IOException("more than " + MAX_CONNECTIONS + " connections");
            connection.open();
        } catch (IOException e) {
            connection.reset();
        }
        // Closed while this connection was on its way: cut() may have missed it.
        if (isClosed()) connection.reset();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void awaitFlow(InetAddress client) throws IOException {
        while ((stalled || stalledFrom.contains(client)) && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        if (closed) throw new IOException("closed");
    }

    /** Waits as long as so many bytes take on their way. */
    private synchronized void awaitArrival(int bytes, boolean toTarget) throws IOException {
        long delay = delayNanos + (jitterNanos == 0 ? 0 : random.nextLong(jitterNanos));
        long arrival = System.nanoTime() + delay;
        if (toTarget && bytesPerSecond != UNLIMITED) {
            long now = System.nanoTime();
            busyUntil = Math.max(now, busyUntil) + SECONDS.toNanos(bytes) / bytesPerSecond;
            arrival = busyUntil + delay;
        }
        long left;
        while ((left = arrival - System.nanoTime()) > 0 && !closed) {
            try {
                NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private synchronized int allow(int bytes) {
        if (left == UNLIMITED) return bytes;
        int allowed = (int) Math.min(left, bytes);
        left -= allowed;
        return allowed;
    }

    /** Tells once that all bytes have passed that were allowed to. */
    private synchronized boolean isSpent() {
        if (left > 0) return false;
        left = UNLIMITED;
        return true;
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // Nobody waits for it any more.
        }
    }

    /** Two sockets and two threads, one for each direction. */
    private final class Connection {
        private final Socket client;
        private final Socket upstream;

        Connection(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void open() throws IOException {
            upstream.setReceiveBufferSize(SOCKET_BUFFER);
            upstream.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_TIMEOUT_MILLIS);
            for (Socket socket : new Socket[] {client, upstream}) {
                socket.setTcpNoDelay(true);
                socket.setSendBufferSize(SOCKET_BUFFER);
            }
            daemon("proxy-" + port + "-up", () -> pump(client, upstream, true));
            daemon("proxy-" + port + "-down", () -> pump(upstream, client, false));
        }

        private void pump(Socket from, Socket to, boolean toTarget) {
            byte[] chunk = new byte[CHUNK];
            try {
                while (true) {
                    awaitFlow(client.getInetAddress());
                    int read = from.getInputStream().read(chunk);
                    // Again: the stall may have begun while this thread was waiting for bytes.
                    awaitFlow(client.getInetAddress());
                    if (read < 0) break;
                    awaitArrival(read, toTarget);
                    int allowed = allow(read);
                    to.getOutputStream().write(chunk, 0, allowed);
                    if (isSpent()) cut();
                }
                // One side has said all it has to say; the other one may still answer.
                to.shutdownOutput();
                if (from.isOutputShutdown()) end();
            } catch (IOException e) {
                reset();
            }
        }

        private void end() {
            connections.remove(this);
            closeQuietly(client);
            closeQuietly(upstream);
        }

        void reset() {
            for (Socket socket : new Socket[] {client, upstream}) {
                try {
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    // Closed already.
                }
            }
            end();
        }
    }
}
