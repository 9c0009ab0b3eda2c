package dev.tailrace.server;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets few TLS handshakes of one network be computed at a time. Each costs milliseconds of a processor, and they are computed in the order
 * in which they come, so a client that begins thousands would keep the others' waiting until they give up. Those beyond the limit wait
 * for their turn rather than being closed, for they may be a fleet behind one address that connects again. A turn begins when a client
 * has sent its whole hello, so one that says nothing keeps nobody waiting, and ends with the broker's first answer, before
 * which all is computed. It knows Netty, as the {@link Acceptor} does.
 */
final class HandshakeTurns {

    /** Before the hello, of which it says the length (RFC 8446, section 5.1). */
    private static final int RECORD_HEADER = 5;

    private static final int LENGTH_AT = 3;
    private static final int HANDSHAKE = 22;

    private final int most;
    private final Meters meters;

    // Touched on the thread that accepts, which is one for all ports.
    private final Map<String, Network> networks = new HashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /** @param most handshakes of one network at a time; 0 for any number */
    HandshakeTurns(int most, Meters meters) {
        this.most = most;
        this.meters = meters;
        meters.handshakesWaiting(waiting::get);
    }

    /** The handshakes of one network. */
    private static final class Network {
        private int running;
        private final Set<Turn> waiting = new LinkedHashSet<>(); // the oldest first
    }

    boolean areLimited() {
        return most > 0;
    }

    /**
     * What stands in front of TLS in the pipeline of a connection, until the broker answers its hello.
     *
     * @param acceptor the thread that accepts
     */
    ChannelHandler turn(EventExecutor acceptor, String network) {
        return new Turn(acceptor, network);
    }

    private void ask(Turn turn) {
        Network network = networks.computeIfAbsent(turn.network, first -> new Network());
        if (network.running < most) {
            network.running++;
            turn.begin();
        } else {
            network.waiting.add(turn);
            waiting.incrementAndGet();
        }
    }

    private void over(Turn turn) {
        Network network = networks.get(turn.network);
        if (network == null) {
            return; // it has never asked
        }
        if (network.waiting.remove(turn)) {
            waiting.decrementAndGet();
            meters.refused(Limit.HANDSHAKES_PER_ADDRESS);
        } else if (turn.running) {
            network.running--;
            beginNext(network);
        }
        if (network.running == 0 && network.waiting.isEmpty()) {
            networks.remove(turn.network);
        }
    }

    private void beginNext(Network network) {
        Iterator<Turn> oldest = network.waiting.iterator();
        if (oldest.hasNext()) {
            Turn next = oldest.next();
            oldest.remove();
            waiting.decrementAndGet();
            network.running++;
            next.begin();
        }
    }

    /** One handshake. Touched on the event loop of its connection, but for what is said. */
    private final class Turn extends ChannelDuplexHandler {
        private final EventExecutor acceptor;
        private final String network;
        private boolean running; // touched on the thread that accepts
        private boolean asked;
        private boolean begun;
        private ByteBuf hello = Unpooled.EMPTY_BUFFER;
        private ChannelHandlerContext connection;

        @SuppressWarnings("NullAway.Init") // it is added before any use
        Turn(EventExecutor acceptor, String network) {
            this.acceptor = acceptor;
            this.network = network;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            connection = context;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            if (begun) {
                context.fireChannelRead(bytes);
                return;
            }
            hello = Unpooled.wrappedBuffer(hello, (ByteBuf) bytes);
            if (!asked && isWhole(hello)) {
                asked = true;
                context.channel().config().setAutoRead(false);
                acceptor.execute(() -> ask(this));
            }
        }

        // TLS would have more read, as it has not got what it waits for.
        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (begun || !asked) {
                context.fireChannelReadComplete();
            }
        }

        /** On the thread that accepts. */
        void begin() {
            running = true;
            connection.executor().execute(() -> {
                if (connection.isRemoved()) {
                    return;
                }
                begun = true;
                ByteBuf whole = hello;
                hello = Unpooled.EMPTY_BUFFER;
                connection.fireChannelRead(whole);
                connection.fireChannelReadComplete();
                connection.channel().config().setAutoRead(true);
            });
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // whoever gave the promise is told
        public void write(ChannelHandlerContext context, Object bytes, ChannelPromise written) {
            context.write(bytes, written);
            if (begun) {
                context.pipeline().remove(this);
            }
        }

        // With the first answer, or with the connection.
        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            hello.release();
            if (asked && !acceptor.isShuttingDown()) {
                acceptor.execute(() -> over(this));
            }
        }
    }

    /** Whether all of the first record is there, or what is there is none. */
    private static boolean isWhole(ByteBuf hello) {
        int length = hello.readableBytes();
        return length > 0
                && (hello.getByte(0) != HANDSHAKE
                        || (length >= RECORD_HEADER && length >= RECORD_HEADER + hello.getUnsignedShort(LENGTH_AT)));
    }
}
