package dev.tailrace.egress;

import dev.tailrace.broker.StreamBudget;
import dev.tailrace.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;

/**
 * The transport of one streamed response or WebSocket: takes what is written, counts how much of that its peer has not
 * accepted, and ends without waiting for the peer. This class has what all transports count; each kind of connection
 * has a subclass, which writes.
 *
 * <p>This class and {@link DirectPeerSocket} look below Vert.x, because {@code write()} frames the same bytes and makes
 * a promise for each of a thousand readers, and because {@code close()}, {@code reset()} and {@code end()} all flush
 * first, and so never end the connection of a reader that has stopped reading. Touched on the connection's event loop
 * only.
 */
public abstract sealed class PeerSocket permits DirectPeerSocket, Http2PeerSocket {

    static final short GOING_AWAY = 1001;
    static final short POLICY_VIOLATION = 1008;

    private static final Runnable NOTHING = () -> {};

    private final ConnectionBase connection;
    private final int limit;
    private final StreamBudget budget;
    private Runnable onDrained = NOTHING;
    private int unaccepted; // bytes written with a promise that the peer has not accepted
    private long accepted; // bytes written with a promise that the peer has accepted
    private boolean full;

    PeerSocket(HttpServerRequest request, int limit, StreamBudget budget) {
        this.connection = (ConnectionBase) request.connection();
        this.limit = limit;
        this.budget = budget;
    }

    /**
     * @param limit bytes that may wait for the peer
     * @param budget counts what is written, but for the buffers handed to {@link #write}, which the caller counts
     */
    static PeerSocket ofResponse(HttpServerRequest request, int limit, StreamBudget budget) {
        return RequestHead.isHttp2(request)
                ? new Http2PeerSocket(request, limit, budget)
                : new Http1PeerSocket(request, limit, budget);
    }

    /** @param request was answered with the WebSocket */
    static PeerSocket ofWebSocket(HttpServerRequest request, ServerWebSocket socket, int limit, StreamBudget budget) {
        return new WebSocketPeerSocket(request, socket, limit, budget);
    }

    final Channel channel() {
        return connection.channel();
    }

    final Context context() {
        return connection.context();
    }

    final HttpConnection connection() {
        return (HttpConnection) connection;
    }

    /** The other end of the connection. */
    final SocketAddress address() {
        return connection.remoteAddress();
    }

    /**
     * Sets the callbacks.
     *
     * @param drained runs when at most half of the limit waits, after the socket was full
     * @param gone runs when nothing more will reach the peer, perhaps more than once
     */
    void listen(Runnable drained, Runnable gone) {
        onDrained = drained;
    }

    // ---- what waits

    /** Whether the limit waits for the peer, or anything while all readers hold much; until the socket has drained. */
    final boolean isFull() {
        if (!full) {
            long waiting = waiting();
            full = waiting >= limit || (waiting > 0 && budget.isTight());
            if (full) {
                becameFull();
            }
        }
        return full;
    }

    /** The subclass takes care that {@link #checkDrained} is called when the peer has accepted bytes. */
    void becameFull() {}

    /** Whether the socket was full, and has not drained since. */
    final boolean isStillFull() {
        return full;
    }

    /** Whether more than half of the limit waits. */
    final boolean isHalfFull(long waiting) {
        return waiting > limit / 2;
    }

    /** Bytes that the peer has not accepted. */
    long waiting() {
        return unaccepted;
    }

    final long unaccepted() {
        return unaccepted;
    }

    /** A number that changes if and only if the peer accepts something. */
    public long progress() {
        return accepted;
    }

    final long accepted() {
        return accepted;
    }

    /** Bytes that wait in the channel, of all that is written to the connection. */
    final long inChannel() {
        ChannelOutboundBuffer out = channel().unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    /** Counts bytes that are written with a promise. */
    final void hold(int length) {
        unaccepted += length;
        budget.add(length);
    }

    /** The promise of bytes is kept, or broken because the peer is gone. */
    final void settle(int length) {
        budget.remove(length);
        unaccepted -= length;
        accepted += length;
    }

    final void checkDrained() {
        if (full && !isHalfFull(waiting())) {
            full = false;
            onDrained.run();
        }
    }

    // ---- writing

    /** Sends the head of a response alone. Returns false where it can be sent with the first bytes of the body only. */
    abstract boolean writeHead();

    /** Writes a {@link HttpChunk}, or {@link TextFrames} to a WebSocket; the buffer stays the caller's. */
    abstract void write(ByteBuf chunk);

    /** Hands bytes to Vert.x, and counts them until the peer has accepted them. */
    final Future<Void> writeByVertx(HttpServerResponse response, Buffer bytes) {
        int length = bytes.length();
        Future<Void> written = response.write(bytes);
        hold(length);
        written.onComplete(done -> {
            settle(length);
            settled();
            checkDrained();
        });
        return written;
    }

    /** Bytes that were handed to Vert.x wait no longer. */
    void settled() {}

    // ---- the end

    /** Ends without an end of the response, so that the peer sees that it is not complete; what waits is sent first. */
    abstract Future<Void> hangUp();

    /**
     * Ends well, after what was written.
     *
     * @param leaving whether the broker shuts down, rather than only this stream
     * @param code of a WebSocket (RFC 6455, section 7.4.1)
     * @param reason of a WebSocket
     */
    abstract Future<Void> end(boolean leaving, short code, String reason);

    /**
     * Ends now; what waits for the peer is thrown away, and the close handlers run. Other streams of the same
     * connection go on.
     *
     * @param patience a connection of several streams that does not take the reset of one for this long is ended with
     *     all of them
     */
    public void abort(Duration patience) {
        cut();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the close handlers report the end
    final void cut() {
        channel().eventLoop().execute(() -> channel().pipeline().firstContext().close());
    }
}
