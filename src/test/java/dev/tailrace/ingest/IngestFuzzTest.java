package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.ingest.body.GzipDecoderTest;
import dev.tailrace.ingest.body.ZstdDecoderTest;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Corrupted bodies and frames, the same in each run, cause no internal error and no hang, and valid lines survive. */
class IngestFuzzTest {

    private static final byte[] LINE = ("{\"message\":\"a\\u00e9\u00e9\",\"timestamp\":\"2025-11-22T14:00:00.5+01:00\","
                    + "\"service\":\"main\",\"stream\":\"stderr\",\"system\":true,\"level\":\"warn\",\"seq\":7,\"x\":[1.5e3,{\"y\":null}]}")
            .getBytes(StandardCharsets.UTF_8);
    private static final byte[] BEFORE = RawSocket.ascii("{\"message\":\"before\"}\n");
    private static final byte[] AFTER = RawSocket.ascii("\n{\"message\":\"after\"}");

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        await().untilAsserted(() ->
                assertThat(broker.metric("tailrace_device_connections")).isZero());
        assertThat(broker.unaccountedLines()).isZero();
        assertThat(broker.metric("tailrace_pending_bytes")).isZero();
        broker.close();
    }

    @Test
    void spoiltLine_sparesItsNeighbours() {
        Random random = new Random(101);
        for (int round = 0; round < 300; round++) {
            byte[] body = RawSocket.join(BEFORE, spoil(LINE, random), AFTER);

            HttpResponse<String> answer = post("application/x-ndjson", "identity", body);

            assertThat(answer.statusCode()).isEqualTo(202);
            List<String> messages = broker.messages(device);
            assertThat(messages).contains("before").last().isEqualTo("after");
        }
        assertThat(broker.messages(device).stream().filter("before"::equals)).hasSize(300);
    }

    @Test
    void spoiltArray_isTakenOrRefused() {
        Random random = new Random(103);
        byte[] array = RawSocket.join(
                RawSocket.ascii("[{\"message\":\"a\"},"), LINE, RawSocket.ascii(",{\"message\":\"b\"}]"));
        for (int round = 0; round < 300; round++) {
            assertThat(post("application/json", "identity", spoil(array, random))
                            .statusCode())
                    .isIn(202, 400);
        }
    }

    /** Lines of loggers in all layouts: no error of the broker, and good lines around a spoilt one survive. */
    @Test
    void spoiltLineOfALogger_sparesItsNeighbours_inAnyLayout() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("src/test/resources/lines/loggers.txt")).stream()
                .filter(line -> line.startsWith("{") || line.startsWith("["))
                .toList();
        Random random = new Random(127);
        for (int round = 0; round < 300; round++) {
            byte[] spoilt = spoil(lines.get(random.nextInt(lines.size())).getBytes(StandardCharsets.UTF_8), random);
            String type = random.nextBoolean() ? "application/x-ndjson" : "application/json";

            HttpResponse<String> answer = post(type, "identity", RawSocket.join(BEFORE, spoilt, AFTER));

            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(broker.messages(device)).contains("before").last().isEqualTo("after");
            byte[] array = RawSocket.join(
                    RawSocket.ascii("[{\"message\":\"a\"},"), spoilt, RawSocket.ascii(",{\"message\":\"b\"}]"));
            assertThat(post(type, "identity", array).statusCode()).isIn(202, 400);
            assertThat(post(type, "identity", RawSocket.join(spoilt, spoilt, spoilt))
                            .statusCode())
                    .isIn(202, 400);
        }
    }

    @Test
    void spoiltCompressedBody_isTakenOrRefused() {
        Random random = new Random(107);
        byte[] lines = RawSocket.join(BEFORE, LINE, AFTER);
        byte[] gzip = GzipDecoderTest.gzip(lines);
        byte[] zstd = ZstdDecoderTest.zstd(lines);
        for (int round = 0; round < 150; round++) {
            assertThat(post("application/x-ndjson", "gzip", spoil(gzip, random)).statusCode())
                    .isIn(202, 400);
            assertThat(post("application/x-ndjson", "zstd", spoil(zstd, random)).statusCode())
                    .isIn(202, 400);
        }
    }

    @Test
    void spoiltRequest_isAnsweredOrCutOff() {
        Random random = new Random(109);
        byte[] request = RawSocket.ascii("POST /api/v1/devices/spoilt/logs?producer=p HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Type: text/plain\r\nContent-Encoding: identity\r\nExpect: 100-continue\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\n");
        for (int round = 0; round < 300; round++) {
            try (RawSocket socket = new RawSocket(broker.port())) {
                socket.write(spoil(request, random)).endOutput();
                String answer = socket.readToEnd();
                // Vert.x answers another version of HTTP with 501.
                assertThat(answer).doesNotContainPattern("HTTP/1\\.1 5(?!01)");
            }
        }
        assertThat(post("text/plain", "identity", RawSocket.ascii("good")).statusCode())
                .isEqualTo(202);
    }

    @Test
    void spoiltFrames_endTheirConnectionOnly() {
        Random random = new Random(113);
        byte[] frames = RawSocket.join(
                RawSocket.frame(RawSocket.TEXT, LINE),
                RawSocket.frame(0x01, "{\"mess"),
                RawSocket.frame(RawSocket.PING, "p"),
                RawSocket.frame(0x80, "age\":\"b\"}"),
                RawSocket.frame(RawSocket.BINARY, LINE));
        String path = "/api/v1/devices/" + device + "/ingest";
        try (RawSocket neighbour = RawSocket.webSocket(broker.port(), path)) {
            for (int round = 0; round < 300; round++) {
                try (RawSocket socket = RawSocket.webSocket(broker.port(), path + "?producer=p" + round)) {
                    socket.write(RawSocket.frame(RawSocket.TEXT, "{\"message\":\"good " + round + "\",\"seq\":1}"))
                            .write(spoil(frames, random))
                            .endOutput();
                    socket.readToEnd();
                }
                neighbour.write(RawSocket.frame(RawSocket.TEXT, "{\"message\":\"neighbour\"}"));
            }
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                List<String> messages = broker.messages(device);
                assertThat(messages.stream().filter(message -> message.startsWith("good ")))
                        .hasSize(300);
                assertThat(messages.stream().filter("neighbour"::equals)).hasSize(300);
            });
        }
    }

    private HttpResponse<String> post(String type, String encoding, byte[] body) {
        return broker.send(HttpRequest.newBuilder(broker.uri("/api/v1/devices/" + device + "/logs"))
                .header("Content-Type", type)
                .header("Content-Encoding", encoding)
                .timeout(Duration.ofSeconds(20))
                .POST(BodyPublishers.ofByteArray(body))
                .build());
    }

    /** Flips, overwrites, drops, doubles and moves bytes. */
    private static byte[] spoil(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(bytes.length);
            int length = Math.min(1 + random.nextInt(8), bytes.length - at);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 ->
                    bytes = RawSocket.join(
                            Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at + length, bytes.length));
                case 3 ->
                    bytes = RawSocket.join(
                            Arrays.copyOf(bytes, at + length), Arrays.copyOfRange(bytes, at, bytes.length));
                default -> bytes[at] = bytes[random.nextInt(bytes.length)];
            }
            if (bytes.length == 0) {
                return good;
            }
        }
        return bytes;
    }
}
