package dev.tailrace.auth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keys of administrators, devices and readers, on two brokers that share a Redis. */
final class KeysTest {

    private static final String ADMIN = "admin-token-of-this-test";
    private static RedisProcess redis;
    private static RunningBroker one;
    private static RunningBroker two;

    @BeforeAll
    static void start() throws Exception {
        redis = RedisProcess.start();
        one = broker();
        two = broker();
    }

    private static RunningBroker broker() {
        return RunningBroker.start(
                Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.REDIS_TIMEOUT, "500ms"));
    }

    @AfterAll
    static void stop() throws Exception {
        one.close();
        two.close();
        redis.close();
    }

    private static String bearer(String token) {
        return "Bearer " + token;
    }

    private static HttpResponse<String> admin(String method, String path, String body) {
        return one.request(method, path, body, "Authorization", bearer(ADMIN));
    }

    private static JsonObject make(String path, String body) {
        HttpResponse<String> made = admin("POST", path, body);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return new JsonObject(made.body());
    }

    private static int write(RunningBroker broker, String device, String token) {
        return broker.request(
                        "POST",
                        "/api/v1/devices/" + device + "/logs",
                        "hello",
                        "Content-Type",
                        "text/plain",
                        "Authorization",
                        bearer(token))
                .statusCode();
    }

    private static int read(RunningBroker broker, String device, String token) {
        return broker.get("/api/v1/devices/" + device + "/logs", "Authorization", bearer(token))
                .statusCode();
    }

    @Test
    void deviceKey_writesForItsDevice_andNothingElse() {
        String device = RunningBroker.newDevice();
        String token = make("/api/v1/devices/" + device + "/keys", "{\"name\":\"first\"}")
                .getString("token");
        assertThat(write(one, device, token)).isEqualTo(202);
        assertThat(write(two, device, token)).isEqualTo(202);
        assertThat(write(two, device + "-other", token)).isEqualTo(404);
        assertThat(read(one, device, token)).isEqualTo(404);
        assertThat(write(one, device, token.substring(0, token.length() - 1) + "!"))
                .isEqualTo(401);
        assertThat(one.get("/api/v1/keys", "Authorization", bearer(token)).statusCode())
                .isEqualTo(403);
        JsonArray keys = new JsonObject(
                        admin("GET", "/api/v1/devices/" + device + "/keys", "").body())
                .getJsonArray("keys");
        assertThat(keys).hasSize(1);
        assertThat(keys.getJsonObject(0).getString("name")).isEqualTo("first");
    }

    @Test
    void keyForPeople_readsAndLists_accordingToItsGrants() {
        String device = RunningBroker.newDevice();
        assertThat(write(one, device, ADMIN)).isEqualTo(202);
        String token = make("/api/v1/keys", "{\"grants\":[\"logs:read@device/" + device + "\"]}")
                .getString("token");
        assertThat(read(two, device, token)).isEqualTo(200);
        assertThat(write(two, device, token)).isEqualTo(404);
        await().atMost(20, SECONDS)
                .untilAsserted(() -> assertThat(listed(token)).containsExactly(device));
    }

    private static List<String> listed(String token) {
        return new JsonObject(two.get("/api/v1/devices", "Authorization", bearer(token))
                        .body())
                .getJsonArray("devices").stream()
                        .map(one -> ((JsonObject) one).getString("device"))
                        .toList();
    }

    @Test
    void secret_isNowhereInRedis() {
        String device = RunningBroker.newDevice();
        String token = make("/api/v1/devices/" + device + "/keys", "{}").getString("token");
        String secret = token.split("_", 3)[2];
        assertThat(write(one, device, token)).isEqualTo(202);
        List<?> names = (List<?>) redis.command("KEYS", "*");
        assertThat(names.toString()).contains("tailrace:auth:key:" + token.split("_", 3)[1]);
        for (Object name : names) {
            assertThat(redis.command("DUMP", name.toString()).toString())
                    .as(name.toString())
                    .doesNotContain(secret);
        }
    }

    @Test
    void rotation_createsANewKey_andEndsTheOldOne() {
        String device = RunningBroker.newDevice();
        String path = "/api/v1/devices/" + device + "/keys";
        JsonObject old = make(path, "{}");
        JsonObject fresh = make(path + "/" + old.getString("id") + "/rotate", "{\"grace\":2}");
        assertThat(write(two, device, fresh.getString("token"))).isEqualTo(202);
        await().atMost(20, SECONDS).until(() -> write(two, device, old.getString("token")) == 401);
        assertThat(write(two, device, fresh.getString("token"))).isEqualTo(202);
    }

    @Test
    void revocation_endsOpenStreams_onEveryBroker() throws Exception {
        String device = RunningBroker.newDevice();
        JsonObject key = make(
                "/api/v1/keys",
                "{\"grants\":[\"logs:read@device/" + device + "\",\"logs:write@device/" + device + "\"]}");
        String token = key.getString("token");
        CompletableFuture<String> closed = new CompletableFuture<>();
        two.http
                .newWebSocketBuilder()
                .header("Authorization", bearer(token))
                .buildAsync(two.wsUri("/api/v1/devices/" + device + "/ingest"), listener(closed))
                .get(10, SECONDS);
        try (SseReader reader = SseReader.open(
                two.port(), "/api/v1/devices/" + device + "/logs/stream?tail=10", "Authorization", bearer(token))) {
            assertThat(write(one, device, token)).isEqualTo(202);
            assertThat(reader.message().json().getString("message")).isEqualTo("hello");

            assertThat(admin("DELETE", "/api/v1/keys/" + key.getString("id"), "")
                            .statusCode())
                    .isEqualTo(204);

            EventReader.Event event = reader.message();
            assertThat(event.name()).isEqualTo("bye");
            assertThat(event.json().getString("reason")).isEqualTo("credential revoked");
            assertThat(closed.get(20, SECONDS)).isEqualTo("1008 credential revoked");
            assertThat(read(one, device, token)).isEqualTo(401);
            await().atMost(20, SECONDS).until(() -> read(two, device, token) == 401);
        }
    }

    /** It has many pages, and exceeds the buffers of a connection. */
    @Test
    void revocation_endsASlowlyReadHistory() {
        String device = RunningBroker.newDevice();
        String lines = ("x".repeat(20_000) + "\n").repeat(100);
        for (int i = 0; i < 10; i++) {
            one.request(
                    "POST",
                    "/api/v1/devices/" + device + "/logs",
                    lines,
                    "Content-Type",
                    "text/plain",
                    "Authorization",
                    bearer(ADMIN));
        }
        JsonObject key = make("/api/v1/keys", "{\"grants\":[\"logs:read@device/" + device + "\"]}");
        String token = key.getString("token");
        try (RawSocket reader = new RawSocket(two.port(), 4096)) {
            reader.write("GET /api/v1/devices/" + device + "/logs?format=ndjson HTTP/1.1\r\nHost: localhost\r\n"
                    + "Authorization: " + bearer(token) + "\r\n\r\n");
            assertThat(reader.readHead()).startsWith("HTTP/1.1 200 ");
            admin("DELETE", "/api/v1/keys/" + key.getString("id"), "");
            await().atMost(20, SECONDS)
                    .until(() -> two.get("/api/v1/revocations", "Authorization", bearer(ADMIN))
                            .body()
                            .contains(key.getString("id")));
            long read = 0;
            while (reader.read() >= 0) {
                read++;
            }
            assertThat(read).as("of some 15 MB").isLessThan(8_000_000);
        }
    }

    private static WebSocket.Listener listener(CompletableFuture<String> closed) {
        return new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                closed.complete(code + " " + reason);
                return null;
            }
        };
    }

    @Test
    void expiredKey_isRefused_andItsStreamEnds() throws Exception {
        String device = RunningBroker.newDevice();
        String token = make("/api/v1/keys", "{\"expiresIn\":2,\"grants\":[\"logs:read@device/" + device + "\"]}")
                .getString("token");
        try (SseReader reader = SseReader.open(
                two.port(), "/api/v1/devices/" + device + "/logs/stream?tail=10", "Authorization", bearer(token))) {
            EventReader.Event event = reader.message();
            assertThat(event.name()).isEqualTo("bye");
            assertThat(event.json().getString("reason")).isEqualTo("credential expired");
            assertThat(read(two, device, token)).isEqualTo(401);
        }
    }

    @Test
    void redisUnavailable_knownKeysAreAccepted_andOthersAskedToRetry() throws Exception {
        String device = RunningBroker.newDevice();
        String known = make("/api/v1/devices/" + device + "/keys", "{}").getString("token");
        String other = make("/api/v1/devices/" + device + "/keys", "{}").getString("token");
        assertThat(write(one, device, known)).isEqualTo(202);
        redis.suspend();
        try {
            await().atMost(20, SECONDS).until(() -> write(one, device, other) == 503);
            // Not 401: the caller was identified, but its line could not be stored.
            assertThat(write(one, device, known)).isEqualTo(503);
        } finally {
            redis.resume();
        }
        await().atMost(20, SECONDS).until(() -> write(one, device, other) == 202);
    }

    @Test
    void streamsBeyondTheLimit_areRefused_untilOneEnds() {
        String device = RunningBroker.newDevice();
        String token = make("/api/v1/keys", "{\"grants\":[\"logs:read@device/" + device + "\"]}")
                .getString("token");
        String path = "/api/v1/devices/" + device + "/logs/stream";
        try (RunningBroker small = RunningBroker.start(Map.of(
                        Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.STREAMS_PER_USER, "2"));
                SseReader first = SseReader.open(small.port(), path, "Authorization", bearer(token))) {
            assertThat(first.status()).isEqualTo(200);
            try (SseReader second = SseReader.open(small.port(), path, "Authorization", bearer(token))) {
                assertThat(second.status()).isEqualTo(200);
                HttpResponse<String> third = small.get(path, "Authorization", bearer(token));
                assertThat(third.statusCode()).isEqualTo(429);
                assertThat(third.body()).contains("--streams-per-user");
                assertThat(small.metric("tailrace_refused_total{limit=\"streams-per-user\"}"))
                        .isEqualTo(1);
            }
            await().atMost(20, SECONDS).until(() -> {
                try (SseReader again = SseReader.open(small.port(), path, "Authorization", bearer(token))) {
                    return again.status() == 200;
                }
            });
        }
    }

    @Test
    void badRequests_areExplained() {
        String path = "/api/v1/devices/" + RunningBroker.newDevice() + "/keys";
        assertThat(admin("POST", path, "[]").statusCode()).isEqualTo(400);
        assertThat(admin("POST", path, "{\"grants\":[\"logs:read@*\"]}").body())
                .contains("only have grants for that device");
        assertThat(admin("POST", "/api/v1/keys", "{}").body()).contains("logs:read@*");
        assertThat(admin("POST", "/api/v1/keys", "{\"grants\":[\"fly@*\"]}").body())
                .contains("logs:write");
        assertThat(admin("POST", path, "{\"expiresIn\":-1}").body()).contains("seconds");
        assertThat(admin("DELETE", path + "/0123456789abcdef", "").statusCode()).isEqualTo(404);
        assertThat(admin("POST", path, "{\"name\":\"" + "x".repeat(20_000) + "\"}")
                        .statusCode())
                .isEqualTo(413);
        for (int i = 0; i < 16; i++) {
            make(path, "{}");
        }
        assertThat(admin("POST", path, "{}").statusCode()).isEqualTo(409);
    }
}
