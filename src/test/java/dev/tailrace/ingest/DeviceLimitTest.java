package dev.tailrace.ingest;

import static dev.tailrace.testing.RawSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import dev.tailrace.testing.NamedDevices;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Devices over the limit, on each way in. */
class DeviceLimitTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(
                Setting.MAX_DEVICES,
                "2",
                Setting.SYSLOG_PORT,
                "0",
                Setting.SYSLOG_INSECURE,
                "true",
                Setting.EVENT_LOOPS,
                "1"));
        broker.say("a", "1");
        broker.say("b", "1");
    }

    @AfterAll
    static void stop() {
        broker.say("a", "again"); // known devices continue
        assertThat(broker.messages("a")).contains("again");
        assertThat(broker.get("/api/v1/devices/c").statusCode()).isEqualTo(404);
        assertThat(broker.unaccountedLines()).isZero();
        assertThat(broker.metric("tailrace_refused_total{limit=\"max-devices\""))
                .isPositive();
        broker.close();
    }

    @Test
    void post_ofANewDevice_is429() {
        var answer = broker.request("POST", "/api/v1/devices/c/logs", "x", "Content-Type", "text/plain");
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.body()).contains("device-limit").contains("--max-devices");
    }

    @Test
    void webSocket_ofANewDevice_is429_andOfAKnownDeviceIsServed() {
        RawSocket refused = new RawSocket(broker.port())
                .write("GET /api/v1/devices/c/ingest HTTP/1.1\r\n"
                        + "Host: localhost\r\n"
                        + "Upgrade: websocket\r\n"
                        + "Connection: Upgrade\r\n"
                        + "Sec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        assertThat(refused.readHead()).startsWith("HTTP/1.1 429");
        refused.close();

        try (RawSocket known = RawSocket.webSocket(broker.port(), "/api/v1/devices/b/ingest?producer=p")) {
            known.write(frame(RawSocket.TEXT, "{\"message\":\"m\",\"seq\":1}"));
            assertThat(known.readDataOrClose().text()).isEqualTo("{\"ack\":1}");
        }
    }

    @Test
    void balena_ofANewDevice_is429() {
        assertThat(broker.request(
                                "POST",
                                "/device/v2/c/log-stream",
                                "{\"message\":\"x\",\"timestamp\":1}\n",
                                "Content-Type",
                                "application/x-ndjson")
                        .statusCode())
                .isEqualTo(429);
        assertThat(broker.request(
                                "POST",
                                "/device/v2/c/logs",
                                "[{\"message\":\"x\",\"timestamp\":1}]",
                                "Content-Type",
                                "application/json")
                        .statusCode())
                .isEqualTo(429);
    }

    @Test
    void records_ofANewDevice_areRejected_andTheOthersAreStored() {
        String push = "{\"streams\":[{\"stream\":{\"device\":\"c\"},\"values\":[[\"1\",\"lost\"]]},"
                + "{\"stream\":{\"device\":\"a\"},\"values\":[[\"1\",\"kept\"]]}]}";
        var answer = broker.request("POST", "/loki/api/v1/push", push, "Content-Type", "application/json");
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(broker.messages("a")).contains("kept");

        push = push.replace("\"a\"", "\"c\"");
        answer = broker.request("POST", "/loki/api/v1/push", push, "Content-Type", "application/json");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("2 of 2 rejected").contains("--max-devices");
    }

    @Test
    void datagrams_ofNewDevices_areDroppedAndCounted() throws IOException {
        double before = broker.metric("tailrace_lines_rejected_total{reason=\"too_many_devices\"");
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 20; i++) {
                byte[] text = ("<13>1 2026-01-01T00:00:00Z invented" + i + " app - - - x")
                        .getBytes(StandardCharsets.US_ASCII);
                socket.send(new DatagramPacket(
                        text,
                        text.length,
                        InetAddress.getLoopbackAddress(),
                        broker.server().syslogPort()));
            }
        }
        await().until(() -> broker.metric("tailrace_lines_rejected_total{reason=\"too_many_devices\"") >= before + 20);
        assertThat(broker.get("/api/v1/devices").body()).doesNotContain("invented");
    }

    @Test
    void devicesInStorage_count_whicheverBrokerAdmittedThem() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            DeviceLimit limit = new DeviceLimit(2, new IngestMeters(new Metrics(new SimpleMeterRegistry())));
            limit.begin(vertx, new NamedDevices("of-another-broker-1", "of-another-broker-2"));
            assertThat(limit.isKnown(new DeviceId("new"))).isFalse();
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }
}
