package dev.tailrace.cli;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A server that answers each request as the test says, and repeats the last answer. */
public final class ScriptedBroker implements AutoCloseable {

    /** Addresses asked for, in order. */
    public final List<String> asked = new CopyOnWriteArrayList<>();

    private final Vertx vertx = Vertx.vertx();
    private final List<Handler<HttpServerRequest>> answers = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private int port;

    @SafeVarargs
    public static ScriptedBroker answering(Handler<HttpServerRequest>... answers) throws Exception {
        var broker = new ScriptedBroker();
        broker.answers.addAll(List.of(answers));
        broker.listen();
        return broker;
    }

    /** Listens, again on the port of the first time. */
    public void listen() throws Exception {
        server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(port))
                .requestHandler(this::answer)
                .listen()
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    /** Cuts all connections and listens no more. */
    public void kill() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private void answer(HttpServerRequest request) {
        int number = asked.size();
        asked.add(request.uri());
        answers.get(Math.min(number, answers.size() - 1)).handle(request);
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    // ---- answers

    public static Handler<HttpServerRequest> problem(int status, String detail) {
        return request -> request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/problem+json")
                .putHeader("Retry-After", "0")
                .end("{\"type\":\"urn:x\",\"title\":\"t\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}");
    }

    /** An event stream that stays open. */
    public static Handler<HttpServerRequest> events(String text) {
        return request -> eventStream(request).write(text);
    }

    /** An event stream that is closed after this text. */
    public static Handler<HttpServerRequest> eventsThenCut(String text) {
        return request -> eventStream(request)
                .write(text)
                .onComplete(written -> request.connection().close());
    }

    private static HttpServerResponse eventStream(HttpServerRequest request) {
        return request.response().setChunked(true).putHeader("Content-Type", "text/event-stream; charset=utf-8");
    }

    public static Handler<HttpServerRequest> body(String type, String text) {
        return request -> request.response().putHeader("Content-Type", type).end(text);
    }

    public static Handler<HttpServerRequest> webSocket(Handler<ServerWebSocket> behaviour) {
        return request -> request.toWebSocket().onSuccess(behaviour);
    }

    /** Completes the handshake and sends nothing after it, not even an answer to a ping. */
    public static Handler<HttpServerRequest> silentWebSocket() {
        return request -> {
            String key = request.getHeader("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
            request.response()
                    .putHeader("Upgrade", "websocket")
                    .putHeader("Connection", "Upgrade")
                    .putHeader("Sec-WebSocket-Accept", sha1(key));
            request.toNetSocket().onSuccess(socket -> socket.handler(ignored -> {}));
        };
    }

    private static String sha1(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
