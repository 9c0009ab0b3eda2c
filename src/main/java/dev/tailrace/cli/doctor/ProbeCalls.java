package dev.tailrace.cli.doctor;

import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.ByteStream;
import dev.tailrace.client.ErrorText;
import dev.tailrace.client.EventStreamParser;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.Query;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The calls of the doctor to a broker, each within a limit of time and bytes. */
final class ProbeCalls {

    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final int MAX_ANSWER_BYTES = 64 * 1024;
    private static final int MAX_EVENTS = 1000;

    private final BrokerUrl url;
    private final Bearer bearer;
    private final HttpClient client;
    private final InstantSource clock;

    ProbeCalls(BrokerUrl url, Bearer bearer, HttpClient client, InstantSource clock) {
        this.url = url;
        this.bearer = bearer;
        this.client = client;
        this.clock = clock;
    }

    boolean haveToken() {
        return bearer.header() != null;
    }

    /** The caller's own token, or a made-up one. */
    String authorization() {
        String header = bearer.header();
        return header == null ? "Bearer doctor" : header;
    }

    /** A request with a common URL, whose answer may come from a cache. */
    ProbeAnswer look() throws IOException, InterruptedException {
        return get(new Query(), "/api/v1/doctor");
    }

    /** A request with a header and a unique URL. */
    ProbeAnswer look(String header, String value) throws IOException, InterruptedException {
        return get(new Query().with("n", UUID.randomUUID()), "/api/v1/doctor", header, value);
    }

    /** The identity that belongs to the token. */
    ProbeAnswer whoAmI() throws IOException, InterruptedException {
        return get(new Query(), "/api/v1/session", "Authorization", authorization());
    }

    private ProbeAnswer get(Query query, String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.http(path, query));
        if (headers.length > 0) {
            request.headers(headers);
        }
        long asked = clock.millis();
        HttpResponse<ByteStream> answer = send(request.build());
        long answered = clock.millis();
        try (ByteStream body = answer.body()) {
            return new ProbeAnswer(
                    answer.statusCode(), answer.headers(), answer.version(), text(body), asked, answered);
        }
    }

    private static String text(ByteStream body) throws IOException, InterruptedException {
        var text = new ByteArrayOutputStream();
        byte[] piece = body.next(LIMIT);
        while (piece != null && text.size() < MAX_ANSWER_BYTES) {
            text.write(piece, 0, Math.min(piece.length, MAX_ANSWER_BYTES - text.size()));
            piece = body.next(LIMIT);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /**
     * Reads a stream of numbered events; does not read a compressed one.
     *
     * @param encoding the accepted content encoding
     * @param silence between two events of the stream, or null for the usual events
     */
    ProbeStream stream(String encoding, @Nullable Duration silence) throws IOException, InterruptedException {
        Query query = new Query().with("silent", silence == null ? null : true);
        HttpRequest request = HttpRequest.newBuilder(url.http("/api/v1/doctor/stream", query))
                .header("Accept", "text/event-stream")
                .header("Accept-Encoding", encoding)
                .build();
        // A proxy may hold back the head until the stream ends.
        Duration limit = silence == null ? LIMIT : LIMIT.plus(silence);
        HttpResponse<ByteStream> answer = send(request, limit);
        var events = new NumberedEvents();
        String failure = null;
        try (ByteStream body = answer.body()) {
            boolean readable = answer.statusCode() == 200
                    && answer.headers()
                            .firstValue("Content-Encoding")
                            .orElse("identity")
                            .equals("identity");
            failure = readable ? events.read(body, limit) : null;
        }
        return new ProbeStream(
                answer.statusCode(), answer.headers(), List.copyOf(events.arrived), events.areAll(), failure);
    }

    /** Collects the events until the end. */
    private static final class NumberedEvents implements EventStreamParser.Listener {
        private final List<ProbeStream.Event> arrived = new ArrayList<>();
        private long expected = Long.MAX_VALUE;

        /** Returns the reason of an early end, or null. */
        @Nullable
        String read(ByteStream body, Duration limit) throws InterruptedException {
            var parser = new EventStreamParser(this);
            long end = System.nanoTime() + limit.toNanos();
            try {
                byte[] piece = body.next(limit);
                while (piece != null && arrived.size() < MAX_EVENTS) {
                    parser.feed(piece, 0, piece.length);
                    piece = body.next(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
                }
                return areAll() ? null : "end of stream";
            } catch (IOException broken) {
                return ErrorText.of(broken);
            }
        }

        boolean areAll() {
            return arrived.size() == expected;
        }

        @Override
        public void event(String type, String data) {
            JsonFields event = JsonFields.readOrEmpty(data);
            if (event.has("number")) {
                expected = event.number("of", Long.MAX_VALUE);
                long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
                arrived.add(new ProbeStream.Event(event.number("now", 0), now));
            }
        }

        @Override
        public void place(String lastEventId) {} // the stream is not resumed

        @Override
        public void retry(long millis) {} // nor repeated
    }

    private HttpResponse<ByteStream> send(HttpRequest request) throws IOException, InterruptedException {
        return send(request, LIMIT);
    }

    private HttpResponse<ByteStream> send(HttpRequest request, Duration limit)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<ByteStream>> answer = client.sendAsync(request, ByteStream.handler());
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            answer.cancel(true);
            throw new IOException("no response within " + limit.toSeconds() + " s", silent);
        } catch (ExecutionException failed) {
            throw new IOException(ErrorText.of(failed), failed);
        }
    }

    /** Opens a WebSocket as a page of the broker's own origin would, and waits for its first message. */
    void openWebSocket() throws IOException, InterruptedException {
        URI address = url.webSocket("/api/v1/doctor/websocket", new Query());
        FirstMessage.await(client.newWebSocketBuilder().header("Origin", url.origin()), address, LIMIT);
    }
}
