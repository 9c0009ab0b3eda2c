package dev.tailrace.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DoctorRoutesTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        // Streams are held open to the end, on the one loop that counts them.
        broker = RunningBroker.start(Map.of(
                Setting.EVENT_LOOPS,
                "1",
                Setting.STREAM_HEARTBEAT,
                "5m",
                Setting.AUTH_ADMIN_TOKEN,
                "the-administrators-token"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void response_revealsOfSecretsOnlyThatTheyExist() {
        HttpResponse<String> answer = broker.get(
                "/api/v1/doctor",
                "Authorization",
                "Bearer secret-1",
                "Cookie",
                "tailrace-probe=secret-2; tailrace=secret-3");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body() + answer.headers()).doesNotContain("secret-");
        JsonObject seen = new JsonObject(answer.body());
        assertThat(seen.getBoolean("authorization")).isTrue();
        assertThat(seen.getBoolean("cookie")).isTrue();
        assertThat(seen.getBoolean("lastEventId")).isFalse();
        assertThat(seen.getString("version")).isEqualTo("HTTP/1.1");
        assertThat(seen.getString("address")).isEqualTo("127.0.0.1");
        assertThat(seen.getString("host")).isEqualTo("127.0.0.1:" + broker.port());
        assertThat(seen.getLong("silence")).isEqualTo(60_000); // not the five minutes
    }

    @Test
    void cookie_hasTheAttributesOfALogins() {
        HttpResponse<String> plain = broker.get("/api/v1/doctor");
        assertThat(plain.headers().firstValue("Set-Cookie").orElse(""))
                .contains("tailrace-probe=1", "HTTPOnly", "SameSite=Strict", "Path=/")
                .doesNotContain("Secure");
        HttpResponse<String> overTls = broker.get("/api/v1/doctor", "X-Forwarded-Proto", "https");
        assertThat(overTls.headers().firstValue("Set-Cookie").orElse("")).contains("Secure");
    }

    @Test
    void stream_hasTheHeadersOfStreamsOfEntries_andEnds() {
        HttpResponse<String> answer = broker.get("/api/v1/doctor/stream");
        assertThat(answer.body())
                .startsWith("id: 1\ndata: {\"number\":1,\"of\":8,")
                .endsWith("}\n\n");
        assertThat(answer.body().lines().filter(line -> line.startsWith("data: ")))
                .hasSize(8);
        try (SseReader entries = SseReader.open(
                broker.port(),
                "/api/v1/devices/lamp/logs/stream",
                "Authorization",
                "Bearer the-administrators-token")) {
            for (String name : List.of("content-type", "cache-control", "x-accel-buffering")) {
                assertThat(answer.headers().firstValue(name)).as(name).contains(entries.header(name));
            }
        }
    }

    @Test
    void streams_areLimited_andAnEndedStreamMakesRoom() {
        List<SseReader> open = new ArrayList<>();
        try {
            for (int i = 0; i < DoctorRoutes.STREAMS_AT_A_TIME; i++) {
                open.add(SseReader.open(broker.port(), "/api/v1/doctor/stream?silent=true"));
                assertThat(open.get(i).status()).isEqualTo(200);
            }
            HttpResponse<String> refused = broker.get("/api/v1/doctor/stream");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).contains("5");
            assertThat(refused.body()).contains("too-many-probes");
        } finally {
            open.forEach(SseReader::close);
        }
        await().atMost(20, SECONDS)
                .until(() -> broker.get("/api/v1/doctor/stream").statusCode() == 200);
    }

    @Test
    void webSocket_withoutUpgrade_isRefusedWithTheReason() {
        HttpResponse<String> answer = broker.get("/api/v1/doctor/websocket");
        assertThat(answer.statusCode()).isEqualTo(426);
        assertThat(answer.body()).contains("Upgrade");
    }
}
