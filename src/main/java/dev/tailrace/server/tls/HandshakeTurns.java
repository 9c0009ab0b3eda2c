package dev.tailrace.server.tls;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.server.Acceptor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Lets few TLS handshakes of one network be computed at a time. Each costs milliseconds of a processor, and they are computed in the order
 * in which they come, so a client that begins thousands would keep the others' waiting until they give up. Those beyond the limit wait
 * for their turn rather than being closed, for they may be a fleet behind one address that connects again. A turn begins when a client
 * has sent its whole hello, so one that says nothing keeps nobody waiting, and ends with the broker's first answer, before
 * which all is computed. When that answer only asks for another hello, nothing was computed yet, and that hello takes another turn. When a client
 * leaves before the answer, its turn ends after what was to be computed for it, because that cannot be taken back. It knows Netty, as
 * the {@link Acceptor} does, and which threads of Vert.x compute handshakes.
 */
public final class HandshakeTurns {

    /** Before the hello, of which it says the length (RFC 8446, section 5.1). */
    private static final int RECORD_HEADER = 5;

    private static final int LENGTH_AT = 3;
    private static final int MOST_OF_A_RECORD = 1 << 14; // more is for TLS to refuse
    private static final int MOST_HELD = 2 * MOST_OF_A_RECORD;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int HANDSHAKE = 22;
    private static final int SERVER_HELLO = 2;

    /** A client may send one before its second hello, of no meaning (RFC 8446, section D.4). */
    private static final int CHANGE_CIPHER_SPEC_BYTES = 6;

    private static final int RANDOM_AT = 11;

    /** The random bytes of a server's hello that asks for another hello of the client (RFC 8446, section 4.1.3). */
    private static final ByteBuf HELLO_RETRY_REQUEST = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(
            HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")));

    private final int most;
    private final long patienceNanos;
    private final LongSupplier nanoTime;
    private final Meters meters;

    /** Takes up what it is given in the order in which it is given, handshakes among it. */
    private volatile Executor computing = Runnable::run;

    // Touched on the thread that accepts, which is one for all ports.
    private final Map<String, Network> networks = new HashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param most handshakes of one network at a time; 0 for any number
     * @param patience from the acceptance of a connection to the end of its handshake. Who has to wait for its turn for more than half of it
     *     is closed: its handshake would be computed, and cut off before its end
     */
    public HandshakeTurns(int most, Duration patience, LongSupplier nanoTime, Meters meters) {
        this.most = most;
        this.patienceNanos = patience.toNanos();
        this.nanoTime = nanoTime;
        this.meters = meters;
        meters.handshakesWaiting(waiting::get);
    }

    /** The handshakes of one network. */
    private static final class Network {
        private int running;
        private final Set<Turn> waiting = new LinkedHashSet<>(); // the oldest first
    }

    public boolean areLimited() {
        return most > 0;
    }

    /** Handshakes are computed by the workers of this Vert.x; called before the first connection. */
    public void areComputedBy(Vertx vertx) {
        areComputedBy(((VertxInternal) vertx).internalWorkerPool().executor());
    }

    void areComputedBy(Executor inOrder) {
        computing = inOrder;
    }

    /**
     * What stands in front of TLS in the pipeline of a connection, until the broker answers its hello.
     *
     * @param acceptor the thread that accepts
     */
    public ChannelHandler turn(EventExecutor acceptor, String network) {
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
            turn.running = false;
            network.running--;
            beginNext(network);
        }
        if (network.running == 0 && network.waiting.isEmpty()) {
            networks.remove(turn.network);
        }
    }

    private void beginNext(Network network) {
        Iterator<Turn> oldest = network.waiting.iterator();
        while (network.running < most && oldest.hasNext()) {
            Turn next = oldest.next();
            oldest.remove();
            waiting.decrementAndGet();
            if (nanoTime.getAsLong() - next.accepted > patienceNanos / 2) {
                meters.refused(Limit.HANDSHAKES_PER_ADDRESS);
                next.giveUp();
            } else {
                network.running++;
                next.begin();
            }
        }
    }

    /** One handshake. Touched on the event loop of its connection, but for what is said. */
    private final class Turn extends ChannelDuplexHandler {
        private final EventExecutor acceptor;
        private final String network;
        private final long accepted = nanoTime.getAsLong();
        private boolean running; // touched on the thread that accepts
        private boolean asked;
        private boolean begun;
        private boolean answered;
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
            // Copied, or a hello that comes in bytes would hold a buffer for each, one within the other.
            hello = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), hello, (ByteBuf) bytes);
            if (!asked && isWhole(hello)) {
                asked = true;
                acceptor.execute(() -> ask(this));
            }
            // Else it is read on, though nothing may follow, for only whoever reads is told that the client has left.
            if (hello.readableBytes() > MOST_HELD) {
                context.channel().config().setAutoRead(false);
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

        /** On the thread that accepts. */
        @SuppressWarnings("FutureReturnValueIgnored") // whoever is told of the close is told
        void giveUp() {
            connection.executor().execute(connection::close);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // whoever gave the promise is told
        public void write(ChannelHandlerContext context, Object bytes, ChannelPromise written) {
            boolean asksAgain = begun && bytes instanceof ByteBuf answer && asksForAnotherHello(answer);
            context.write(bytes, written);
            if (asksAgain) {
                begun = false;
                asked = false;
                acceptor.execute(() -> over(this));
            } else if (begun) {
                answered = true;
                context.pipeline().remove(this);
            }
        }

        // With the first answer, or with the connection.
        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            hello.release();
            if (!asked || acceptor.isShuttingDown()) {
                return;
            }
            if (!begun || answered) {
                giveBack();
                return;
            }
            try {
                computing.execute(this::giveBack); // after what TLS gave it
            } catch (RejectedExecutionException ended) {
                giveBack(); // nothing is computed any more
            }
        }

        /** On any thread. */
        private void giveBack() {
            if (!acceptor.isShuttingDown()) {
                acceptor.execute(() -> over(this));
            }
        }
    }

    /** Whether all of the first record is there, or what is there is none. */
    private static boolean isWhole(ByteBuf hello) {
        int length = hello.readableBytes();
        int at = length > 0 && hello.getByte(0) == CHANGE_CIPHER_SPEC ? CHANGE_CIPHER_SPEC_BYTES : 0;
        if (length <= at) {
            return false;
        }
        if (hello.getByte(at) != HANDSHAKE) {
            return true;
        }
        if (length < at + RECORD_HEADER) {
            return false;
        }
        int record = hello.getUnsignedShort(at + LENGTH_AT);
        return record > MOST_OF_A_RECORD || length >= at + RECORD_HEADER + record;
    }

    private static boolean asksForAnotherHello(ByteBuf answer) {
        int at = answer.readerIndex();
        int random = HELLO_RETRY_REQUEST.readableBytes();
        return answer.readableBytes() >= RANDOM_AT + random
                && answer.getByte(at) == HANDSHAKE
                && answer.getByte(at + RECORD_HEADER) == SERVER_HELLO
                && ByteBufUtil.equals(answer, at + RANDOM_AT, HELLO_RETRY_REQUEST, 0, random);
    }
}
