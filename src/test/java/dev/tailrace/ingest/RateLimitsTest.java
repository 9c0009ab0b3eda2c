package dev.tailrace.ingest;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices and fleets over their rate limits are read more slowly and counted, and lose no lines. */
@Timeout(60)
final class RateLimitsTest {

    private RunningBroker broker;

    @AfterEach
    void stop() {
        broker.close();
    }

    /** Few bytes, so that they arrive in one piece. */
    private static String lines(int count) {
        return "x\n".repeat(count);
    }

    private CompletableFuture<HttpResponse<String>> post(String device, int count) {
        return broker.http.sendAsync(
                HttpRequest.newBuilder(broker.uri("/api/v1/devices/" + device + "/logs"))
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString(lines(count)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private WebSocket connect(String device) {
        return broker.http
                .newWebSocketBuilder()
                .buildAsync(broker.wsUri("/api/v1/devices/" + device + "/ingest"), new WebSocket.Listener() {})
                .join();
    }

    private double slowed(String limit) {
        return broker.metric("tailrace_slowed_total{limit=\"" + limit + "\"}");
    }

    private double stored() {
        return broker.metric("tailrace_lines_stored_total");
    }

    @Test
    void deviceOverItsRate_isPaused_andOthersAreNot() {
        broker = RunningBroker.start(Map.of(Setting.DEVICE_LINES, "10"));
        CompletableFuture<HttpResponse<String>> much = post("fast", 500);
        await().atMost(20, SECONDS).until(() -> stored() == 500); // at once, and then the device pauses
        assertThat(slowed("device-lines")).isEqualTo(1);
        CompletableFuture<HttpResponse<String>> more = post("fast", 1);
        WebSocket socket = connect("fast");
        socket.sendText("{\"message\":\"and another\"}", true).join();
        assertThat(post("slow", 1).join().statusCode()).isEqualTo(202);
        await().atMost(20, SECONDS).untilAsserted(() -> assertThat(stored()).isEqualTo(501));
        assertThat(much).isNotDone();
        assertThat(more).isNotDone();
        assertThat(broker.metric("tailrace_devices_paused")).isEqualTo(1);
        socket.abort();
    }

    @Test
    void deviceOverItsRate_isReadAgainWhenItIsEven() {
        broker = RunningBroker.start(Map.of(Setting.DEVICE_BYTES, "100KiB"));
        for (int i = 0; i < 10; i++) {
            assertThat(post("fast", 1000).join().statusCode()).isEqualTo(202);
        }
        assertThat(slowed("device-bytes")).isPositive();
        assertThat(stored()).isEqualTo(10_000);
        assertThat(broker.metric("tailrace_lines_rejected_total{reason=\"unavailable\"}"))
                .isZero();
    }

    @Test
    void devicesOfAFleet_shareWhatItMay() {
        broker = RunningBroker.start(Map.of(Setting.FLEET_LINES, "10"));
        for (String device : new String[] {"a", "b"}) {
            assertThat(broker.request("PUT", "/api/v1/devices/" + device + "/fleet", "{\"fleet\":\"eu\"}")
                            .statusCode())
                    .isEqualTo(204);
        }
        WebSocket socket = connect("b");
        post("a", 500).join();
        await().atMost(20, SECONDS).until(() -> slowed("fleet-lines") == 1);
        assertThat(broker.metric("tailrace_devices_paused")).isZero();
        socket.sendText("{\"message\":\"is taken, and nothing after it\"}", true)
                .join();
        await().atMost(20, SECONDS).until(() -> broker.metric("tailrace_devices_paused") == 1);
        assertThat(post("lone", 5).join().statusCode()).isEqualTo(202);
        socket.abort();
    }
}
