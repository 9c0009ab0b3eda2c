package dev.tailrace.egress.balena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.BalenaTail;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reading routes of balena's device API: history and tails, as its clients request them. */
class BalenaLogsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.BALENA_API, "true", Setting.STREAM_HEARTBEAT, "300ms"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private List<JsonObject> logs(String query) {
        HttpResponse<String> answer = broker.get("/device/v2/" + device + "/logs" + query);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/json");
        return new JsonArray(answer.body()).stream().map(JsonObject.class::cast).toList();
    }

    private List<String> messages(String query) {
        return logs(query).stream().map(line -> line.getString("message")).toList();
    }

    // ---- an entry

    @Test
    void entry_hasBalenasFieldsAndTheRestBeside() {
        broker.store(
                device,
                new JsonObject().put("message", "a\n\"é😀\"").put("timestamp", 5),
                new JsonObject()
                        .put("message", "b")
                        .put("timestamp", 6)
                        .put("service", "7")
                        .put("stream", "stderr")
                        .put("system", true)
                        .put("level", "warn"));
        List<JsonObject> native_ = broker.history(device);

        List<JsonObject> lines = logs("");

        JsonObject plain = lines.get(0);
        assertThat(plain.fieldNames())
                .isEqualTo(Set.of("createdAt", "timestamp", "message", "isSystem", "isStdErr", "id"));
        assertThat(plain.getString("message")).isEqualTo("a\n\"é😀\"");
        assertThat(plain.getLong("timestamp")).isEqualTo(5);
        assertThat(plain.getLong("createdAt")).isEqualTo(native_.get(0).getLong("receivedAt"));
        assertThat(plain.getString("id")).isEqualTo(native_.get(0).getString("id"));
        assertThat(plain.getBoolean("isSystem")).isFalse();
        assertThat(plain.getBoolean("isStdErr")).isFalse();
        JsonObject full = lines.get(1);
        assertThat(full.getValue("serviceId")).isEqualTo(7);
        assertThat(full.containsKey("service")).isFalse();
        assertThat(full.getBoolean("isSystem")).isTrue();
        assertThat(full.getBoolean("isStdErr")).isTrue();
        assertThat(full.getString("level")).isEqualTo("warn");
    }

    @Test
    void guessedLevel_andSecondNameOfALevel_areNotShown_butFound() {
        broker.store(
                device,
                new JsonObject().put("message", "ERROR x"),
                new JsonObject().put("message", "ERROR y").put("level", "Warning"));
        assertThat(broker.history(device).get(0).getString("level")).isEqualTo("error");
        assertThat(logs("").get(0).fieldNames())
                .isEqualTo(Set.of("createdAt", "timestamp", "message", "isSystem", "isStdErr", "id"));
        assertThat(logs("").get(1).fieldNames())
                .isEqualTo(Set.of("createdAt", "timestamp", "message", "isSystem", "isStdErr", "id", "level"));
        assertThat(messages("?level=error")).containsExactly("ERROR x");
        assertThat(messages("?level%3E=warn&q!=x")).containsExactly("ERROR y");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "7", "2147483647", "-1", "-2147483648"})
    void serviceThatIsAnInt_isAServiceId(String service) {
        broker.store(device, new JsonObject().put("message", "m").put("service", service));
        JsonObject line = logs("").get(0);
        assertThat(line.getValue("serviceId")).isEqualTo(Integer.parseInt(service));
        assertThat(line.containsKey("service")).isFalse();

        String other = device + "-back";
        String sent = new JsonArray().add(line).encode();
        broker.request("POST", "/device/v2/" + other + "/logs", sent, "Content-Type", "application/json");
        assertThat(broker.history(other).get(0).getString("service")).isEqualTo(service);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"main", "007", "-0", "-", "+7", "7 ", "7a", "2147483648", "-2147483649", "99999999999", "7\\\""})
    void serviceThatIsNoInt_keepsItsName(String service) {
        broker.store(device, new JsonObject().put("message", "m").put("service", service));
        JsonObject line = logs("").get(0);
        assertThat(line.getString("service")).isEqualTo(service);
        assertThat(line.containsKey("serviceId")).isFalse();
    }

    // ---- history

    @Test
    void historyOfAnUnknownDevice_isEmpty() {
        HttpResponse<String> answer = broker.get("/device/v2/" + device + "/logs?");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("[]");
    }

    @Test
    void head_is200() {
        HttpResponse<String> answer = broker.request("HEAD", "/device/v2/" + device + "/logs", "");
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "'',3",
        "count=2,2",
        "count=all,3",
        "count=0,0",
        "count=2abc,2",
        "count=x,3",
        "count=,3",
        "count=-3,0",
        "count=99999999999,3",
        "stream=true&count=1,1",
        "stream=0,3",
        "unknown=x,3"
    })
    void count_isTheNewest(String query, int count) {
        broker.say(device, "a", "b", "c");
        List<String> all = List.of("a", "b", "c");
        assertThat(messages("?" + query)).isEqualTo(all.subList(3 - count, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"count=1&count=2", "start=1&start=2", "stream=1&stream=1"})
    void parameterGivenTwice_is400(String query) {
        HttpResponse<String> answer = broker.get("/device/v2/" + device + "/logs?" + query);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void start_isByReceiptAndAppliedAfterCount() {
        for (int i = 0; i < 20; i++) {
            int number = i;
            long before = System.currentTimeMillis();
            await().until(() -> System.currentTimeMillis() > before);
            broker.say(device, "m" + number);
        }
        List<JsonObject> all = logs("");
        long start = all.get(12).getLong("createdAt");

        assertThat(messages("?start=" + start)).hasSize(8).first().isEqualTo("m12");
        assertThat(messages("?start=" + Instant.ofEpochMilli(start))).hasSize(8);
        assertThat(messages("?count=3&start=" + start)).containsExactly("m17", "m18", "m19");
        assertThat(messages("?count=10&start=" + start)).hasSize(8);
        assertThat(messages("?start=" + (start + 1_000_000))).isEmpty();
        assertThat(messages("?start=garbage")).hasSize(20);
        try (BalenaTail tail = new BalenaTail(broker, device, "&count=100&start=" + start)) {
            assertThat(tail.messages(8)).hasSize(8).first().isEqualTo("m12");
        }
    }

    @Test
    void afterAndFilters_workAsEverywhere() {
        broker.store(
                device,
                new JsonObject().put("message", "one").put("service", "7"),
                new JsonObject().put("message", "two").put("stream", "stderr"),
                new JsonObject().put("message", "three").put("system", true).put("service", "7"));
        String id = logs("").get(0).getString("id");

        assertThat(messages("?after=" + id)).containsExactly("two", "three");
        assertThat(messages("?service=7")).containsExactly("one", "three");
        assertThat(messages("?stderr=true")).containsExactly("two");
        assertThat(messages("?stderr=false&system=false")).containsExactly("one");
        assertThat(messages("?q=T&count=1")).containsExactly("three");
        try (BalenaTail resumed = new BalenaTail(broker, device, "&after=" + id + "&service=7")) {
            assertThat(resumed.messages(1)).containsExactly("three");
        }
        assertThat(broker.get("/device/v2/" + device + "/logs?stderr=x").statusCode())
                .isEqualTo(400);
    }

    @Test
    void historyInGzip_isTheSame() throws IOException {
        broker.say(device, IntStream.range(0, 1000).mapToObj(i -> "m" + i).toArray(String[]::new));
        HttpResponse<byte[]> answer = broker.http
                .sendAsync(
                        HttpRequest.newBuilder(broker.uri("/device/v2/" + device + "/logs"))
                                .header("Accept-Encoding", "compress, gzip")
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray())
                .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
                .join();
        assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(answer.headers().firstValue("Vary")).contains("Accept-Encoding");
        byte[] plain = new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes();
        assertThat(new JsonArray(new String(plain, StandardCharsets.UTF_8)))
                .isEqualTo(new JsonArray(
                        broker.get("/device/v2/" + device + "/logs").body()))
                .hasSize(1000);
        assertThat(answer.body().length).isLessThan(plain.length / 4);
    }

    // ---- tails

    @Test
    void headersOfATail_leaveAtOnceAndAlone() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write("GET /device/v2/" + device + "/logs?stream=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            String head = socket.readHead();
            assertThat(head).startsWith("HTTP/1.1 200 ");
            assertThat(head).contains("\r\ncontent-type: application/x-ndjson\r\n");
            assertThat(head).contains("\r\ncache-control: no-cache");
            assertThat(socket.readUntil("\n\r\n")).as("a heartbeat").isEqualTo("1\r\n\n\r\n");
        }
    }

    @Test
    void tail_beginsWithCountAndGoesOnInOrder() {
        broker.say(device, "a", "b", "c");
        try (BalenaTail fresh = new BalenaTail(broker, device, "");
                BalenaTail tail = new BalenaTail(broker, device, "&count=2")) {
            broker.say(device, "d", "e");
            assertThat(tail.messages(4)).containsExactly("b", "c", "d", "e");
            assertThat(fresh.messages(2)).containsExactly("d", "e");
            assertThat(tail.lines().get(0)).isEqualTo(logs("").get(1));
            await().atMost(PATIENCE).until(() -> tail.blanks() > 0);
            assertThat(tail.end()).isEqualTo(BalenaTail.End.NOT_YET);
        }
    }

    @Test
    void tail_hasTheOrderOfHistory() {
        Random random = new Random(17);
        try (BalenaTail tail = new BalenaTail(broker, device, "&count=1000")) {
            for (int i = 0; i < 480; i += 20) {
                JsonObject[] lines = IntStream.range(i, i + 20)
                        .mapToObj(number -> new JsonObject()
                                .put("message", number + " " + "x".repeat(random.nextInt(9000)))
                                .put("timestamp", random.nextInt(1_000_000)))
                        .toArray(JsonObject[]::new);
                broker.store(device, lines);
            }
            assertThat(tail.messages(480)).isEqualTo(messages(""));
        }
    }

    @Test
    void tailInGzip_flushesEachTick() {
        try (BalenaTail tail = new BalenaTail(broker, device, "", "Accept-Encoding", "gzip, deflate")) {
            assertThat(tail.header("Content-Encoding")).isEqualTo("gzip");
            for (int i = 0; i < 20; i++) {
                broker.say(device, "m" + i);
                assertThat(tail.messages(i + 1)).last().isEqualTo("m" + i);
            }
            await().atMost(PATIENCE).until(() -> tail.blanks() > 0);
        }
    }

    @Test
    void gzipThatIsRefused_isNotSent() {
        try (BalenaTail tail = new BalenaTail(broker, device, "", "Accept-Encoding", "gzip;q=0, br")) {
            assertThat(tail.header("Content-Encoding")).isEmpty();
        }
    }

    @Test
    void readerWhosePlaceIsLost_getsALineOfTheSystem() {
        try (RunningBroker small = RunningBroker.start(Map.of(Setting.RING_CAPACITY, "5"))) {
            small.say(device, "m1", "m2");
            String first = small.history(device).get(0).getString("id");
            small.say(device, "m3", "m4", "m5", "m6", "m7", "m8");
            try (BalenaTail tail = new BalenaTail(small, device, "&after=" + first)) {
                assertThat(tail.messages(6))
                        .containsExactly(
                                "Warning: Suppressed 2 message(s) due to slow reading", "m4", "m5", "m6", "m7", "m8");
                JsonObject marker = tail.lines().get(0);
                assertThat(marker.getBoolean("isSystem")).isTrue();
                assertThat(marker.getBoolean("isStdErr")).isTrue();
                assertThat(marker.getLong("createdAt")).isEqualTo(marker.getLong("timestamp"));
            }
        }
    }

    @Test
    void brokerThatLeaves_endsATailAbruptly() {
        RunningBroker leaving = RunningBroker.start();
        try (BalenaTail tail = new BalenaTail(leaving, device, "");
                BalenaTail compressed = new BalenaTail(leaving, device, "", "Accept-Encoding", "gzip")) {
            leaving.say(device, "a");
            assertThat(tail.messages(1)).containsExactly("a");
            leaving.close();
            await().atMost(PATIENCE).until(() -> tail.end() == BalenaTail.End.ABRUPT);
            await().atMost(PATIENCE).until(() -> compressed.end() == BalenaTail.End.ABRUPT);
        }
    }

    // ---- requests of clients before they read logs

    @Test
    void apiOfAStandAloneBroker_knowsItsDevices() {
        String path = "/v7/device(uuid='" + device + "')?$select=uuid";
        assertThat(new JsonObject(broker.get(path.replace("$", "%24")).body()))
                .isEqualTo(new JsonObject().put("d", new JsonArray()));
        broker.say(device, "a");
        JsonObject found = new JsonObject(broker.get(path.replace("$", "%24")).body())
                .getJsonArray("d")
                .getJsonObject(0);
        assertThat(found.getString("uuid")).isEqualTo(device);
        assertThat(found.getInteger("id")).isNotNegative();
        assertThat(new JsonObject(broker.get("/v7/service(7)").body())
                        .getJsonArray("d")
                        .getJsonObject(0)
                        .getString("service_name"))
                .isEqualTo("7");
        assertThat(new JsonObject(broker.get("/actor/v1/whoami").body()).getString("actorType"))
                .isEqualTo("user");
    }

    @Test
    void apiOfABroker_isOffUnlessAskedFor() {
        try (RunningBroker other = RunningBroker.start()) {
            assertThat(other.get("/actor/v1/whoami").statusCode()).isEqualTo(404);
            assertThat(other.get("/v7/service(7)").statusCode()).isEqualTo(404);
        }
    }
}
