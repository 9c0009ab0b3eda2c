package dev.tailrace.egress;

import dev.tailrace.broker.StreamBudget;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;

/**
 * A WebSocket, which takes whole frames. They go below Vert.x from the first one on: what Vert.x writes besides, the
 * answers to pings and the close, are whole frames too, and may come between them.
 */
final class WebSocketPeerSocket extends DirectPeerSocket {

    private final ServerWebSocket socket;

    WebSocketPeerSocket(HttpServerRequest request, ServerWebSocket socket, int limit, StreamBudget budget) {
        super(request, limit, budget);
        this.socket = socket;
        goBelow(WebSocket13FrameEncoder.class);
        if (!isBelow()) {
            throw new IllegalArgumentException("no WebSocket of version 13");
        }
    }

    @Override
    void listen(Runnable drained, Runnable gone) {
        super.listen(
                () -> {
                    socket.resume();
                    drained.run();
                },
                gone);
        socket.frameHandler(frame -> onFrame(frame, gone));
        socket.exceptionHandler(cause -> onException(cause, gone));
        socket.closeHandler(nothing -> gone.run());
    }

    private void onFrame(WebSocketFrame frame, Runnable gone) {
        if (frame.isClose()) {
            gone.run();
        } else if (isFull()) {
            // Later, because after each ping that it hands over Vert.x asks for one frame more, paused or not.
            context().runOnContext(nothing -> pauseWhileFull());
        }
    }

    // Vert.x answers each ping, and its peer may not read the answers.
    private void pauseWhileFull() {
        if (isStillFull()) {
            socket.pause();
            mark();
        }
    }

    private void onException(Throwable cause, Runnable gone) {
        if (cause instanceof CorruptedWebSocketFrameException corrupt) {
            gone.run();
            socket.close((short) corrupt.closeStatus().code());
        }
    }

    @Override
    boolean writeHead() {
        return false; // it was sent with the upgrade
    }

    @Override
    void write(ByteBuf frames) {
        send(frames);
    }

    @Override
    Future<Void> end(boolean leaving, short code, String reason) {
        return socket.close(code, reason);
    }
}
