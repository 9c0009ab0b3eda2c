package dev.tailrace.egress.loki;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.WebSocketReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loki's API as its clients use it, according to its documentation. */
final class LokiTailTest {

    private static final long MILLIS = System.currentTimeMillis();

    private static RunningBroker broker;

    private final String device = "d-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.RING_CAPACITY, "300", Setting.STREAM_HEARTBEAT, "300ms"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private record Value(long time, String line, JsonObject labels) {}

    private static List<Value> values(JsonArray streams) {
        List<Value> values = new ArrayList<>();
        for (Object one : streams) {
            JsonObject stream = (JsonObject) one;
            for (Object value : stream.getJsonArray("values")) {
                JsonArray pair = (JsonArray) value;
                assertThat(pair).hasSize(2);
                values.add(new Value(
                        Long.parseLong(pair.getString(0)), pair.getString(1), stream.getJsonObject("stream")));
            }
        }
        return values;
    }

    private static List<String> lines(List<Value> values) {
        return values.stream().map(Value::line).toList();
    }

    private String selector(String rest) {
        return URLEncoder.encode("{device=\"" + device + "\"}" + rest, StandardCharsets.UTF_8);
    }

    private WebSocketReader tail(String filters, String parameters) {
        return WebSocketReader.open(broker, "/loki/api/v1/tail?query=" + selector(filters) + parameters);
    }

    /** Reads on until so many values have arrived. */
    private static List<Value> read(WebSocketReader reader, int count) {
        List<Value> values = new ArrayList<>();
        while (values.size() < count) {
            values.addAll(values(reader.next().getJsonArray("streams")));
        }
        return values;
    }

    private List<Value> range(String filters, String parameters) {
        HttpResponse<String> answer = broker.get("/loki/api/v1/query_range?query=" + selector(filters) + parameters);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        JsonObject body = new JsonObject(answer.body());
        assertThat(body.getString("status")).isEqualTo("success");
        JsonObject data = body.getJsonObject("data");
        assertThat(data.getString("resultType")).isEqualTo("streams");
        assertThat(data.getJsonObject("stats")).isEqualTo(new JsonObject());
        return values(data.getJsonArray("result"));
    }

    private static JsonObject line(String message, long timestamp) {
        return new JsonObject().put("message", message).put("timestamp", timestamp);
    }

    private void storeFive() {
        broker.store(
                device,
                line("m1", MILLIS - 300_000),
                line("m2 disk", MILLIS - 240_000)
                        .put("service", "db")
                        .put("stream", "stderr")
                        .put("level", "error"),
                line("m3", MILLIS - 180_000).put("service", "web").put("level", "warn"),
                line("m4", MILLIS - 120_000).put("service", "web").put("level", "warn"),
                line("m5 disk \"full\"\n\ud83d\ude80", MILLIS - 60_000));
    }

    // ---- tail

    @Test
    void tail_beginsWithTheNewestOfTheLastHour_andGoesOnLive() {
        broker.store(device, line("old", MILLIS - 7_200_000));
        storeFive();
        try (WebSocketReader reader = tail("", "&limit=3&delay_for=0")) {
            assertThat(lines(read(reader, 3))).containsExactly("m3", "m4", "m5 disk \"full\"\n\ud83d\ude80");
            broker.say(device, "live 1");
            assertThat(lines(read(reader, 1))).containsExactly("live 1");
            broker.store(device, line("of a clock that is wrong", 1000));
            assertThat(lines(read(reader, 1))).containsExactly("of a clock that is wrong");
        }
        try (WebSocketReader reader = tail("", "")) {
            assertThat(lines(read(reader, 1)).get(0))
                    .as("not older than an hour")
                    .isEqualTo("m1");
        }
    }

    @Test
    void tail_message_isAsDocumented() {
        storeFive();
        try (WebSocketReader reader = tail("", "&limit=4")) {
            assertThat(reader.next())
                    .isEqualTo(new JsonObject()
                            .put(
                                    "streams",
                                    new JsonArray()
                                            .add(stream(
                                                    new JsonObject()
                                                            .put("device", device)
                                                            .put("level", "error")
                                                            .put("service_name", "db")
                                                            .put("stream", "stderr"),
                                                    value(MILLIS - 240_000, 2, "m2 disk")))
                                            .add(stream(
                                                    new JsonObject()
                                                            .put("device", device)
                                                            .put("level", "warn")
                                                            .put("service_name", "web")
                                                            .put("stream", "stdout"),
                                                    value(MILLIS - 180_000, 3, "m3"),
                                                    value(MILLIS - 120_000, 4, "m4")))
                                            .add(stream(
                                                    new JsonObject()
                                                            .put("device", device)
                                                            .put("stream", "stdout"),
                                                    value(MILLIS - 60_000, 5, "m5 disk \"full\"\n\ud83d\ude80")))));
        }
    }

    private static JsonObject stream(JsonObject labels, JsonArray... values) {
        return new JsonObject().put("stream", labels).put("values", new JsonArray(List.of(values)));
    }

    private static JsonArray value(long millis, int offset, String line) {
        return new JsonArray().add(Long.toString(millis * 1_000_000 + offset)).add(line);
    }

    @Test
    void tail_startOfTheLastTimePlusOne_resumesExactly() {
        broker.store(device, line("a", MILLIS), line("b", MILLIS), line("c", MILLIS));
        long second;
        try (WebSocketReader reader = tail("", "")) {
            second = read(reader, 3).get(1).time();
        }
        try (WebSocketReader reader = tail("", "&start=" + (second + 1))) {
            assertThat(lines(read(reader, 1))).containsExactly("c");
        }
    }

    @Test
    void tail_filters_holdForWhatComesToo() {
        storeFive();
        try (WebSocketReader reader = tail("|= `disk` != `full`", "")) {
            assertThat(lines(read(reader, 1))).containsExactly("m2 disk");
            broker.say(device, "disk full", "no", "disk free");
            assertThat(lines(read(reader, 1))).containsExactly("disk free");
        }
    }

    @Test
    void tail_ofADeviceThatIsNotKnownYet_getsItsFirstLine() {
        try (WebSocketReader reader = tail("", "")) {
            await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") >= 1);
            broker.say(device, "first");
            assertThat(lines(read(reader, 1))).containsExactly("first");
        }
    }

    @Test
    void tail_gap_isADroppedEntry() {
        String path = "/loki/api/v1/tail?query=" + selector("") + "&limit=1000";
        broker.say(device, "first");
        try (RawSocket slow = new RawSocket(broker.port(), 4096).upgrade(path)) {
            JsonObject first = new JsonObject(slow.readDataOrClose().text());
            assertThat(lines(values(first.getJsonArray("streams")))).containsExactly("first");
            String filler = "x".repeat(5000);
            for (int i = 0; i < 12; i++) {
                broker.say(device, IntStream.range(0, 300).mapToObj(n -> filler).toArray(String[]::new));
            }
            long heard = 1;
            long missing = 0;
            while (heard + missing < 3601) {
                JsonObject message = new JsonObject(slow.readDataOrClose().text());
                heard += values(message.getJsonArray("streams")).size();
                for (Object one : message.getJsonArray("dropped_entries", new JsonArray())) {
                    JsonObject dropped = (JsonObject) one;
                    assertThat(Long.parseLong(dropped.getString("timestamp"))).isGreaterThan(MILLIS);
                    JsonObject labels = dropped.getJsonObject("labels");
                    assertThat(labels.getString("device")).isEqualTo(device);
                    assertThat(labels.getString("reason")).isEqualTo("slow");
                    missing += Long.parseLong(labels.getString("count"));
                }
            }
            assertThat(missing).isPositive();
            assertThat(heard + missing).isEqualTo(3601);
        }
    }

    @Test
    void tail_withoutAnUpgrade_isRefused() {
        HttpResponse<String> answer = broker.get("/loki/api/v1/tail?query=" + selector(""));
        assertThat(answer.statusCode()).isEqualTo(426);
        assertThat(answer.headers().firstValue("Upgrade")).contains("websocket");
    }

    @Test
    void stop_tailIsClosed() {
        RunningBroker leaving = RunningBroker.start();
        leaving.say("d", "one");
        try (WebSocketReader reader = WebSocketReader.open(leaving, "/loki/api/v1/tail?query=%7Bdevice%3D%22d%22%7D")) {
            assertThat(lines(read(reader, 1))).containsExactly("one");
            leaving.close();
            assertThat(reader.closeCode()).isEqualTo(1001);
            assertThat(reader.isQuiet()).isTrue();
        }
    }

    // ---- query_range

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\0', textBlock = """
            -                                ; -                                 ; m5 m4 m3 m2 m1
            -                                ; &direction=backward               ; m5 m4 m3 m2 m1
            -                                ; &direction=FORWARD                ; m1 m2 m3 m4 m5
            -                                ; &limit=2                          ; m5 m4
            -                                ; &limit=2&direction=forward        ; m1 m2
            |= "disk"                        ; -                                 ; m5 m2
            |~ "m[13]"                       ; -                                 ; m3 m1
            !~ "m[13]" != "disk"             ; -                                 ; m4
            -                                ; &since=210s                       ; m5 m4 m3
            -                                ; &since=0s                         ; -
            """)
    void range_filtersAndDirections(String filters, String parameters, String wanted) {
        storeFive();
        List<Value> values = range(filters.equals("-") ? "" : filters, parameters.equals("-") ? "" : parameters);
        List<String> heads =
                lines(values).stream().map(line -> line.substring(0, 2)).toList();
        assertThat(heads).isEqualTo(wanted.equals("-") ? List.of() : List.of(wanted.split(" ")));
    }

    @Test
    void range_labels_areSelectedBy() {
        storeFive();
        assertThat(query("{device=\"" + device + "\", service_name=\"web\", level=~\"warn|info\"}"))
                .containsExactly("m4", "m3");
        assertThat(query("{device=\"" + device + "\", level=\"\"} |= \"m1\"")).containsExactly("m1");
        assertThat(query("{stream=\"stderr\", device=\"" + device + "\"}")).containsExactly("m2 disk");
        assertThat(query("{device=\"" + device + "\", service!~\"w.*\", stream!=\"stderr\"} != \"5\""))
                .containsExactly("m1");
    }

    private static List<String> query(String query) {
        HttpResponse<String> answer =
                broker.get("/loki/api/v1/query_range?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return lines(values(new JsonObject(answer.body()).getJsonObject("data").getJsonArray("result")));
    }

    @Test
    void range_ofMoreThanAWindow_isWholeInBothDirections() {
        broker.store(
                device,
                IntStream.rangeClosed(1, 350)
                        .mapToObj(i -> line("m" + i, MILLIS))
                        .toArray(JsonObject[]::new));
        List<String> newestFirst = lines(range("", "&limit=1000"));
        assertThat(newestFirst)
                .isEqualTo(IntStream.rangeClosed(51, 350)
                        .mapToObj(i -> "m" + (401 - i))
                        .toList());
        List<String> oldestFirst = new ArrayList<>(lines(range("", "&limit=1000&direction=forward")));
        java.util.Collections.reverse(oldestFirst);
        assertThat(oldestFirst).isEqualTo(newestFirst);
    }

    @Test
    void range_times_distinguishEntriesOfAMillisecond() {
        broker.store(device, line("a", MILLIS), line("b", MILLIS), line("c", MILLIS), line("d", MILLIS));
        List<Value> all = range("", "&direction=forward");
        assertThat(all).extracting(Value::time).doesNotHaveDuplicates().isSorted();
        String between = "&start=" + all.get(1).time() + "&end=" + all.get(3).time();
        assertThat(lines(range("", between))).as("the end is not included").containsExactly("c", "b");
    }

    @Test
    void range_paging_asLogcliDoes_showsEachLineOnce() {
        broker.store(
                device,
                IntStream.rangeClosed(1, 100)
                        .mapToObj(i -> line("m" + i, MILLIS + i / 10))
                        .toArray(JsonObject[]::new));
        List<String> seen = new ArrayList<>();
        long end = Long.MAX_VALUE;
        List<Value> page = range("", "&limit=7");
        while (!page.isEmpty()) {
            seen.addAll(lines(page));
            end = page.get(page.size() - 1).time();
            page = range("", "&limit=7&end=" + end);
        }
        assertThat(seen)
                .isEqualTo(IntStream.rangeClosed(1, 100)
                        .mapToObj(i -> "m" + (101 - i))
                        .toList());
    }

    @Test
    void range_ofAnUnknownDevice_isEmpty() {
        assertThat(range("", "")).isEmpty();
        assertThat(range("", "&direction=forward")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\0', textBlock = """
            query_range?limit=1                                      ; query
            query_range?query=%7Bapp%3D%22x%22%7D                    ; query
            query_range?query=%7Bdevice%3D%22d%22%7D&limit=x         ; limit
            query_range?query=%7Bdevice%3D%22d%22%7D&limit=0         ; limit
            query_range?query=%7Bdevice%3D%22d%22%7D&start=x         ; start
            query_range?query=%7Bdevice%3D%22d%22%7D&end=x           ; end
            query_range?query=%7Bdevice%3D%22d%22%7D&since=x         ; since
            query_range?query=%7Bdevice%3D%22d%22%7D&direction=up    ; direction
            tail?query=%7Bdevice%3D%22d%22%7D&start=x                ; start
            tail?query=%7Bdevice%3D%22d%22%7D%20%7C%20json           ; query
            query?query=%7Bdevice%3D%22d%22%7D                       ; query
            """)
    void badParameter_isNamed(String request, String parameter) {
        HttpResponse<String> answer = broker.get("/loki/api/v1/" + request);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("detail")).startsWith(parameter + ": ");
    }

    // ---- requests of clients before they read logs

    @Test
    void healthCheckOfGrafana_isAnswered() {
        HttpResponse<String> answer = broker.get("/loki/api/v1/query?query=vector(1)%2Bvector(1)");
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonObject data = new JsonObject(answer.body()).getJsonObject("data");
        assertThat(data.getString("resultType")).isEqualTo("vector");
        assertThat(data.getJsonArray("result")
                        .getJsonObject(0)
                        .getJsonArray("value")
                        .getString(1))
                .isEqualTo("2");
    }

    @Test
    void labelsAndTheirValues_areListed() {
        broker.say(device, "one");
        assertThat(list("labels")).contains("device", "level", "service_name", "stream");
        assertThat(list("label/stream/values")).containsExactly("stderr", "stdout");
        assertThat(list("label/level/values")).isEmpty();
        await().atMost(10, SECONDS).until(() -> list("label/device/values").contains(device));
    }

    private static List<Object> list(String path) {
        HttpResponse<String> answer = broker.get("/loki/api/v1/" + path);
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonObject body = new JsonObject(answer.body());
        assertThat(body.getString("status")).isEqualTo("success");
        return body.getJsonArray("data").stream().toList();
    }
}
