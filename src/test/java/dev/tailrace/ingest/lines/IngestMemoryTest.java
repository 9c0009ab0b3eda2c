package dev.tailrace.ingest.lines;

import static dev.tailrace.testing.RawSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Credential;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Grant;
import dev.tailrace.auth.GrantedIdentity;
import dev.tailrace.auth.Identity;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The memory that devices can make a broker hold, while storage is unavailable and with unfinished lines. */
class IngestMemoryTest {

    private static final int LIMIT = 1024 * 1024;
    private static final int READ = 64 * 1024;

    private static final Map<Setting, String> SETTINGS = Map.of(
            Setting.INGEST_PENDING_BYTES, "1MiB",
            Setting.INGEST_LINE_BYTES, "512KiB",
            Setting.INGEST_FRAME_BYTES, "512KiB",
            Setting.EVENT_LOOPS, "1");

    @Test
    void devicesThatReconnectWhileStorageIsUnavailable_holdNoMoreThanTheLimit_andLoseNothingThatWasTaken() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(with(Setting.REDIS, redis.url()))) {
            broker.say("before", "a");
            redis.suspend();
            byte[] line = frame(RawSocket.TEXT, "{\"message\":\"" + "z".repeat(20_000) + "\"}");
            boolean refused = false;
            double most = 0;
            for (int generation = 0; generation < 8; generation++) {
                List<RawSocket> devices = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    RawSocket device = connect(broker, "d" + i);
                    if (device == null) {
                        refused = true;
                    } else {
                        devices.add(device.write(RawSocket.join(line, line, line)));
                    }
                }
                most = Math.max(most, broker.metric("tailrace_pending_bytes"));
                devices.forEach(RawSocket::close);
            }
            assertThat(most).isBetween((double) LIMIT / 2, LIMIT + 20.0 * READ);
            assertThat(refused).isTrue();
            assertThat(broker.metric("tailrace_refused_total{limit=\"ingest-pending-bytes\""))
                    .isPositive();
            assertThat(broker.request("POST", "/api/v1/devices/x/logs", "x", "Content-Type", "text/plain"))
                    .satisfies(answer -> {
                        assertThat(answer.statusCode()).isEqualTo(503);
                        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                        assertThat(answer.body()).contains("ingest-full");
                    });

            redis.resume();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> broker.metric("tailrace_pending_bytes") == 0 && broker.unaccountedLines() == 0);
            broker.say("after", "b");
        }
    }

    @Test
    void pausedDevice_isPinged_andContinuesWhenThereIsRoom() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(with(Setting.REDIS, redis.url()))) {
            redis.suspend();
            RawSocket idle = RawSocket.webSocket(broker.port(), "/api/v1/devices/idle/ingest?producer=p");
            List<RawSocket> busy = new ArrayList<>();
            byte[] line = frame(RawSocket.TEXT, "{\"message\":\"" + "z".repeat(60_000) + "\"}");
            for (int i = 0; i < 30; i++) {
                RawSocket device = connect(broker, "busy" + i);
                if (device != null) {
                    busy.add(device.write(line));
                }
            }
            await().until(() -> connect(broker, "late") == null); // it is full
            idle.write(frame(RawSocket.TEXT, "{\"message\":\"m\",\"seq\":1}"));
            await().until(() -> broker.metric("tailrace_devices_paused") > 0);
            await().atMost(Duration.ofSeconds(60)) // pings are rare
                    .untilAsserted(() -> assertThat(idle.readFrame().kind()).isEqualTo(RawSocket.PING));

            redis.resume();
            assertThat(idle.readDataOrClose().text()).isEqualTo("{\"ack\":1}");
            busy.forEach(RawSocket::close);
            idle.close();
            await().atMost(Duration.ofSeconds(30)).until(() -> broker.metric("tailrace_pending_bytes") == 0);
        }
    }

    @Test
    void halfFramesAndHalfLines_areCounted_andLeaveTheOthersTheirHalf() {
        try (RunningBroker broker = RunningBroker.start(SETTINGS, fleets -> List.of(new NamedCallers()))) {
            byte[] whole = frame(RawSocket.TEXT, "{\"message\":\"" + "y".repeat(200_000) + "\"}");
            List<RawSocket> halves = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                halves.add(RawSocket.webSocket(
                                broker.port(), "/api/v1/devices/half/ingest", bearer("c" + i + "~logs:write@*"))
                        .write(Arrays.copyOf(whole, 100_000)));
            }
            await().until(() -> broker.metric("tailrace_pending_bytes") > 200_000);
            assertThat(broker.metric("tailrace_pending_bytes")).isLessThanOrEqualTo(LIMIT / 2);

            try (RawSocket good = RawSocket.webSocket(
                    broker.port(), "/api/v1/devices/good/ingest?producer=p", bearer("good~logs:write@device/good"))) {
                good.write(frame(RawSocket.TEXT, "{\"message\":\"" + "g".repeat(10_000) + "\",\"seq\":1}"));
                assertThat(good.readDataOrClose().text()).isEqualTo("{\"ack\":1}");
            }

            // A line without room is reported when it ends, and the lines after it are stored.
            RawSocket unlucky = halves.get(9);
            unlucky.write(Arrays.copyOfRange(whole, 100_000, whole.length));
            assertThat(unlucky.readDataOrClose().text()).contains("\"line\":1").contains("no memory left");
            unlucky.write(frame(RawSocket.TEXT, "{\"message\":\"next\"}"));
            await().until(() -> messages(broker, "half").contains("next"));

            halves.forEach(RawSocket::close);
            await().until(() -> broker.metric("tailrace_pending_bytes") == 0);
        }
    }

    @Test
    void oneKey_onManyConnections_holdsItsShareOnly_inAllItsWaysIn() {
        try (RunningBroker broker = RunningBroker.start(SETTINGS, fleets -> List.of(new NamedCallers()))) {
            String greedy = bearer("greedy~logs:write@device/greedy");
            byte[] half = Arrays.copyOf(frame(RawSocket.TEXT, "{\"message\":\"" + "y".repeat(60_000) + "\"}"), 30_000);
            List<RawSocket> connections = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                connections.add(RawSocket.webSocket(broker.port(), "/api/v1/devices/greedy/ingest", greedy)
                        .write(half));
                connections.add(new RawSocket(broker.port())
                        .write("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
                                + "Content-Length: 60000\r\n" + greedy + "\r\n\r\n")
                        .write(new byte[30_000]));
                connections.add(new RawSocket(broker.port())
                        .write("POST /device/v2/greedy/logs HTTP/1.1\r\nHost: localhost\r\n"
                                + "Content-Type: application/json\r\nContent-Length: 60000\r\n" + greedy + "\r\n\r\n")
                        .write(new byte[30_000]));
            }
            await().until(() -> broker.metric("tailrace_refused_total{limit=\"ingest-pending-bytes\"") > 10);
            assertThat(broker.metric("tailrace_pending_bytes")).isBetween(LIMIT / 16.0, LIMIT / 8.0);

            String message = "g".repeat(60_000); // more than the greedy device has left for itself
            assertThat(broker.request(
                                    "POST",
                                    "/api/v1/devices/good/logs",
                                    "[{\"message\":\"" + message + "\"}]",
                                    "Content-Type",
                                    "application/json",
                                    "Authorization",
                                    "Bearer good~logs:write@device/good")
                            .body())
                    .contains("\"stored\":1");

            connections.forEach(RawSocket::close);
            await().until(() -> broker.metric("tailrace_pending_bytes") == 0);
        }
    }

    /** A device whose whole lines wait for storage. */
    @Test
    void oneKey_onManyConnections_leavesRoomForOthersLines_whileStorageHangs() {
        Map<Setting, String> patient = with(Setting.INGEST_RETRY, "60s");
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(
                        with(patient, Setting.REDIS, redis.url()), fleets -> List.of(new NamedCallers()))) {
            String greedy = bearer("greedy~logs:write@device/greedy");
            String good = bearer("good~logs:write@device/good");
            assertThat(post(broker, "greedy", greedy, "before").readResponse()).startsWith("HTTP/1.1 202");
            assertThat(post(broker, "good", good, "before").readResponse()).startsWith("HTTP/1.1 202");
            redis.suspend();
            byte[] line = frame(RawSocket.TEXT, "{\"message\":\"" + "y".repeat(60_000) + "\"}");
            List<RawSocket> connections = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                RawSocket device = connect(broker, "greedy", greedy);
                if (device != null) {
                    connections.add(device.write(line));
                }
                connections.add(post(broker, "greedy", greedy, "z".repeat(60_000)));
            }
            await().until(() -> connect(broker, "greedy", greedy) == null);
            assertThat(broker.metric("tailrace_pending_bytes")).isLessThan(LIMIT * 0.75);

            RawSocket answered = post(broker, "good", good, "while storage hangs");
            connections.add(answered);
            RawSocket acknowledged = RawSocket.webSocket(broker.port(), "/api/v1/devices/good/ingest?producer=p", good)
                    .write(frame(RawSocket.TEXT, "{\"message\":\"m\",\"seq\":1}"));
            connections.add(acknowledged);
            redis.resume();
            assertThat(answered.readResponse()).startsWith("HTTP/1.1 202");
            assertThat(acknowledged.readDataOrClose().text()).isEqualTo("{\"ack\":1}");

            // No line that was taken from the greedy device is lost either.
            await().atMost(Duration.ofSeconds(30)).until(() -> broker.metric("tailrace_pending_bytes") == 0);
            assertThat(broker.unaccountedLines()).isZero();
            connections.forEach(RawSocket::close);
        }
    }

    private static RawSocket post(RunningBroker broker, String device, String bearer, String line) {
        return new RawSocket(broker.port())
                .write("POST /api/v1/devices/" + device + "/logs HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Type: text/plain\r\nContent-Length: " + line.length() + "\r\n" + bearer
                        + "\r\n\r\n" + line);
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    private static List<String> messages(RunningBroker broker, String device) {
        return broker.get(
                        "/api/v1/devices/" + device + "/logs?format=ndjson",
                        "Authorization",
                        "Bearer reader~logs:read@*")
                .body()
                .lines()
                .map(line -> new JsonObject(line).getString("message"))
                .toList();
    }

    /** Grants what a token such as {@code NAME~logs:write@device/a} says. */
    private static final class NamedCallers implements Authenticator {
        @Override
        public Future<@Nullable Identity> identify(Credential credential) {
            String[] parts = credential.text().split("~", 2);
            return Future.succeededFuture(
                    parts.length < 2
                            ? null
                            : new GrantedIdentity(
                                    parts[0], List.of(), Identity.NEVER, List.of(Grant.parse(parts[1])), Fleets.NONE));
        }
    }

    private static Map<Setting, String> with(Setting setting, String value) {
        return with(SETTINGS, setting, value);
    }

    private static Map<Setting, String> with(Map<Setting, String> settings, Setting setting, String value) {
        var all = new java.util.EnumMap<Setting, String>(settings);
        all.put(setting, value);
        return all;
    }

    /** Null when the broker refuses the connection for now. */
    private static RawSocket connect(RunningBroker broker, String device) {
        return connect(broker, device, "Accept: */*");
    }

    private static RawSocket connect(RunningBroker broker, String device, String header) {
        RawSocket socket = new RawSocket(broker.port())
                .write("GET /api/v1/devices/" + device
                        + "/ingest HTTP/1.1\r\n"
                        + "Host: localhost\r\n"
                        + "Upgrade: websocket\r\n"
                        + "Connection: Upgrade\r\n"
                        + "Sec-WebSocket-Version: 13\r\n"
                        + header
                        + "\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        String head = socket.readHead();
        if (head.startsWith("HTTP/1.1 101")) {
            return socket;
        }
        assertThat(head).startsWith("HTTP/1.1 503").containsIgnoringCase("Retry-After");
        socket.close();
        return null;
    }
}
