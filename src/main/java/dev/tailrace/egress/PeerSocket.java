package dev.tailrace.egress;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tailrace.broker.StreamBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxConnection;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The far end of one streamed response or WebSocket: takes what is written to it, tells how much of that its peer has not accepted, and
 * ends without waiting for the peer. The one class that looks below Vert.x, because {@code write()} frames and promises
 * anew for each of a thousand readers what is the same for all, and because {@code close()}, {@code reset()} and {@code
 * end()} all flush first, and so never end the connection of a reader that has stopped reading.
 */
public final class PeerSocket {

    static final short GOING_AWAY = 1001;
    static final short POLICY_VIOLATION = 1008;
    private static final long NO_ERROR = 0; // of HTTP/2
    private static final long CANCEL = 8; // of HTTP/2

    /** What a peer of HTTP/2 accepts is seen in steps of this, a DATA frame. */
    private static final int PIECE_BYTES = 16 * 1024;

    /** Of a body that is sent piece by piece (RFC 9112, section 7.1). */
    private static final String LAST_CHUNK = "0\r\n\r\n";

    private static final Runnable NOTHING = () -> {};

    private final HttpServerResponse response;
    private final MultiMap asked; // the headers of the request
    private final ConnectionBase connection;
    private final @Nullable ServerWebSocket webSocket; // null for a response
    private final @Nullable ChannelHandlerContext encoder; // null where a chunk is not what goes to the socket
    private final boolean encrypted; // what waits in the channel is not what was written to it
    private final boolean shared; // one of the streams of an HTTP/2 connection
    private final int limit;
    private final StreamBudget budget;

    // All state below is touched on the connection's event loop only.
    private Runnable onDrained = NOTHING;
    private Runnable onGone = NOTHING;
    private boolean direct; // Vert.x has nothing to write any more but the end
    private int unaccepted; // bytes written with a promise that the peer has not accepted
    private long accepted; // bytes written with a promise that it has
    private long put; // encrypted bytes that writes have put into the channel, less what went on at once
    private int sent; // messages written below Vert.x
    private Future<Void> last = Future.succeededFuture(); // of what Vert.x was given
    private boolean marked; // a marker is on its way behind what waits
    private boolean full;

    private PeerSocket(
            HttpServerRequest request,
            @Nullable ServerWebSocket webSocket,
            @Nullable ChannelHandlerContext encoder,
            int limit,
            StreamBudget budget) {
        this.budget = budget;
        this.response = request.response();
        this.asked = request.headers();
        this.connection = (ConnectionBase) request.connection();
        this.webSocket = webSocket;
        this.encoder = encoder;
        this.encrypted = request.isSSL();
        this.shared = request.version() == HttpVersion.HTTP_2;
        this.limit = limit;
        this.direct = webSocket != null;
    }

    /**
     * @param limit bytes that may wait for the peer
     * @param budget counts what is written, but for the buffers handed to {@link #write}, which the caller counts
     */
    static PeerSocket ofResponse(HttpServerRequest request, int limit, StreamBudget budget) {
        ChannelHandlerContext encoder =
                request.version() == HttpVersion.HTTP_1_1 ? contextOf(request, HttpResponseEncoder.class) : null;
        return new PeerSocket(request, null, encoder, limit, budget);
    }

    /**
     * Takes whole frames. Its own go below Vert.x from the first one on: what Vert.x writes besides, the answers to pings and
     * the close, are whole frames too, and may come between them.
     *
     * @param request was answered with the socket
     */
    public static PeerSocket ofWebSocket(
            HttpServerRequest request, ServerWebSocket socket, int limit, StreamBudget budget) {
        ChannelHandlerContext encoder = contextOf(request, WebSocket13FrameEncoder.class);
        return new PeerSocket(
                request, socket, Objects.requireNonNull(encoder, "no WebSocket of version 13"), limit, budget);
    }

    private static @Nullable ChannelHandlerContext contextOf(
            HttpServerRequest request, Class<? extends ChannelHandler> handler) {
        return ((ConnectionBase) request.connection()).channel().pipeline().context(handler);
    }

    /** The other end of the connection. */
    SocketAddress address() {
        return connection.remoteAddress();
    }

    /**
     * Begins to tell.
     *
     * @param drained runs when at most half of the limit waits, after it was full
     * @param gone runs when nothing more will reach the peer, perhaps more than once
     */
    void listen(Runnable drained, Runnable gone) {
        onDrained = drained;
        onGone = gone;
        if (webSocket == null) {
            response.closeHandler(nothing -> gone.run());
            response.exceptionHandler(cause -> gone.run());
        } else {
            webSocket.frameHandler(this::onFrame);
            webSocket.exceptionHandler(this::onException);
            webSocket.closeHandler(nothing -> gone.run());
        }
    }

    // ---- what the peer of a WebSocket sends

    private void onFrame(WebSocketFrame frame) {
        if (frame.isClose()) {
            onGone.run();
        } else if (isFull() && webSocket != null) {
            // Later, because behind each ping that it hands over Vert.x asks for one frame more, paused or not.
            connection.context().runOnContext(nothing -> pauseWhileFull(webSocket));
        }
    }

    // Vert.x answers each ping, and its peer may not read the answers.
    private void pauseWhileFull(ServerWebSocket socket) {
        if (full) {
            socket.pause();
            mark(Objects.requireNonNull(encoder));
        }
    }

    private void onException(Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupt && webSocket != null) {
            onGone.run();
            webSocket.close((short) corrupt.closeStatus().code());
        }
    }

    // ---- what waits

    private Channel channel() {
        return connection.channel();
    }

    /**
     * Whether the limit waits for the peer, or anything while all readers hold much; stays so until it has drained.
     */
    boolean isFull() {
        if (!full) {
            long waiting = waiting();
            full = waiting >= limit || (waiting > 0 && budget.isTight());
            if (full && encoder != null && direct) {
                mark(encoder);
            }
        }
        return full;
    }

    /** Bytes that the peer has not accepted. */
    long waiting() {
        return direct ? Math.max(unaccepted, inChannel()) : unaccepted;
    }

    private long inChannel() {
        ChannelOutboundBuffer out = channel().unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    /** A number that changes if and only if the peer accepts something. */
    public long progress() {
        ChannelOutboundBuffer out = channel().unsafe().outboundBuffer();
        if (out == null || shared) { // what the channel gets rid of may be another stream's
            return accepted;
        }
        if (encrypted) {
            return accepted + put - out.totalPendingWriteBytes();
        }
        long gone = direct ? sent - out.size() : 0;
        return accepted + (gone << Integer.SIZE) + out.currentProgress();
    }

    // ---- writing

    /** Sends a response's head alone; false where no body can follow it piece by piece, and then the first bytes bring it. */
    boolean writeHead() {
        boolean streams = shared || response.headers().contains("Transfer-Encoding");
        if (streams) {
            response.writeHead();
        }
        return streams;
    }

    /** Writes a {@link HttpChunk}, or {@link TextFrames}s to a WebSocket; it stays the caller's. */
    void write(ByteBuf chunk) {
        if (goesDirect() && encoder != null) {
            send(encoder, HttpChunk.framed(chunk));
            mark(encoder);
        } else {
            give(ByteBufUtil.getBytes(chunk));
        }
    }

    // The head and what was written with it may wait in a queue of Vert.x, and nothing may overtake them.
    private boolean goesDirect() {
        if (!direct && encoder != null && accepted > 0 && unaccepted == 0) {
            direct = true;
            last = Future.succeededFuture();
            // Vert.x keeps the headers as long as the response, a kilobyte and more for hours, and needs them no more.
            asked.clear();
            response.headers().clear();
        }
        return direct;
    }

    private void give(byte[] content) {
        Buffer all = Buffer.buffer(content);
        int size = shared ? PIECE_BYTES : content.length;
        for (int from = 0; from < content.length; from += size) {
            give(all.slice(from, Math.min(content.length, from + size)));
        }
    }

    private void give(Buffer piece) {
        int length = piece.length();
        long before = inChannel();
        Future<Void> written = response.write(piece);
        hold(length);
        written.onComplete(done -> {
            settle(length);
            goesDirect();
            checkDrained();
        });
        put += inChannel() - before;
        if (!written.isComplete()) {
            last = written;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nobody is promised anything; if it fails, the close handlers tell
    private void send(ChannelHandlerContext below, ByteBuf bytes) {
        sent++;
        if (!encrypted) {
            below.writeAndFlush(bytes, ((VertxConnection) connection).voidPromise);
            return;
        }
        int length = bytes.readableBytes();
        hold(length);
        put(below, bytes).addListener(written -> settle(length));
    }

    private ChannelFuture put(ChannelHandlerContext below, ByteBuf bytes) {
        long before = inChannel();
        ChannelFuture written = below.writeAndFlush(bytes);
        put += inChannel() - before;
        return written;
    }

    private void hold(int length) {
        unaccepted += length;
        budget.add(length);
    }

    private void settle(int length) {
        budget.remove(length);
        unaccepted -= length;
        accepted += length;
    }

    /** While it is full or more than half of the limit waits, something without content waits behind it, and tells when it is through. */
    @SuppressWarnings("FutureReturnValueIgnored") // its listener hears
    private void mark(ChannelHandlerContext below) {
        long waiting = waiting();
        if (marked || waiting == 0 || (!full && waiting <= limit / 2)) {
            return;
        }
        marked = true;
        sent++;
        put(below, Unpooled.EMPTY_BUFFER).addListener(through -> {
            if (through.isSuccess()) {
                // Later, because what is told of now still counts as waiting.
                connection.context().runOnContext(nothing -> {
                    marked = false;
                    checkDrained();
                    mark(below);
                });
            }
        });
    }

    private void checkDrained() {
        if (full && waiting() <= limit / 2) {
            full = false;
            if (webSocket != null) {
                webSocket.resume();
            }
            onDrained.run();
        }
    }

    // ---- the end

    /** Ends without an end of the response, so that the peer sees it is not whole; what waits goes first. */
    Future<Void> hangUp() {
        return shared ? last.transform(written -> response.reset(CANCEL)) : connection.close();
    }

    /**
     * Ends well, behind what was written.
     *
     * @param leaving whether the broker goes away, and not only this peer
     * @param code of RFC 6455, section 7.4.1, and
     * @param reason for a peer whose connection can tell them
     */
    Future<Void> end(boolean leaving, short code, String reason) {
        if (webSocket != null) {
            return webSocket.close(code, reason);
        }
        if (shared && leaving) {
            ((HttpConnection) connection).goAway(NO_ERROR); // or the peer would come again on this connection
        }
        if (!leaving) {
            return response.end();
        }
        return direct ? endDirect(Objects.requireNonNull(encoder)) : last.transform(done -> response.end());
    }

    /**
     * A server that has stopped listening closes a connection with the end of its last answer, and throws away what its peer
     * has not accepted. So that end is written here, and the connection closed when the peer has accepted it.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // its listener hears
    private Future<Void> endDirect(ChannelHandlerContext below) {
        Promise<Void> through = Promise.promise();
        sent++;
        put(below, Unpooled.copiedBuffer(LAST_CHUNK, US_ASCII)).addListener(written -> {
            if (written.isSuccess()) {
                through.complete();
            } else {
                through.fail(written.cause());
            }
        });
        return through.future().compose(accepted -> connection.close());
    }

    /**
     * Ends now; what waits for the peer is thrown away, and its close handlers run. Other streams of the same connection go
     * on.
     *
     * @param patience for a connection of several streams to take the news, before it is ended with all of them
     */
    public void abort(Duration patience) {
        if (shared) {
            response.reset(CANCEL)
                    .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .onFailure(cause -> {
                        if (cause instanceof TimeoutException) {
                            cut();
                        }
                    });
        } else {
            cut();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the close handlers tell
    private void cut() {
        channel().eventLoop().execute(() -> channel().pipeline().firstContext().close());
    }
}
