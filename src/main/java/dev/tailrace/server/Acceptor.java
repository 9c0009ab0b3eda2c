package dev.tailrace.server;

import dev.tailrace.config.Settings;
import dev.tailrace.http.CleartextHead;
import dev.tailrace.http.ConnectionCounts;
import dev.tailrace.http.ServerPort;
import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Refusals;
import dev.tailrace.model.PeerNetwork;
import dev.tailrace.server.tls.HandshakeTurns;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections, before TLS and every protocol, and closes those that exceed a limit. All ports of a broker share one. It uses
 * Netty because Vert.x shows a connection only after its TLS handshake, which may never happen.
 */
@ChannelHandler.Sharable
public final class Acceptor extends ChannelInboundHandlerAdapter {

    private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

    /** Connections of the management port; a further one closes the oldest. Probes are brief, so they get through at any load. */
    public static final int MANAGEMENT_CONNECTIONS = 64;

    private static final long PAUSE_MILLIS = 200;
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ConnectionCounts limits;
    private final FirstHandler firstHandler;
    private final Refusals refusals;
    private final ServerMeters meters;
    private final ReadBuffers readBuffers = new ReadBuffers();
    private final Map<Integer, ServerPort> ports = new ConcurrentHashMap<>();

    // Touched on the accepting thread, which is the same for all ports.
    private final Set<Channel> management = new LinkedHashSet<>(); // the oldest first
    private boolean failed;
    private long failedAt;

    Acceptor(ConnectionCounts limits, FirstHandler firstHandler, Refusals refusals, ServerMeters meters) {
        this.limits = limits;
        this.firstHandler = firstHandler;
        this.refusals = refusals;
        this.meters = meters;
    }

    /** Makes the first handler in the pipeline of a connection of clients, or of syslog over TLS, before TLS and every protocol. */
    interface FirstHandler {

        /** @param secured whether clients begin with a TLS handshake */
        static FirstHandler by(Settings settings, boolean secured, HandshakeTurns handshakes) {
            if (secured && handshakes.areLimited()) {
                return handshakes::turn;
            }
            return secured || !settings.http().http2Cleartext()
                    ? (acceptor, network) -> null
                    : (acceptor, network) -> new CleartextHead(settings.http().headerBytes());
        }

        /**
         * The handler of one connection.
         *
         * @param acceptor the accepting thread
         * @return null for no handler
         */
        @Nullable
        ChannelHandler of(EventExecutor acceptor, String network);
    }

    /** Sets the kind of a port; until then it counts as the port of clients. */
    void listens(int number, ServerPort port) {
        ports.put(number, port);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the listener is on the close future itself
    public void channelRead(ChannelHandlerContext context, Object message) {
        Channel accepted = (Channel) message;
        ServerPort port = portOf(context.channel());
        String network = networkOf(accepted);
        Limit exceeded = limits.add(port, network);
        if (exceeded != null) {
            refusals.refused(exceeded);
            accepted.unsafe().closeForcibly(); // it has no event loop yet
            return;
        }
        accepted.closeFuture().addListener(closed -> limits.remove(port, network));
        accepted.pipeline().addLast(readBuffers);
        boolean hasFirst = port == ServerPort.CLIENTS || port == ServerPort.SYSLOG_TLS;
        ChannelHandler first = hasFirst ? firstHandler.of(context.executor(), network) : null;
        if (first != null) {
            accepted.pipeline().addLast(first);
        }
        context.fireChannelRead(accepted);
        if (port == ServerPort.MANAGEMENT) {
            makeRoomFor(context, accepted);
        }
    }

    private ServerPort portOf(Channel server) {
        int number = server.localAddress() instanceof InetSocketAddress here ? here.getPort() : 0;
        return ports.getOrDefault(number, ServerPort.CLIENTS);
    }

    private static String networkOf(Channel accepted) {
        return accepted.remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null
                ? PeerNetwork.of(peer.getAddress())
                : ""; // it is closed already
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the close future reports the end
    private void makeRoomFor(ChannelHandlerContext context, Channel accepted) {
        management.add(accepted);
        accepted.closeFuture().addListener(closed -> {
            if (!context.executor().isShuttingDown()) {
                context.executor().execute(() -> management.remove(accepted));
            }
        });
        if (management.size() > MANAGEMENT_CONNECTIONS) {
            Channel oldest = management.iterator().next();
            management.remove(oldest);
            refusals.refused(Limit.MANAGEMENT_CONNECTIONS);
            oldest.close();
        }
    }

    // Netty would wait a second, and log a stack trace each time. Connections that wait in the kernel meanwhile are
    // accepted
    // later.
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the timer cannot fail
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            context.fireExceptionCaught(cause);
            return;
        }
        meters.acceptFailed();
        long now = System.nanoTime();
        if (!failed || now - failedAt > QUIET_NANOS) {
            log.error("Cannot accept connections for now: {} (ulimit -n)", cause.getMessage());
            failed = true;
            failedAt = now;
        }
        Channel server = context.channel();
        server.config().setAutoRead(false);
        context.executor().schedule(() -> server.config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
}
