package dev.tailrace.cli.doctor;

import dev.tailrace.client.ErrorText;
import dev.tailrace.client.RefusedException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for the first message of a WebSocket. */
final class FirstMessage implements WebSocket.Listener {

    private final CompletableFuture<Void> arrived = new CompletableFuture<>();

    private FirstMessage() {}

    /**
     * Returns when the message has arrived.
     *
     * @throws IOException when the WebSocket does not open, or sends no message within the limit
     */
    static void await(WebSocket.Builder builder, URI address, Duration limit) throws IOException, InterruptedException {
        var greeting = new FirstMessage();
        CompletableFuture<Void> greeted = builder.connectTimeout(limit)
                .buildAsync(address, greeting)
                .thenCompose(open -> greeting.arrived.whenComplete((nothing, failure) -> open.abort()));
        try {
            greeted.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            greeting.arrived.completeExceptionally(silent); // which also abandons the handshake
            throw new IOException("no message within " + limit.toSeconds() + " s", silent);
        } catch (ExecutionException failed) {
            throw explain(failed);
        }
    }

    private static IOException explain(ExecutionException failed) {
        if (failed.getCause() instanceof WebSocketHandshakeException refused) {
            HttpResponse<?> response = refused.getResponse();
            String body = response.body() instanceof String text ? text : "";
            return RefusedException.ofStatus(response.statusCode(), response.headers(), body);
        }
        return new IOException(ErrorText.of(failed), failed);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        arrived.complete(null);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
        arrived.completeExceptionally(new IOException("closed without a message (" + code + ")"));
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable failure) {
        arrived.completeExceptionally(failure);
    }
}
