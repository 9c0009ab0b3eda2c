package dev.tailrace.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The JDK's WebSocket client, message by message; waits ten seconds for each. */
public final class WebSocketReader implements AutoCloseable, WebSocket.Listener {

    private static final int PATIENCE_SECONDS = 10;

    private final BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final CompletableFuture<Void> pinged = new CompletableFuture<>();
    private final StringBuilder part = new StringBuilder();
    private final WebSocket socket;

    private WebSocketReader(RunningBroker broker, URI uri) {
        socket = broker.http
                .newWebSocketBuilder()
                .buildAsync(uri, this)
                .orTimeout(PATIENCE_SECONDS, SECONDS)
                .join();
    }

    /** @param path with a query */
    public static WebSocketReader open(RunningBroker broker, String path) {
        return new WebSocketReader(broker, broker.wsUri(path));
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        part.append(data);
        if (last) {
            messages.add(new JsonObject(part.toString()));
            part.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket from, java.nio.ByteBuffer message) {
        pinged.complete(null);
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable cause) {
        closed.completeExceptionally(cause);
    }

    /** The next message, whatever it is. */
    public JsonObject next() {
        try {
            JsonObject message = messages.poll(PATIENCE_SECONDS, SECONDS);
            if (message == null) {
                throw new AssertionError("no message");
            }
            return message;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The next message that is no event of a place to resume from. */
    public JsonObject message() {
        JsonObject message = next();
        while ("place".equals(message.getString("event"))) {
            message = next();
        }
        return message;
    }

    /** The text of the next message, which is an entry. */
    public String entry() {
        JsonObject message = message();
        if (message.containsKey("event")) {
            throw new AssertionError("no entry: " + message);
        }
        return message.getString("message");
    }

    /** Whether nothing came that was not asked for yet. */
    public boolean isQuiet() {
        return messages.isEmpty();
    }

    public void awaitPing() {
        await(pinged);
    }

    /** How the broker closed. */
    public int closeCode() {
        return await(closed);
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
