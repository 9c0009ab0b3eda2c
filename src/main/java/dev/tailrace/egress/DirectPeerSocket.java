package dev.tailrace.egress;

import dev.tailrace.broker.StreamBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.VertxConnection;
import org.jspecify.annotations.Nullable;

/**
 * The only stream of its connection: what is written goes to the channel below the encoder of Vert.x, so that all
 * readers share one framed buffer, and what waits in the channel shows what the peer has accepted.
 */
abstract sealed class DirectPeerSocket extends PeerSocket permits Http1PeerSocket, WebSocketPeerSocket {

    private final VertxConnection connection;
    private final boolean encrypted; // what waits in the channel is not what was written to it
    private @Nullable ChannelHandlerContext encoder; // null while Vert.x may have something to write
    private long put; // encrypted bytes that writes have put into the channel, less what was sent at once
    private int sent; // messages written below Vert.x
    private boolean marked; // a marker waits in the channel

    DirectPeerSocket(HttpServerRequest request, int limit, StreamBudget budget) {
        super(request, limit, budget);
        this.connection = (VertxConnection) request.connection();
        this.encrypted = request.isSSL();
    }

    /** Vert.x has nothing more to write but the end: from now on writes go below its encoder, if it has this one. */
    final void goBelow(Class<? extends ChannelHandler> encoderOfVertx) {
        encoder = channel().pipeline().context(encoderOfVertx);
    }

    final boolean isBelow() {
        return encoder != null;
    }

    // ---- what waits

    @Override
    final long waiting() {
        return isBelow() ? Math.max(unaccepted(), inChannel()) : unaccepted();
    }

    @Override
    public final long progress() {
        ChannelOutboundBuffer out = channel().unsafe().outboundBuffer();
        if (out == null) {
            return accepted();
        }
        if (encrypted) {
            return accepted() + put - out.totalPendingWriteBytes();
        }
        long gone = isBelow() ? sent - out.size() : 0;
        return accepted() + (gone << Integer.SIZE) + out.currentProgress();
    }

    @Override
    final void becameFull() {
        mark();
    }

    /**
     * While the socket is full or more than half of the limit waits, an empty message after it reports when it has
     * passed.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // its listener is called
    final void mark() {
        long waiting = waiting();
        if (!isBelow() || marked || waiting == 0 || (!isStillFull() && !isHalfFull(waiting))) {
            return;
        }
        marked = true;
        put(Unpooled.EMPTY_BUFFER).addListener(passed -> {
            if (passed.isSuccess()) {
                // Later, because what is reported now still counts as waiting.
                context().runOnContext(nothing -> {
                    marked = false;
                    checkDrained();
                    mark();
                });
            }
        });
    }

    // ---- writing

    /** Writes a share of the buffer below Vert.x; the buffer stays the caller's. */
    @SuppressWarnings("FutureReturnValueIgnored") // nothing is promised; after a failure the close handlers run
    final void send(ByteBuf chunk) {
        ByteBuf bytes = HttpChunk.framed(chunk);
        if (encrypted) {
            int length = bytes.readableBytes();
            hold(length);
            put(bytes).addListener(written -> settle(length));
        } else {
            sent++;
            encoder().writeAndFlush(bytes, connection.voidPromise);
        }
        mark();
    }

    /** Writes below Vert.x what no reader shares; completes when the peer has accepted it. */
    @SuppressWarnings("FutureReturnValueIgnored") // its listener is called
    final Future<Void> sendLast(ByteBuf bytes) {
        Promise<Void> accepted = Promise.promise();
        put(bytes).addListener(written -> {
            if (written.isSuccess()) {
                accepted.complete();
            } else {
                accepted.fail(written.cause());
            }
        });
        return accepted.future();
    }

    private ChannelFuture put(ByteBuf bytes) {
        sent++;
        long before = inChannel();
        ChannelFuture written = encoder().writeAndFlush(bytes);
        put += inChannel() - before;
        return written;
    }

    private ChannelHandlerContext encoder() {
        if (encoder == null) {
            throw new IllegalStateException("Vert.x may have something to write");
        }
        return encoder;
    }

    /** As {@link #writeByVertx}, and counts what is in the channel now. */
    final Future<Void> putByVertx(HttpServerResponse response, Buffer bytes) {
        long before = inChannel();
        Future<Void> written = writeByVertx(response, bytes);
        put += inChannel() - before;
        return written;
    }

    @Override
    final Future<Void> hangUp() {
        return connection().close();
    }
}
