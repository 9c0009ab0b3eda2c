package dev.tailrace.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The state of devices. */
final class DeviceStateTest {

    private static RunningBroker broker;

    private final String device = "d-" + UUID.randomUUID();
    private final String path = "/api/v1/devices/" + device;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.RING_CAPACITY, "3"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private JsonObject one() {
        HttpResponse<String> answer = broker.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    @Test
    void unknown_is404() {
        HttpResponse<String> answer = broker.get(path);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(new JsonObject(answer.body()).getString("type")).isEqualTo("urn:tailrace:problem:unknown-device");
    }

    @Test
    void badId_is400() {
        assertThat(broker.get("/api/v1/devices/a%2Fb").statusCode()).isEqualTo(400);
        assertThat(broker.get("/api/v1/devices/" + "x".repeat(129)).statusCode())
                .isEqualTo(400);
    }

    @Test
    void deviceThatWrote_isListedAtOnce_withItsRange() {
        broker.say(device, "a", "b", "c", "d");
        JsonObject known = one();
        assertThat(known.getString("device")).isEqualTo(device);
        assertThat(known.getInteger("entries")).isEqualTo(3);
        assertThat(known.getString("oldest")).endsWith("-2");
        assertThat(known.getString("newest")).endsWith("-4");
        assertThat(known.getLong("lastReceivedAt")).isPositive();
        assertThat(known.getBoolean("online")).isFalse();
    }

    @Test
    void clearedDevice_isStillListed() {
        broker.say(device, "a");
        broker.delete(path + "/logs");
        JsonObject known = one();
        assertThat(known.getInteger("entries")).isZero();
        assertThat(known.containsKey("oldest")).as("there is none").isFalse();
        assertThat(known.getString("newest"))
                .as("where the next watcher begins")
                .endsWith("-1");
        assertThat(known.containsKey("lastReceivedAt")).isFalse();
    }

    @Test
    void watchersAndConnections_areCountedLive() {
        broker.say(device, "a");
        SseReader first = SseReader.open(broker.port(), path + "/logs/stream");
        SseReader second = SseReader.open(broker.port(), "/api/v1/logs/stream?device=" + device);
        await().atMost(10, SECONDS).until(() -> one().getInteger("watchers") == 2);
        first.cut();
        second.cut();
        await().atMost(10, SECONDS).until(() -> one().getInteger("watchers") == 0);

        assertThat(one().getInteger("connections")).isZero();
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + broker.port() + path + "/ingest"), new WebSocket.Listener() {})
                .join();
        await().atMost(10, SECONDS).until(() -> one().getInteger("connections") == 1);
        assertThat(one().getBoolean("online")).isTrue();
        socket.abort();
        await().atMost(10, SECONDS).until(() -> one().getInteger("connections") == 0);
    }

    @Test
    void list_hasDevicesInOrderWithTheirRates() {
        String earlier = "a-" + device;
        broker.say(device, "x", "y");
        broker.say(earlier, "z");
        await().atMost(20, SECONDS).until(() -> names().containsAll(List.of(earlier, device)));
        assertThat(names()).isSorted();
        assertThat(names()).noneMatch(name -> name.startsWith("_tailrace"));
        await().atMost(20, SECONDS).until(() -> {
            broker.say(device, "more");
            return one().getDouble("linesPerSecond") > 0 && one().getDouble("bytesPerSecond") > 0;
        });
        assertThat(one().getLong("lastSeen")).isPositive();
    }

    private static List<String> names() {
        return new JsonObject(broker.get("/api/v1/devices").body())
                .getJsonArray("devices").stream()
                        .map(device -> ((JsonObject) device).getString("device"))
                        .toList();
    }
}
