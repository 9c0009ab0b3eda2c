package dev.tailrace.server;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.testing.RunningBroker;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.util.Map;

/** A WebSocket server with the options of the broker, which sends each frame back. */
public final class EchoServer implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;

    /** Listens on a free port of loopback. */
    public EchoServer() {
        Settings settings = Settings.read(Map.of(Setting.INGEST_FRAME_BYTES, "20MiB"));
        server = RunningBroker.await(vertx.createHttpServer(HttpOptions.of(settings))
                .webSocketHandler(EchoServer::serve)
                .listen(0, "127.0.0.1"));
    }

    /** Echoes frame by frame, as devices are read. */
    private static void serve(ServerWebSocket socket) {
        var message = new Object() {
            Buffer content = Buffer.buffer();
            boolean text;
        };
        socket.frameHandler(frame -> {
            if (!frame.isText() && !frame.isBinary() && !frame.isContinuation()) {
                return;
            }
            message.text = frame.isText() || (frame.isContinuation() && message.text);
            message.content.appendBuffer(frame.binaryData());
            if (frame.isFinal()) {
                Buffer content = message.content;
                message.content = Buffer.buffer();
                socket.writeFrame(
                        message.text
                                ? WebSocketFrame.textFrame(content.toString(), true)
                                : WebSocketFrame.binaryFrame(content, true));
            }
        });
        socket.exceptionHandler(cause -> {
            if (cause instanceof CorruptedWebSocketFrameException corrupt) {
                socket.close((short) corrupt.closeStatus().code());
            }
        });
    }

    public int port() {
        return server.actualPort();
    }

    @Override
    public void close() {
        RunningBroker.await(vertx.close());
    }
}
