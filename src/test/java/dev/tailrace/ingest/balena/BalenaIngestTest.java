package dev.tailrace.ingest.balena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.ingest.body.GzipDecoderTest;
import dev.tailrace.testing.BalenaDevice;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestReader;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes of balena's device API for lines: its status codes and bodies, and where Tailrace is better. */
class BalenaIngestTest {

    private static final String GOOD = "{\"message\":\"good\",\"timestamp\":1}";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.BALENA_PROCESSING_INTERVAL, "200ms"));
    }

    @AfterAll
    static void stop() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(broker.metric("tailrace_device_connections")).isZero();
            assertThat(broker.unaccountedLines()).isZero();
            assertThat(broker.metric("tailrace_pending_bytes")).isZero();
        });
        broker.close();
    }

    private HttpResponse<String> batch(String body) {
        return broker.request("POST", "/device/v2/" + device + "/logs", body, "Content-Type", "application/json");
    }

    private HttpResponse<String> stream(String body, String... headers) {
        return broker.request("POST", "/device/v2/" + device + "/log-stream", body, headers);
    }

    private HttpResponse<String> ndjson(String body) {
        return stream(body, "Content-Type", "application/x-ndjson");
    }

    private static void isAnswer(HttpResponse<String> answer, int status, String body) {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
    }

    private void awaitMessages(String... messages) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(broker.messages(device)).containsExactly(messages));
    }

    @Test
    void silentStreams_costLittleMemory() {
        byte[] line = GzipDecoderTest.gzip((GOOD + "\n").getBytes(StandardCharsets.UTF_8));
        byte[] begun = Arrays.copyOf(line, line.length - 8); // without its trailer, after which nothing follows
        List<RawSocket> streams = new ArrayList<>();
        openSilent(20, begun, streams); // a warm-up
        long before = usedMemory();
        openSilent(300, begun, streams);
        long each = (usedMemory() - before) / 300;
        streams.forEach(RawSocket::close);
        assertThat(each).isLessThan(40_000); // both ends, because the client is in this process
    }

    private void openSilent(int count, byte[] begun, List<RawSocket> streams) {
        for (int i = 0; i < count; i++) {
            RawSocket stream = new RawSocket(broker.port())
                    .write("POST /device/v2/" + device
                            + "/log-stream HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
                            + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
            streams.add(stream.write(Integer.toHexString(begun.length) + "\r\n")
                    .write(begun)
                    .write("\r\n"));
        }
        await().atMost(Duration.ofMinutes(1))
                .until(() -> broker.metric("tailrace_lines_received_total") >= streams.size());
    }

    private static long usedMemory() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    // ---- a batch

    @Test
    void batch_isStoredInItsOrder() {
        isAnswer(
                batch("[{\"message\":\"a\",\"timestamp\":17,\"isSystem\":true},\n"
                        + " {\"timestamp\":18.0,\"message\":\"b\","
                        + "\"isStdErr\":true,\"serviceId\":7,\"isSystem\":false,\"image_id\":5}]"),
                201,
                "");

        List<JsonObject> entries = broker.history(device);
        assertThat(entries).hasSize(2);
        assertThat(entries.get(0).getString("message")).isEqualTo("a");
        assertThat(entries.get(0).getLong("timestamp")).isEqualTo(17);
        assertThat(entries.get(0).getBoolean("system")).isTrue();
        assertThat(entries.get(0).containsKey("service")).isFalse();
        assertThat(entries.get(1).getString("stream")).isEqualTo("stderr");
        assertThat(entries.get(1).getString("service")).isEqualTo("7");
        assertThat(entries.get(1).containsKey("system")).isFalse();
        assertThat(entries.get(1).containsKey("image_id")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", " [ ] ", "[{\"message\":\"x\",\"timestamp\":1,\"uuid\":\"of another device\"}]"})
    void batchWithNothingToStore_is201(String body) {
        isAnswer(batch(body), 201, "");
        assertThat(broker.history(device)).isEmpty();
    }

    @Test
    void batchOfEleven_isRefusedAsAWhole() {
        String lines = String.join(",", Collections.nCopies(11, GOOD));

        isAnswer(batch("[" + lines + "]"), 400, "\"Batches cannot include more than 10 logs\"");
        assertThat(broker.history(device)).isEmpty();

        isAnswer(batch("[" + lines.substring(GOOD.length() + 1) + "]"), 201, "");
        assertThat(broker.history(device)).hasSize(10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message\":123,\"timestamp\":1}",
                "{\"message\":null,\"timestamp\":1}",
                "{\"timestamp\":1}",
                "{\"message\":\"x\"}",
                "{\"message\":\"x\",\"timestamp\":\"1\"}",
                "{\"message\":\"x\",\"timestamp\":1.5}",
                "{\"message\":\"x\",\"timestamp\":1e99}",
                "{\"message\":\"x\",\"timestamp\":1,\"serviceId\":null}",
                "{\"message\":\"x\",\"timestamp\":1,\"serviceId\":1.5}",
                "{\"message\":\"x\",\"timestamp\":1,\"serviceId\":2147483648}",
                "{\"message\":\"x\",\"timestamp\":1,\"isSystem\":\"yes\"}",
                "{\"message\":\"x\",\"timestamp\":1,\"uuid\":5}",
                "{\"message\":\"x\",\"timestamp\":}",
                "5",
                "null",
                "\"text\"",
                "[]"
            })
    void wrongLineOfABatch_isRefusedAndSparesItsNeighbours(String wrong) {
        isAnswer(batch("[" + GOOD + "," + wrong + "," + GOOD + "]"), 400, "");
        assertThat(broker.messages(device)).containsExactly("good", "good");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{}", "{\"message\":\"x\",\"timestamp\":1}", "[{\"message\":\"x\",\"timestamp\":1}", "x"})
    void bodyThatIsNotAnArray_is400(String body) {
        isAnswer(batch(body), 400, "");
        assertThat(broker.history(device)).isEmpty();
    }

    @Test
    void batchOfAnotherType_is400() {
        isAnswer(
                broker.request(
                        "POST", "/device/v2/" + device + "/logs", "[" + GOOD + "]", "Content-Type", "text/plain"),
                400,
                "");
    }

    @Test
    void batchOver512KiB_is413() {
        String filler = "x".repeat(520 * 1024);
        assertThat(batch("[{\"message\":\"" + filler + "\",\"timestamp\":1}]").statusCode())
                .isEqualTo(413);
        assertThat(broker.history(device)).isEmpty();
    }

    @Test
    void batchInGzip_isStoredAndABombIsRefused() {
        assertThat(gzip("[" + GOOD + "]").statusCode()).isEqualTo(201);
        assertThat(gzip("[" + " ".repeat(100_000_000) + GOOD + "]").statusCode())
                .isEqualTo(413);
        assertThat(broker.messages(device)).containsExactly("good");
    }

    private HttpResponse<String> gzip(String body) {
        return broker.send(HttpRequest.newBuilder(broker.uri("/device/v2/" + device + "/logs"))
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(GzipDecoderTest.gzip(RawSocket.ascii(body))))
                .build());
    }

    // ---- the stream

    @Test
    void stream_isStoredWholeAndEndsWith201() {
        isAnswer(ndjson("{\"message\":\"a\",\"timestamp\":1}\r\n\n\n{\"message\":\"b\",\"timestamp\":2}"), 201, "");
        assertThat(broker.messages(device)).containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource({"application/x-ndjson; charset=utf-8", "application/json", "text/plain"})
    void streamOfAnotherType_is415(String type) {
        isAnswer(
                stream(GOOD, "Content-Type", type),
                415,
                "\"Streaming requests require Content-Type application/x-ndjson\"");
    }

    @Test
    void streamThatIsNotGzip_is400() {
        isAnswer(
                stream(GOOD, "Content-Type", "application/x-ndjson", "Content-Encoding", "gzip"),
                400,
                "incorrect header check");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "this is not json...",
                "null",
                "5",
                "\"s\"",
                "[]",
                "{\"message\":\"x\",\"timestamp\":1.5}",
                "{\"message\":\"x\",\"timestamp\":\"1\"}",
                "{\"message\":\"x\",\"timestamp\":1,\"serviceId\":4294967296}",
                "{\"message\":\"x\",\"timestamp\":1,\"serviceId\":null}",
                "{\"message\":\"x\",\"timestamp\":1,\"uuid\":\"of another device\"}"
            })
    void wrongLineOfAStream_sparesItsNeighbours(String wrong) {
        isAnswer(ndjson(GOOD + "\n" + wrong + "\n" + GOOD + "\n"), 201, "");
        assertThat(broker.messages(device)).containsExactly("good", "good");
    }

    @Test
    void flagsOfAStream_countWhenTheyAreTrueOnly() {
        isAnswer(
                ndjson("{\"message\":\"x\",\"timestamp\":1,\"isSystem\":\"true\",\"isStdErr\":1,\"uuid\":\"\"}"),
                201,
                "");
        JsonObject entry = broker.history(device).get(0);
        assertThat(entry.containsKey("system")).isFalse();
        assertThat(entry.containsKey("stream")).isFalse();
    }

    @Test
    void openStream_hearsProcessingAtOnceAndAgainAndNothingElse() {
        try (BalenaDevice sender = new BalenaDevice(broker.port(), device)) {
            await().atMost(PATIENCE).until(() -> sender.heads().size() >= 3);
            assertThat(sender.heads()).allMatch("HTTP/1.1 102 Processing\r\n\r\n"::equals);
            sender.say("after a while", 7);
            awaitMessages("after a while");
            assertThat(sender.hasFailed()).isFalse();

            sender.end();
            await().atMost(PATIENCE).until(sender::hasFailed);
            assertThat(sender.heads().get(sender.heads().size() - 1)).startsWith("HTTP/1.1 201 ");
        }
    }

    @Test
    void processing_canBeTurnedOff() {
        try (RunningBroker quiet = RunningBroker.start(Map.of(Setting.BALENA_PROCESSING_INTERVAL, "0s"));
                BalenaDevice sender = new BalenaDevice(quiet.port(), device)) {
            sender.say("a", 7);
            await().atMost(PATIENCE).until(() -> quiet.messages(device).size() == 1);
            sender.end();
            await().atMost(PATIENCE).until(sender::hasFailed);
            assertThat(sender.heads()).hasSize(1);
        }
    }

    @Test
    void burst_isStoredWholeAndReachesALiveReader() {
        int lines = 10_000;
        String burst = IntStream.range(0, lines)
                .mapToObj(i ->
                        "{\"message\":\"m" + i + "\",\"timestamp\":1795354367480,\"serviceId\":7,\"isStdErr\":false}\n")
                .collect(Collectors.joining());
        try (TestReader reader = TestReader.open(broker, device);
                BalenaDevice sender = new BalenaDevice(broker.port(), device)) {
            sender.send(RawSocket.ascii(burst));

            assertThat(reader.messages(lines))
                    .containsExactlyElementsOf(
                            IntStream.range(0, lines).mapToObj(i -> "m" + i).toList());
            assertThat(sender.hasFailed()).isFalse();
        }
    }

    @Test
    void linesOfAStreamThatBreaks_areStored() {
        try (BalenaDevice sender = new BalenaDevice(broker.port(), device)) {
            sender.say("last words", 7);
            awaitMessages("last words");
            sender.abort();
        }
        await().atMost(PATIENCE).until(() -> broker.metric("tailrace_device_connections") == 0);
    }

    @Test
    void drainingBroker_storesTheLinesThatArrived_andAnswers() {
        RunningBroker leaving = RunningBroker.start();
        try (BalenaDevice sender = new BalenaDevice(leaving.port(), device)) {
            sender.say("before", 7);
            await().atMost(PATIENCE).until(() -> leaving.messages(device).size() == 1);
            leaving.close();
            await().atMost(PATIENCE).until(sender::hasFailed);
            assertThat(sender.heads().get(sender.heads().size() - 1)).startsWith("HTTP/1.1 503 ");
        }
    }
}
