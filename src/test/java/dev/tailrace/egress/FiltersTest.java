package dev.tailrace.egress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.WebSocketReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same filters on every way out, and levels that are guessed for them. */
final class FiltersTest {

    private static RunningBroker broker;

    private String device;
    private String path;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void storeFive() {
        device = RunningBroker.newDevice();
        path = "/api/v1/devices/" + device + "/logs";
        broker.store(
                device,
                line("one").put("level", "Warning").put("service", "web"),
                line("two").put("level", "I").put("service", "db"),
                line("12:00:00 ERROR three").put("stream", "stderr"),
                line("four"),
                line("five").put("level", "fatal").put("service", "web"));
    }

    private static JsonObject line(String message) {
        return new JsonObject().put("message", message);
    }

    private List<String> history(String query) {
        HttpResponse<String> answer = broker.get(path + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonArray(answer.body())
                .stream().map(one -> ((JsonObject) one).getString("message")).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            level%3E=warn&level!=fatal                | level>=warn&level!=fatal
            level=%3E%3Dwarn&level!=PANIC             | level=>=warn&level!=PANIC
            level=W&level=err                         | level=W&level=err
            service!=db&q!=four&q!=five               | service!=db&q!=four&q!=five
            regex!=%5Ef&level!=info                   | regex!=^f&level!=info
            """)
    void filter_isTheSameOnEveryWayOut(String encoded, String raw) {
        List<String> expected = List.of("one", "12:00:00 ERROR three");
        assertThat(history("?" + encoded)).isEqualTo(expected);
        assertThat(broker.get(path + "?format=text&download=1&" + encoded)
                        .body()
                        .lines())
                .hasSize(2)
                .anyMatch(line -> line.endsWith("Z stderr error 12:00:00 ERROR three"))
                .anyMatch(line -> line.endsWith("Z web warn one"));
        for (String stream : List.of(path + "/stream?tail=10", "/api/v1/logs/stream?tail=10&device=" + device)) {
            try (SseReader reader = SseReader.open(broker.port(), stream + "&" + raw)) {
                assertThat(reader.entry()).isEqualTo("one");
                assertThat(reader.entry()).isEqualTo("12:00:00 ERROR three");
            }
            try (WebSocketReader reader = WebSocketReader.open(broker, stream + "&" + encoded)) {
                assertThat(reader.entry()).isEqualTo("one");
                assertThat(reader.entry()).isEqualTo("12:00:00 ERROR three");
            }
        }
    }

    @Test
    void filteredFleet_resumesAtItsCheckpoint() {
        broker.request("PUT", "/api/v1/devices/" + device + "/fleet", "{\"fleet\":\"" + device + "\"}");
        String stream = "/api/v1/logs/stream?fleet=" + device + "&level>=warn&service!=db";
        String place;
        try (SseReader reader = SseReader.open(broker.port(), stream + "&tail=10")) {
            assertThat(reader.entry()).isEqualTo("one");
            assertThat(reader.entry()).isEqualTo("12:00:00 ERROR three");
            assertThat(reader.entry()).isEqualTo("five");
            SseReader.Event checkpoint = reader.message();
            while (!"checkpoint".equals(checkpoint.name())) {
                checkpoint = reader.message();
            }
            place = String.valueOf(checkpoint.id());
        }
        broker.store(
                device, line("info: six"), line("seven").put("level", "E").put("service", "db"), line("error: eight"));
        try (SseReader reader = SseReader.open(broker.port(), stream, "Last-Event-ID", place)) {
            assertThat(reader.entry()).isEqualTo("error: eight");
        }
    }

    @Test
    void attributes_areFoundByNameAndPath() {
        String body =
                "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"device.id\",\"value\":{\"stringValue\":\""
                        + device + "\"}}]},\"scopeLogs\":[{\"logRecords\":["
                        + record(
                                "a",
                                "{\"key\":\"code\",\"value\":{\"intValue\":\"500\"}},"
                                        + "{\"key\":\"http.route\",\"value\":{\"stringValue\":\"/x\"}}")
                        + ","
                        + record(
                                "b",
                                "{\"key\":\"code\",\"value\":{\"intValue\":\"404\"}},{\"key\":\"user\",\"value\":{\"kvlistValue\":"
                                        + "{\"values\":[{\"key\":\"name\",\"value\":{\"stringValue\":\"ann\"}}]}}}")
                        + "]}]}]}";
        assertThat(broker.request("POST", "/v1/logs", body, "Content-Type", "application/json")
                        .statusCode())
                .isEqualTo(200);
        assertThat(history("?attr.code=500")).containsExactly("a");
        assertThat(history("?attr.code=500&attr.code=404")).containsExactly("a", "b");
        assertThat(history("?attr.http.route=/x")).containsExactly("a");
        assertThat(history("?attr.user.name=ann")).containsExactly("b");
        assertThat(history("?attr.code!=500&regex=%5E.$")).containsExactly("b");
        assertThat(history("?attr.code!=500&attr.code!=404&q!=five"))
                .containsExactly("one", "two", "12:00:00 ERROR three", "four");
    }

    private static String record(String text, String attributes) {
        return "{\"body\":{\"stringValue\":\"" + text + "\"},\"attributes\":[" + attributes + "]}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"level%3C=warn", "level~=warn", "service%3E=a", "q~=a", "attr.a%3E=5", "level%3E=loud"})
    void anotherOperator_isRefusedOnEveryWayOut(String query) {
        for (String way : List.of(path + "?", path + "/stream?", "/api/v1/logs/stream?device=" + device + "&")) {
            HttpResponse<String> answer = broker.get(way + query);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("bad-parameter").contains(": ");
        }
    }

    @Test
    void guessedLevel_isMarked_andNotGuessedWhenTurnedOff() {
        JsonObject guessed = broker.history(device).get(2);
        assertThat(guessed.getString("level")).isEqualTo("error");
        assertThat(guessed.getBoolean("levelGuessed")).isTrue();
        JsonObject sent = broker.history(device).get(0);
        assertThat(sent.getString("level")).isEqualTo("warn");
        assertThat(sent.getString("levelText")).isEqualTo("Warning");
        assertThat(sent.containsKey("levelGuessed")).isFalse();
        assertThat(broker.history(device).get(3).containsKey("level")).isFalse();
        try (RunningBroker plain =
                RunningBroker.start(Map.of(Setting.GUESS_LEVELS, "false", Setting.DRAIN_TIME, "1s"))) {
            plain.store("d", line("12:00:00 ERROR three"));
            assertThat(plain.history("d").get(0).containsKey("level")).isFalse();
        }
    }
}
