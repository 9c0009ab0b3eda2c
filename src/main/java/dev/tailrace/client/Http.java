package dev.tailrace.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** HTTP calls of the commands to the broker with a token; refusals become exceptions. */
public final class Http {

    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final Bearer bearer;
    private final HttpClient client;

    public Http(Bearer bearer, HttpClient client) {
        this.bearer = bearer;
        this.client = client;
    }

    // HTTP/1.1: an upgrade to HTTP/2 would only add a round trip for a client with one request at a time. Redirects
    // are not followed, because the token would be sent to their targets.
    public static HttpClient client(@Nullable Path authorities) throws IOException {
        return client(authorities, HttpClient.Version.HTTP_1_1);
    }

    public static HttpClient client(@Nullable Path authorities, HttpClient.Version version) throws IOException {
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(version)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT);
        if (authorities != null) {
            client.sslContext(Authorities.trust(authorities));
        }
        return client.build();
    }

    /** A builder for a WebSocket with the caller's token. */
    WebSocket.Builder webSocket() {
        WebSocket.Builder builder = client.newWebSocketBuilder();
        String header = bearer.header();
        return header == null ? builder : builder.header("Authorization", header);
    }

    private HttpRequest.Builder request(URI address) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        String header = bearer.header();
        return header == null ? request : request.header("Authorization", header);
    }

    /**
     * The answer to a GET, when its status is 200 and it has the requested type.
     *
     * @param body reads it; a refusal is read as text
     * @param limit for the head of the answer, so that endless bodies have no limit
     * @throws RefusedException when the broker answers anything else
     * @throws IOException when nobody answers
     */
    public <T> T get(URI address, String type, BodyHandler<T> body, Duration limit)
            throws IOException, InterruptedException {
        // If Accept has no other type, the broker answers the refusal of a stream as a stream, for browsers.
        HttpRequest request = request(address)
                .header("Accept", type + ", application/problem+json")
                .build();
        CompletableFuture<HttpResponse<Answer<T>>> sent = client.sendAsync(request, head -> {
            boolean asked = head.statusCode() == 200
                    && head.headers().firstValue("Content-Type").orElse("").startsWith(type);
            return asked
                    ? BodySubscribers.mapping(body.apply(head), value -> new Answer<T>(value, null))
                    : BodySubscribers.mapping(
                            BodySubscribers.ofString(StandardCharsets.UTF_8), text -> new Answer<T>(null, text));
        });
        HttpResponse<Answer<T>> response = await(sent, limit);
        T value = response.body().value();
        if (value != null) {
            return value;
        }
        if (response.statusCode() == 200) {
            throw RefusedException.lasting("the server at " + address + " is not a Tailrace broker");
        }
        String text = response.body().refusal();
        throw RefusedException.ofStatus(response.statusCode(), response.headers(), text == null ? "" : text);
    }

    /**
     * The JSON of an answer; empty when the answer has no body.
     *
     * @throws RefusedException when the broker answers anything but success
     * @throws IOException when nobody answers
     */
    public String call(String method, URI address, String json, Duration limit)
            throws IOException, InterruptedException {
        HttpRequest request = request(address)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json))
                .build();
        HttpResponse<String> response = await(client.sendAsync(request, BodyHandlers.ofString()), limit);
        if (response.statusCode() / 100 != 2) {
            throw RefusedException.ofStatus(response.statusCode(), response.headers(), response.body());
        }
        return response.body();
    }

    /** The requested body, or the text that was sent instead. */
    private record Answer<T>(@Nullable T value, @Nullable String refusal) {}

    private static <T> T await(CompletableFuture<T> answer, Duration limit) throws IOException, InterruptedException {
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            answer.cancel(true);
            throw new IOException("no response within " + limit.toSeconds() + " s", silent);
        } catch (ExecutionException failed) {
            throw new IOException(ErrorText.of(failed), failed);
        }
    }
}
