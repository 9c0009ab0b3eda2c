package dev.tailrace.server.tls;

import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
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
 * Limits the TLS handshakes of one network that are computed at a time. Each costs milliseconds of a processor, and they are computed in
 * the order of arrival, so a client that begins thousands would delay all others until they give up. Handshakes beyond the limit wait
 * instead of being refused, because they may be a fleet that reconnects from one address.
 *
 * <p>A turn begins when a client has sent its complete ClientHello, so a silent client delays nobody, and ends with the broker's first
 * answer, before which everything is computed. If that answer is a HelloRetryRequest, nothing was computed yet, and the next ClientHello
 * takes another turn. If the client leaves before the answer, its computation cannot be cancelled; its turn ends when a thread that computes
 * handshakes comes to it, which is after the computation has begun. The class uses Netty, as {@code server.Acceptor} does, and knows which threads of Vert.x compute handshakes.
 */
public final class HandshakeTurns {

    /** The header of a record, with its length (RFC 8446, section 5.1). */
    private static final int RECORD_HEADER = 5;

    private static final int LENGTH_AT = 3;
    private static final int MAX_RECORD = 1 << 14; // TLS refuses more
    private static final int MAX_HELD = 2 * MAX_RECORD;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int HANDSHAKE = 22;
    private static final int SERVER_HELLO = 2;

    /** A client may send one, without meaning, before its second ClientHello (RFC 8446, section D.4). */
    private static final int CHANGE_CIPHER_SPEC_BYTES = 6;

    private static final int RANDOM_AT = 11;

    /** The random bytes of a HelloRetryRequest (RFC 8446, section 4.1.3). */
    private static final ByteBuf HELLO_RETRY_REQUEST = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(
            HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")));

    private final int max;
    private final long timeoutNanos;
    private final LongSupplier nanoTime;
    private final Refusals refusals;

    /** Begins tasks in their order, handshakes among them. */
    private volatile Executor computing = Runnable::run;

    // Touched on the accepting thread, which is the same for all ports.
    private final Map<String, Network> networks = new HashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param max handshakes of one network at a time; 0 for any number
     * @param timeout from the acceptance of a connection to the end of its handshake. A connection that waits for its turn for more than
     *     half of it is closed, because its handshake would be computed and then cut off before its end
     */
    public HandshakeTurns(int max, Duration timeout, LongSupplier nanoTime, Refusals refusals) {
        this.max = max;
        this.timeoutNanos = timeout.toNanos();
        this.nanoTime = nanoTime;
        this.refusals = refusals;
    }

    /** The handshakes of one network. */
    private static final class Network {
        private int running;
        private final Set<Turn> waiting = new LinkedHashSet<>(); // the oldest first
    }

    public boolean areLimited() {
        return max > 0;
    }

    /** The number of connections that wait for their turn. Thread-safe. */
    public int waiting() {
        return waiting.get();
    }

    /** Sets the Vert.x whose workers compute handshakes; call before the first connection. */
    public void areComputedBy(Vertx vertx) {
        areComputedBy(((VertxInternal) vertx).internalWorkerPool().executor());
    }

    void areComputedBy(Executor inOrder) {
        computing = inOrder;
    }

    /**
     * The handler before TLS in the pipeline of a connection, until the broker answers its ClientHello.
     *
     * @param acceptor the accepting thread
     */
    public ChannelHandler turn(EventExecutor acceptor, String network) {
        return new Turn(acceptor, network);
    }

    private void ask(Turn turn) {
        Network network = networks.computeIfAbsent(turn.network, first -> new Network());
        if (network.running < max) {
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
            return; // it has never asked for a turn
        }
        if (network.waiting.remove(turn)) {
            waiting.decrementAndGet();
            refusals.refused(Limit.HANDSHAKES_PER_ADDRESS);
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
        while (network.running < max && oldest.hasNext()) {
            Turn next = oldest.next();
            oldest.remove();
            waiting.decrementAndGet();
            if (nanoTime.getAsLong() - next.accepted > timeoutNanos / 2) {
                refusals.refused(Limit.HANDSHAKES_PER_ADDRESS);
                next.giveUp();
            } else {
                network.running++;
                next.begin();
            }
        }
    }

    /** One handshake. Touched on the event loop of its connection, except where noted. */
    private final class Turn extends ChannelDuplexHandler {
        private final EventExecutor acceptor;
        private final String network;
        private final long accepted = nanoTime.getAsLong();
        private boolean running; // touched on the accepting thread
        private boolean asked;
        private boolean begun;
        private boolean answered;
        private ByteBuf hello = Unpooled.EMPTY_BUFFER;
        private ChannelHandlerContext connection;

        @SuppressWarnings("NullAway.Init") // handlerAdded() comes before any use
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
            // Copied, because a ClientHello that trickles would otherwise hold one buffer for each read.
            hello = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), hello, (ByteBuf) bytes);
            if (!asked && isComplete(hello)) {
                asked = true;
                acceptor.execute(() -> ask(this));
            }
            // Otherwise reading goes on, because only a channel that reads notices that the client has left.
            if (hello.readableBytes() > MAX_HELD) {
                context.channel().config().setAutoRead(false);
            }
        }

        // While a turn waits, TLS must not ask for more input.
        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (begun || !asked) {
                context.fireChannelReadComplete();
            }
        }

        /** Called on the accepting thread. */
        void begin() {
            running = true;
            connection.executor().execute(() -> {
                if (connection.isRemoved()) {
                    return;
                }
                begun = true;
                ByteBuf complete = hello;
                hello = Unpooled.EMPTY_BUFFER;
                connection.fireChannelRead(complete);
                connection.fireChannelReadComplete();
                connection.channel().config().setAutoRead(true);
            });
        }

        /** Called on the accepting thread. */
        @SuppressWarnings("FutureReturnValueIgnored") // the end of the connection is reported to its close listeners
        void giveUp() {
            connection.executor().execute(connection::close);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the caller holds the promise
        public void write(ChannelHandlerContext context, Object bytes, ChannelPromise written) {
            boolean asksAgain = begun && bytes instanceof ByteBuf answer && isHelloRetryRequest(answer);
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

        // After the first answer, or at the end of the connection.
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
                computing.execute(this::giveBack); // after the computation that TLS has submitted
            } catch (RejectedExecutionException ended) {
                giveBack(); // the workers have ended
            }
        }

        /** Called on any thread. */
        private void giveBack() {
            if (!acceptor.isShuttingDown()) {
                acceptor.execute(() -> over(this));
            }
        }
    }

    /** Whether the first record is complete, or the input is no handshake. */
    private static boolean isComplete(ByteBuf hello) {
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
        return record > MAX_RECORD || length >= at + RECORD_HEADER + record;
    }

    private static boolean isHelloRetryRequest(ByteBuf answer) {
        int at = answer.readerIndex();
        int random = HELLO_RETRY_REQUEST.readableBytes();
        return answer.readableBytes() >= RANDOM_AT + random
                && answer.getByte(at) == HANDSHAKE
                && answer.getByte(at + RECORD_HEADER) == SERVER_HELLO
                && ByteBufUtil.equals(answer, at + RANDOM_AT, HELLO_RETRY_REQUEST, 0, random);
    }
}
