package dev.tailrace.ingest;

import static dev.tailrace.testing.RawSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Brokers that shut down, with and without storage. The stored lines are read from Redis, which stays or comes back.
 */
class ShutdownForDevicesTest {

    private static RedisProcess redis;

    private final String device = RunningBroker.newDevice();
    private final RunningBroker other = broker(Map.of());

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static RunningBroker broker(Map<Setting, String> more) {
        Map<Setting, String> settings = new java.util.EnumMap<>(Setting.class);
        settings.put(Setting.REDIS, redis.url());
        settings.put(Setting.RING_CAPACITY, "1000000");
        settings.putAll(more);
        return RunningBroker.start(settings);
    }

    /** A device that sends until it sees the broker's close frame, and then answers it. */
    @Test
    void leavingBroker_storesWhatADeviceSendsUntilItAnswersTheClose() throws Exception {
        RunningBroker leaving = broker(Map.of());
        AtomicLong sent = new AtomicLong();
        AtomicBoolean answered = new AtomicBoolean();
        try (RawSocket socket = RawSocket.webSocket(leaving.port(), "/api/v1/devices/" + device + "/ingest")) {
            Thread streaming = new Thread(() -> {
                while (!answered.get()) {
                    socket.write(frame(RawSocket.TEXT, "{\"message\":\"" + sent.incrementAndGet() + "\"}"));
                }
            });
            streaming.start();
            await().until(() -> leaving.metric("tailrace_lines_stored_total") > 1000);

            Future<Void> stopped = leaving.server().stop();
            RawSocket.Frame close = socket.readDataOrClose();
            assertThat(close.closeCode()).isEqualTo(1001);
            long seen = sent.get();
            await().until(() -> sent.get() > seen + 100); // lines after the broker's close frame
            answered.set(true);
            streaming.join(10_000);
            socket.write(frame(RawSocket.CLOSE, close.payload()));
            stopped.await(30, TimeUnit.SECONDS);
        }
        assertThat(other.messages(device)).isEqualTo(numbers(sent.get()));
        other.close();
    }

    @Test
    void leavingBroker_answersAnOpenBodyWithWhatIsStored() throws Exception {
        RunningBroker leaving = broker(Map.of());
        try (RawSocket socket = new RawSocket(leaving.port())) {
            socket.write("POST /api/v1/devices/" + device
                    + "/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n");
            await().until(() -> leaving.metric("tailrace_lines_stored_total") == 2);

            Future<Void> stopped = leaving.server().stop();
            String answer = socket.readResponse();
            assertThat(answer)
                    .startsWith("HTTP/1.1 503 ")
                    .contains("retry-after: 2", "\"stored\":2", "problem:draining");
            socket.close();
            stopped.await(30, TimeUnit.SECONDS);
        }
        assertThat(other.messages(device)).isEqualTo(numbers(2));
        other.close();
    }

    @Test
    void drainingBroker_withoutStorage_endsReadersBeforeDevices() {
        // One event loop has both, and drains for longer than the reader waits for a byte.
        RunningBroker leaving = broker(Map.of(
                Setting.DRAIN_TIME, "10m",
                Setting.EVENT_LOOPS, "1",
                Setting.STREAM_HEARTBEAT, "10m"));
        try (RawSocket socket = RawSocket.webSocket(leaving.port(), "/api/v1/devices/" + device + "/ingest");
                SseReader reader =
                        SseReader.open(leaving.port(), "/api/v1/devices/" + device + "/logs/stream?tail=1")) {
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"stored\"}"));
            assertThat(reader.entry()).isEqualTo("stored");
            redis.suspend();
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"waits\"}"));
            await().until(() -> leaving.metric("tailrace_pending_bytes") > 0);

            Future<Void> stopped = leaving.server().stop();
            EventReader.Event event = reader.message();
            while ("status".equals(event.name())) {
                event = reader.message();
            }
            assertThat(event.name()).isEqualTo("bye");
            assertThat(event.retry()).isPositive();
            assertThat(stopped.isComplete())
                    .as("the device's line waits for storage")
                    .isFalse();

            redis.resume();
            assertThat(socket.readDataOrClose().closeCode()).isEqualTo(1001);
            RunningBroker.await(stopped);
        } finally {
            redis.resume();
        }
        assertThat(other.messages(device)).containsExactly("stored", "waits");
        other.close();
    }

    @Test
    void drainingBroker_withoutStorage_endsInTime_andSendsDevicesElsewhere() {
        RunningBroker leaving = broker(Map.of(Setting.DRAIN_TIME, "2s"));
        try (RawSocket socket = RawSocket.webSocket(leaving.port(), "/api/v1/devices/" + device + "/ingest");
                SseReader several =
                        SseReader.open(leaving.port(), "/api/v1/logs/stream?tail=1&device=other&device=" + device)) {
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"stored\"}"));
            assertThat(several.entry()).isEqualTo("stored");
            redis.suspend();
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"waits\"}"));
            await().until(() -> leaving.metric("tailrace_pending_bytes") > 0);

            Future<Void> stopped = leaving.server().stop();
            EventReader.Event event = several.message();
            while (!"bye".equals(event.name())) {
                event = several.message();
            }
            assertThat(event.retry()).isPositive();
            assertThat(socket.readDataOrClose().closeCode())
                    .as("a normal end would say that all is well")
                    .isEqualTo(1001);
            await().atMost(Duration.ofSeconds(20)).until(stopped::isComplete); // the drain time ends it
        } finally {
            redis.resume();
        }
        other.close();
    }

    @Test
    void storageUnavailable_pausesADeviceThatWritesWithoutEnd_andLosesNothing() throws Exception {
        RunningBroker broker = broker(Map.of(
                Setting.REDIS_TIMEOUT, "500ms",
                Setting.INGEST_WINDOW_LINES, "1000",
                Setting.INGEST_WINDOW_BYTES, "256KiB",
                Setting.INGEST_FRAME_BYTES, "64KiB"));
        AtomicLong sent = new AtomicLong();
        AtomicBoolean enough = new AtomicBoolean();
        String filler = " ".repeat(1000);
        try (RawSocket socket =
                RawSocket.webSocket(broker.port(), "/api/v1/devices/" + device + "/ingest?producer=p")) {
            Thread streaming = new Thread(() -> {
                while (!enough.get()) {
                    long seq = sent.get() + 1;
                    socket.write(frame(
                            RawSocket.TEXT,
                            "{\"message\":\"" + seq + "\",\"x\":\"" + filler + "\",\"seq\":" + seq + "}"));
                    sent.set(seq);
                }
            });
            streaming.start();
            await().until(() -> broker.metric("tailrace_lines_stored_total") > 1000);
            redis.suspend();

            await().atMost(Duration.ofSeconds(20)).until(() -> broker.metric("tailrace_devices_paused") == 1);
            // The device stalls when the buffers of both sockets are full.
            AtomicLong before = new AtomicLong(-1);
            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> before.getAndSet(sent.get()) == sent.get());
            assertThat(streaming.isAlive()).isTrue();
            assertThat(broker.metric("tailrace_pending_bytes")).isLessThan(512 * 1024);

            redis.resume();
            await().atMost(Duration.ofSeconds(30)).until(() -> sent.get() > before.get() + 1000);
            enough.set(true);
            streaming.join(10_000);
            String last = "{\"ack\":" + sent.get() + "}";
            // There may be hundreds of acknowledgements to read before the last, and each poll reads one.
            await().atMost(Duration.ofSeconds(30))
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> socket.readDataOrClose().text().equals(last));
        }
        await().until(() -> broker.metric("tailrace_device_connections") == 0);
        assertThat(broker.unaccountedLines()).isZero();
        assertThat(broker.metric("tailrace_devices_paused")).isZero();
        broker.close();
        assertThat(other.messages(device)).isEqualTo(numbers(sent.get()));
        other.close();
    }

    @Test
    void storageUnavailable_aFrameOfNewlinesIsTakenOneWindowAtATime() {
        RunningBroker broker = broker(Map.of(Setting.REDIS_TIMEOUT, "500ms", Setting.INGEST_WINDOW_LINES, "1000"));
        int lines = 1_000_000;
        redis.suspend();
        try (RawSocket socket = RawSocket.webSocket(
                broker.port(), "/api/v1/devices/" + device + "/ingest", "Sec-WebSocket-Protocol: tailrace.text")) {
            socket.write(frame(RawSocket.TEXT, "\n".repeat(lines)));
            await().until(() -> broker.metric("tailrace_devices_paused") == 1);
            assertThat(broker.metric("tailrace_pending_bytes")).isBetween(1.0, 4.0 * 1024 * 1024);

            redis.resume();
            await().atMost(Duration.ofMinutes(1)).until(() -> broker.metric("tailrace_lines_stored_total") == lines);
        } finally {
            redis.resume();
        }
        broker.close();
        other.close();
    }

    @Test
    void storageUnavailable_refusesABody_andCountsTheStoredLines() {
        RunningBroker broker = broker(Map.of(Setting.REDIS_TIMEOUT, "500ms"));
        redis.suspend();
        try (RawSocket socket = new RawSocket(broker.port())) {
            String answer = socket.write("POST /api/v1/devices/" + device + "/logs HTTP/1.1\r\nHost: localhost\r\n"
                            + "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\n1\n2\n")
                    .readResponse();
            assertThat(answer).startsWith("HTTP/1.1 503 ").contains("retry-after: 2", "problem:storage-away");
            JsonObject counts = new JsonObject(answer.substring(answer.indexOf("\r\n\r\n")));
            assertThat(counts.getInteger("rejected")).isEqualTo(2);
            assertThat(counts.getInteger("stored")).isZero();
        } finally {
            redis.resume();
        }
        assertThat(broker.unaccountedLines()).isZero();
        broker.close();
        other.close();
    }

    private static List<String> numbers(long last) {
        return IntStream.rangeClosed(1, (int) last).mapToObj(Integer::toString).toList();
    }

    @Test
    void drainingBroker_whoseDevicesWaitForStorage_doesNotListen_andClosesIdleConnections() {
        RunningBroker leaving = broker(Map.of(Setting.DRAIN_TIME, "20s"));
        int port = leaving.port();
        try (RawSocket socket = RawSocket.webSocket(port, "/api/v1/devices/" + device + "/ingest");
                RawSocket kept = new RawSocket(port)) {
            kept.write("GET /api/v1/limits HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(kept.readResponse()).startsWith("HTTP/1.1 200 ");
            redis.suspend();
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"waits\"}"));
            await().until(() -> leaving.metric("tailrace_pending_bytes") > 0);

            Future<Void> stopped = leaving.server().stop();
            assertThat(kept.isClosedByPeer()).isTrue();
            await().until(() -> isRefused(port));
            assertThat(stopped.isComplete()).as("the line still waits").isFalse();

            redis.resume();
            RunningBroker.await(stopped);
        } finally {
            redis.resume();
        }
        assertThat(other.messages(device)).containsExactly("waits");
        other.close();
    }

    private static boolean isRefused(int port) {
        try {
            new RawSocket(port).close();
            return false;
        } catch (UncheckedIOException refused) {
            return true;
        }
    }
}
