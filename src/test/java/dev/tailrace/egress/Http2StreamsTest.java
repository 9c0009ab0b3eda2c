package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.DeliveryAudit;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawHttp2;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers and senders over HTTP/2, many on one connection: the promises are the same, and no stream affects another.
 */
final class Http2StreamsTest {

    private static final String LOGS = "/api/v1/devices/d/logs";
    private static final String STREAM = LOGS + "/stream";
    private static final String FILLER = "x".repeat(1000);

    private final TestAuthority authority = new TestAuthority();
    private final AtomicInteger connections = new AtomicInteger();
    private Vertx vertx;
    private RunningBroker broker;
    private HttpClient client;
    private int said;

    @TempDir
    Path folder;

    @BeforeEach
    void begin() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void end() {
        RunningBroker.await(vertx.close());
        if (broker != null) {
            broker.close();
        }
    }

    private void start(boolean tls, Map<Setting, String> more) {
        Map<Setting, String> settings =
                new HashMap<>(Map.of(Setting.STREAM_HEARTBEAT, "150ms", Setting.HTTP2_CLEARTEXT, "true"));
        settings.putAll(more);
        broker = tls ? RunningBroker.start(authority, folder, settings) : RunningBroker.start(settings);
        // Large for the connection and small for a stream, so that a stream that is not read blocks only itself.
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setInitialSettings(new Http2Settings().setInitialWindowSize(65_535))
                .setHttp2ConnectionWindowSize(16 * 1024 * 1024);
        if (tls) {
            options.setSsl(true)
                    .setUseAlpn(true)
                    .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(authority.pem())));
        }
        client = vertx.httpClientBuilder()
                .with(options)
                .with(new PoolOptions().setHttp2MaxSize(1))
                .withConnectHandler(connection -> {
                    connections.incrementAndGet();
                    connection.exceptionHandler(broken -> {}); // the streams report it
                })
                .build();
    }

    private void say(int lines) {
        broker.say(
                "d",
                IntStream.range(0, lines)
                        .mapToObj(i -> "line " + (said + i + 1) + " " + FILLER)
                        .toArray(String[]::new));
        said += lines;
    }

    private HttpClientResponse ask(HttpMethod method, String path, Buffer body, String... headers) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(broker.port())
                .setURI(path);
        for (int i = 0; i < headers.length; i += 2) {
            options.putHeader(headers[i], headers[i + 1]);
        }
        HttpClientResponse response = RunningBroker.await(client.request(options)
                .compose(request -> request.send(body).map(answer -> {
                    answer.pause(); // until there is a handler
                    return answer;
                })));
        assertThat(response.version()).isEqualTo(HttpVersion.HTTP_2);
        return response;
    }

    private static String text(HttpClientResponse response) {
        Future<Buffer> body = response.body();
        response.resume();
        return RunningBroker.await(body).toString();
    }

    /** One stream of events. */
    private final class Reader implements EventReader {
        private final BlockingQueue<EventReader.Event> events = new LinkedBlockingQueue<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final HttpClientResponse response;
        private Buffer rest = Buffer.buffer();

        Reader(String path) {
            response = ask(HttpMethod.GET, path, Buffer.buffer());
            assertThat(response.statusCode()).isEqualTo(200);
            response.exceptionHandler(end::completeExceptionally);
            response.endHandler(nothing -> end.complete(null));
            response.handler(this::onBytes);
            response.resume();
        }

        private void onBytes(Buffer bytes) {
            String[] blocks = rest.appendBuffer(bytes).toString().split("\n\n", -1);
            for (int i = 0; i < blocks.length - 1; i++) {
                events.add(event(blocks[i]));
            }
            rest = Buffer.buffer(blocks[blocks.length - 1]);
        }

        private static EventReader.Event event(String block) {
            Map<String, String> fields = new HashMap<>();
            block.lines().forEach(line -> {
                String[] field = line.split(": ?", 2);
                fields.put(field[0], field[1]);
            });
            return new EventReader.Event(
                    fields.get("event"), fields.get("id"), fields.get("data"), null, fields.containsKey(""));
        }

        @Override
        public EventReader.Event next() {
            try {
                EventReader.Event event = events.poll(20, SECONDS);
                assertThat(event).as("nothing came").isNotNull();
                return event;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /** Connected, and its position is known. */
        Reader placed() {
            while (next().id() == null) {
                // a heartbeat, or the time to reconnect
            }
            return this;
        }
    }

    // ---- what streams carry

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void streams_carryEntriesInOrderAndHeartbeats(boolean tls) {
        start(tls, Map.of());
        Reader one = new Reader(STREAM).placed();
        Reader several = new Reader("/api/v1/logs/stream?device=d&device=e");
        say(200);
        DeliveryAudit audit = new DeliveryAudit(1);
        audit.readTo(one, 200);
        assertThat(audit.entries()).isEqualTo(200);
        EventReader.Event first = several.message();
        while (first.name() != null) { // the positions so far
            first = several.message();
        }
        assertThat(first.json().getString("device")).isEqualTo("d");
        await().atMost(10, SECONDS).until(() -> "alive".equals(one.next().name()));
        assertThat(connections).hasValue(1);
    }

    @Test
    void ndjson_isOneObjectPerLine() {
        start(false, Map.of());
        say(3);
        HttpClientResponse response = ask(HttpMethod.GET, STREAM + "?format=ndjson&tail=3", Buffer.buffer());
        var lines = new LinkedBlockingQueue<String>();
        response.handler(bytes ->
                bytes.toString().lines().filter(line -> !line.isBlank()).forEach(lines::add));
        response.resume();
        await().atMost(10, SECONDS).until(() -> lines.size() == 3);
        assertThat(lines)
                .allMatch(line -> new JsonObject(line).getString("message").endsWith(FILLER));
        assertThat(response.getHeader("Content-Type")).startsWith("application/x-ndjson");
        assertThat(response.headers().contains("Transfer-Encoding")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void historyAndPosts_areComplete(boolean tls) {
        start(tls, Map.of());
        Buffer body = Buffer.buffer();
        for (int i = 0; i < 1000; i++) {
            body.appendString("line " + i + " " + FILLER + "\n");
        }
        HttpClientResponse posted = ask(HttpMethod.POST, LOGS, body, "Content-Type", "text/plain");
        assertThat(posted.statusCode()).isEqualTo(202);
        assertThat(new JsonObject(text(posted)).getInteger("stored")).isEqualTo(1000);

        HttpClientResponse history = ask(HttpMethod.GET, LOGS, Buffer.buffer());
        JsonArray entries = new JsonArray(text(history));
        assertThat(entries).hasSize(1000);
        assertThat(entries.getJsonObject(999).getString("message")).startsWith("line 999 ");
    }

    @Test
    void balenaTail_beginsAndEndsByReset() {
        start(false, Map.of(Setting.STREAM_HEARTBEAT, "15s"));
        HttpClientResponse tail = ask(HttpMethod.GET, "/device/v2/d/logs?stream=1", Buffer.buffer());
        var ended = new CompletableFuture<Void>();
        tail.exceptionHandler(ended::completeExceptionally);
        tail.endHandler(nothing -> ended.complete(null));
        var said = new CompletableFuture<String>();
        tail.handler(bytes -> said.complete(bytes.toString()));
        tail.resume();
        Reader later = new Reader("/api/v1/devices/other/logs/stream").placed();
        assertThat(later.next().name())
                .as("its heartbeat, which comes after the tail's turn")
                .isEqualTo("alive");
        broker.say("d", "hello");
        assertThat(said).succeedsWithin(java.time.Duration.ofSeconds(10));
        assertThat(said.join())
                .as("the tail begins with no blank line")
                .startsWith("{")
                .contains("\"hello\"");
        broker.close();
        broker = null;
        assertThat(ended).failsWithin(java.time.Duration.ofSeconds(10)); // it is not complete
    }

    // ---- readers that do not read

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void stalledStream_isResetAlone_othersOfItsConnectionGetAll(boolean tls) throws Exception {
        start(tls, Map.of(Setting.STREAM_STALL_LIMIT, "1s"));
        Reader stalled = new Reader(STREAM).placed();
        Reader reader = new Reader(STREAM).placed();
        stalled.response.pause();
        DeliveryAudit audit = new DeliveryAudit(1);
        await().atMost(30, SECONDS).until(() -> {
            say(100);
            audit.readTo(reader, said);
            return broker.metric("tailrace_subscribers_evicted_total{") == 1;
        });
        say(100);
        audit.readTo(reader, said);
        assertThat(audit.missing()).isZero();
        assertThat(broker.metric("tailrace_subscribers{")).isEqualTo(1);
        stalled.response.resume();
        assertThat(stalled.end)
                .failsWithin(java.time.Duration.ofSeconds(10))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(StreamResetException.class);
        assertThat(text(ask(HttpMethod.GET, LOGS + "?limit=1", Buffer.buffer())))
                .contains("line " + said);
        assertThat(connections).as("the connection is the same").hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void streamThatWasNotRead_getsExactGaps(boolean tls) {
        start(tls, Map.of(Setting.RING_CAPACITY, "500", Setting.STREAM_BYTES, "16KiB"));
        Reader slow = new Reader(STREAM).placed();
        slow.response.pause();
        for (int i = 0; i < 12; i++) { // more than the feed's tail keeps for a reader that lags
            say(500);
        }
        slow.response.resume();
        DeliveryAudit audit = new DeliveryAudit(1);
        audit.readTo(slow, said);
        assertThat(audit.entries() + audit.missing()).isEqualTo(said);
        assertThat(audit.missing()).isPositive();
        assertThat(audit.reason()).isEqualTo("slow");
    }

    @Test
    void streamThatIsReadSlowly_isNotEvicted() {
        start(false, Map.of(Setting.STREAM_STALL_LIMIT, "2s", Setting.STREAM_BYTES, "256KiB"));
        say(600); // more than the window and what may wait
        Reader slow = new Reader(STREAM + "?tail=600");
        slow.response.pause();
        AtomicInteger fetched = new AtomicInteger();
        vertx.setPeriodic(100, id -> {
            fetched.incrementAndGet();
            slow.response.fetch(1); // 16 KiB at most
        });
        await().atMost(30, SECONDS).until(() -> fetched.get() > 35);
        assertThat(broker.metric("tailrace_subscribers_evicted_total{")).isZero();
    }

    @Test
    void connectionThatIsNotRead_isEndedWithItsStreams() {
        start(
                false,
                Map.of(
                        Setting.STREAM_STALL_LIMIT, "500ms",
                        Setting.SOCKET_SEND_BUFFER, "16KiB",
                        Setting.STREAM_BYTES, "1MiB"));
        try (RawHttp2 raw = new RawHttp2(broker.port(), 4096, 16 * 1024 * 1024)) {
            raw.get(1, STREAM);
            raw.get(3, STREAM);
            await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 2);
            await().atMost(30, SECONDS).until(() -> {
                say(100);
                return broker.metric("tailrace_subscribers_evicted_total{") == 2;
            });
            await().atMost(20, SECONDS)
                    .until(
                            () -> { // nothing else informs a peer that does not read
                                try {
                                    raw.send(RawHttp2.PING, 0, 0, new byte[8]);
                                    return false;
                                } catch (UncheckedIOException ended) {
                                    return true;
                                }
                            });
        }
    }

    // ---- leaving

    @Test
    void leaving_saysByeAndEndsTheStream() {
        start(false, Map.of());
        Reader reader = new Reader(STREAM).placed();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(broker::close);
        assertThat(reader.message().name()).isEqualTo("bye");
        assertThat(reader.end).succeedsWithin(java.time.Duration.ofSeconds(10));
        assertThat(closing).succeedsWithin(java.time.Duration.ofSeconds(20));
        broker = null;
    }

    @Test
    void leaving_sendsThePeerElsewhereBeforeItsStreamEnds() {
        start(false, Map.of());
        try (RawHttp2 raw = new RawHttp2(broker.port(), 64 * 1024, 1024 * 1024)) {
            raw.get(1, STREAM);
            await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") == 1);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(broker::close);
            assertThat(raw.next(RawHttp2.GOAWAY)).isNotNull();
            RawHttp2.Frame data = raw.next(RawHttp2.DATA);
            while (data != null && (data.flags() & RawHttp2.END_STREAM) == 0) {
                data = raw.next(RawHttp2.DATA);
            }
            assertThat(data).as("the end of the stream").isNotNull();
            assertThat(closing).succeedsWithin(java.time.Duration.ofSeconds(20));
            broker = null;
        }
    }

    // ---- what is refused

    @Test
    void webSocket_isRefusedWithoutHeadersOfHttp1() {
        start(false, Map.of());
        for (String path : List.of("/api/v1/devices/d/ingest", "/loki/api/v1/tail?query=%7Bdevice%3D%22d%22%7D")) {
            HttpClientResponse refused = ask(HttpMethod.GET, path, Buffer.buffer());
            assertThat(refused.statusCode()).isEqualTo(426);
            assertThat(new JsonObject(text(refused)).getString("title")).isEqualTo("WebSocket required");
        }
    }

    @Test
    void refusedBody_isAnsweredAndItsConnectionGoesOn() {
        start(false, Map.of());
        Buffer body = Buffer.buffer(FILLER.repeat(500));
        for (String path : List.of("/nothing", LOGS, "/device/v2/d/logs", "/v1/logs")) {
            HttpClientResponse refused = ask(HttpMethod.POST, path, body, "Content-Type", "image/png");
            assertThat(refused.statusCode()).isBetween(400, 499);
            assertThat(refused.headers().contains("Connection")).isFalse();
            text(refused);
        }
        assertThat(ask(HttpMethod.GET, LOGS, Buffer.buffer()).statusCode()).isEqualTo(200);
        assertThat(connections).hasValue(1);
    }
}
