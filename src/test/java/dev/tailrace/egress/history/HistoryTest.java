package dev.tailrace.egress.history;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The entries of a ring, in all forms and ranges. */
final class HistoryTest {

    private static RunningBroker broker;

    private final String device = "d-" + UUID.randomUUID();
    private final String path = "/api/v1/devices/" + device + "/logs";

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.RING_CAPACITY, "2000", Setting.RING_BYTES, "134217728"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private void say(int first, int last) {
        broker.say(
                device,
                IntStream.rangeClosed(first, last).mapToObj(i -> "m" + i).toArray(String[]::new));
    }

    private List<String> messages(String query) {
        HttpResponse<String> answer = broker.get(path + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonArray(answer.body())
                .stream()
                        .map(entry -> ((JsonObject) entry).getString("message"))
                        .toList();
    }

    private static List<String> range(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(i -> "m" + i).toList();
    }

    private String epoch() {
        String position = broker.get(path + "?limit=0")
                .headers()
                .firstValue("Tailrace-Position")
                .orElseThrow();
        return position.substring(0, position.indexOf('-'));
    }

    // ---- forms

    @Test
    void json_isAnArrayOfEntries() {
        say(1, 2);
        HttpResponse<String> answer = broker.get(path);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-cache");
        assertThat(answer.headers().firstValue("Tailrace-Position")).contains(epoch() + "-2");
        JsonObject first = new JsonArray(answer.body()).getJsonObject(0);
        assertThat(first.getString("id")).isEqualTo(epoch() + "-1");
        assertThat(messages("")).isEqualTo(range(1, 2));
    }

    @Test
    void ndjson_isAnEntryPerLine() {
        broker.say(device, "one", "two\nlines");
        for (HttpResponse<String> answer :
                List.of(broker.get(path + "?format=ndjson"), broker.get(path, "Accept", "application/x-ndjson"))) {
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/x-ndjson; charset=utf-8");
            assertThat(Arrays.stream(answer.body().split("\n")).map(line -> new JsonObject(line).getString("message")))
                    .containsExactly("one", "two\nlines");
        }
    }

    @Test
    void text_hasTimesInTheGivenZone() {
        broker.store(
                device,
                new JsonObject().put("message", "plain").put("timestamp", 1763820000123L),
                new JsonObject()
                        .put("message", "all of it")
                        .put("timestamp", 1763820000123L)
                        .put("service", "main")
                        .put("system", true)
                        .put("stream", "stderr")
                        .put("level", "warn"));
        assertThat(broker.get(path + "?format=text").body())
                .isEqualTo("2025-11-22T14:00:00.123Z plain\n"
                        + "2025-11-22T14:00:00.123Z main system stderr warn all of it\n");
        assertThat(broker.get(path + "?tz=Europe/Berlin&limit=1", "Accept", "text/plain")
                        .body())
                .startsWith("2025-11-22T15:00:00.123+01:00 main");
    }

    @Test
    void download_isNamedAfterTheDevice() {
        say(1, 1);
        assertThat(broker.get(path + "?download=1&format=text").headers().firstValue("Content-Disposition"))
                .hasValueSatisfying(value ->
                        assertThat(value).matches("attachment; filename=\"" + device + "-\\d{8}T\\d{6}Z\\.log\""));
        assertThat(broker.get(path + "?download=0").headers().firstValue("Content-Disposition"))
                .isEmpty();
    }

    @Test
    void noRing_isEmptyInEachForm() {
        assertThat(broker.get(path).body()).isEqualTo("[]\n");
        assertThat(broker.get(path + "?format=ndjson").body()).isEmpty();
        assertThat(broker.get(path + "?format=text&limit=5&q=x").body()).isEmpty();
        assertThat(broker.get(path).headers().firstValue("Tailrace-Position")).isEmpty();
    }

    @Test
    void clearedRing_isEmptyButHasAPosition() {
        say(1, 3);
        broker.delete(path);
        HttpResponse<String> answer = broker.get(path);
        assertThat(answer.body()).isEqualTo("[]\n");
        assertThat(answer.headers().firstValue("Tailrace-Position"))
                .hasValueSatisfying(position -> assertThat(position).endsWith("-3"));
    }

    // ---- ranges

    @Test
    void manyPages_areWhole() {
        say(1, 1700);
        assertThat(messages("")).isEqualTo(range(1, 1700));
    }

    @Test
    void pastCapacity_isExactlyTheNewest() {
        say(1, 1500);
        say(1501, 2700);
        assertThat(messages("")).isEqualTo(range(701, 2700));
    }

    /** The gap after a position, in a header. */
    private static @Nullable JsonObject gapAfter(RunningBroker broker, String path, String position) {
        return broker.get(path + "?after=" + position)
                .headers()
                .firstValue("Tailrace-Gap")
                .map(JsonObject::new)
                .orElse(null);
    }

    @Test
    void after_entriesThatAreGone_areAGapInAHeader() {
        say(1, 2500);
        String epoch = epoch();
        assertThat(gapAfter(broker, path, epoch + "-499"))
                .isEqualTo(new JsonObject("{\"from\":\"" + epoch + "-500\",\"to\":\"" + epoch
                        + "-500\",\"count\":1,\"reason\":\"evicted\"}"));
        assertThat(gapAfter(broker, path, epoch + "-500")).isNull();
        assertThat(gapAfter(broker, path, epoch + "-2500")).isNull();
        broker.delete(path);
        assertThat(gapAfter(broker, path, epoch + "-499"))
                .as("cleared on purpose")
                .isNull();
    }

    @Test
    void after_positionBeyondTheNewest_isAGapToo() {
        say(1, 3);
        String epoch = epoch();
        assertThat(messages("?after=" + epoch + "-5000")).isEmpty();
        assertThat(gapAfter(broker, path, epoch + "-5000"))
                .isEqualTo(new JsonObject("{\"from\":\"" + epoch + "-5001\",\"count\":null,\"reason\":\"epoch\"}"));
    }

    @Test
    void afterAndBefore_positionsOfEarlierEpochs_meanWhatIsShared() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker stored = RunningBroker.start(Map.of(Setting.REDIS, redis.url()))) {
            stored.say(device, "a", "b");
            redis.command("SAVE");
            stored.say(device, "lost");
            String first = epochOf(stored);
            redis.restart();
            insist(stored, "c");
            redis.command("SAVE");
            redis.restart();
            insist(stored, "d");
            assertThat(stored.messages(device)).containsExactly("a", "b", "c", "d");
            assertThat(epochOf(stored)).isNotEqualTo(first);
            assertThat(read(stored, "?after=" + first + "-1")).containsExactly("b", "c", "d");
            assertThat(read(stored, "?after=" + first + "-3")).containsExactly("c", "d");
            assertThat(read(stored, "?before=" + first + "-3")).containsExactly("a", "b");
            assertThat(read(stored, "?before=" + first + "-2")).containsExactly("a");
            assertThat(requireNonNull(gapAfter(stored, path, first + "-1")).getString("from"))
                    .isEqualTo(first + "-3");
            assertThat(requireNonNull(gapAfter(stored, path, first + "-3")).getString("from"))
                    .isEqualTo(first + "-4");
            assertThat(stored.get(path + "?after=unknown-1").statusCode()).isEqualTo(400);
        }
    }

    private String epochOf(RunningBroker other) {
        String position =
                other.get(path).headers().firstValue("Tailrace-Position").orElseThrow();
        return position.substring(0, position.indexOf('-'));
    }

    private List<String> read(RunningBroker other, String query) {
        return new JsonArray(other.get(path + query).body())
                .stream()
                        .map(entry -> ((JsonObject) entry).getString("message"))
                        .toList();
    }

    private void insist(RunningBroker other, String line) {
        await().atMost(20, SECONDS).ignoreExceptions().until(() -> {
            other.say(device, line);
            return true;
        });
    }

    @Test
    void limitAfterBefore_cutTheRange() {
        say(1, 1200);
        String epoch = epoch();
        assertThat(messages("?limit=3")).as("the newest").isEqualTo(range(1198, 1200));
        assertThat(messages("?limit=0")).isEmpty();
        assertThat(messages("?limit=5000")).isEqualTo(range(1, 1200));
        assertThat(messages("?after=" + epoch + "-10&limit=3")).as("the next").isEqualTo(range(11, 13));
        assertThat(messages("?before=" + epoch + "-10&limit=3"))
                .as("the ones before")
                .isEqualTo(range(7, 9));
        assertThat(messages("?after=" + epoch + "-10&before=" + epoch + "-14")).isEqualTo(range(11, 13));
        assertThat(messages("?after=" + epoch + "-1200")).isEmpty();
        assertThat(messages("?before=" + epoch + "-1")).isEmpty();
        assertThat(messages("?after=" + epoch + "-600&limit=599")).isEqualTo(range(601, 1199));
    }

    @Test
    void limitWithAFilter_countsWhatIsShown() {
        say(1, 1500);
        String epoch = epoch();
        List<String> endingIn7 = IntStream.rangeClosed(1, 1500)
                .filter(i -> i % 10 == 7)
                .mapToObj(i -> "m" + i)
                .toList();
        assertThat(messages("?regex=7%24")).isEqualTo(endingIn7);
        assertThat(messages("?regex=7%24&limit=4")).isEqualTo(endingIn7.subList(146, 150));
        assertThat(messages("?regex=7%24&limit=120")).isEqualTo(endingIn7.subList(30, 150));
        assertThat(messages("?regex=7%24&limit=1000")).isEqualTo(endingIn7);
        assertThat(messages("?regex=7%24&limit=2&after=" + epoch + "-17")).containsExactly("m27", "m37");
        assertThat(messages("?regex=7%24&limit=2&before=" + epoch + "-37")).containsExactly("m17", "m27");
    }

    @Test
    void otherEpoch_isRefused() {
        say(1, 1);
        for (String parameter : List.of("after", "before")) {
            HttpResponse<String> answer = broker.get(path + "?" + parameter + "=zz-1");
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(new JsonObject(answer.body()).getString("detail")).startsWith(parameter);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            limit=-1            | limit
            limit=1000001       | limit
            limit=many          | limit
            after=1             | after
            before=k-1x         | before
            download=perhaps    | download
            format=sse          | format
            tz=Mars/Olympus     | tz
            since=1e3           | since
            regex=%5B           | regex
            """)
    void badParameter_isNamed(String query, String parameter) {
        HttpResponse<String> answer = broker.get(path + "?" + query);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(new JsonObject(answer.body()).getString("detail")).startsWith(parameter);
    }

    // ---- sizes

    @Test
    void thousandsOfPages_areWalkedWithoutNesting() {
        String large = "x".repeat(60_000);
        String[] some = IntStream.range(0, 100).mapToObj(i -> large).toArray(String[]::new);
        for (int i = 0; i < 20; i++) {
            broker.say(device, some);
        }
        broker.say(device, "needle");
        assertThat(messages("?q=needle&limit=10")).containsExactly("needle");
        assertThat(messages("?q=needle")).containsExactly("needle");
        try (SseReader reader = SseReader.open(broker.port(), path + "/stream?tail=2000&q=needle")) {
            assertThat(reader.entry()).isEqualTo("needle");
        }
        HttpResponse<String> all = broker.get(path + "?format=ndjson");
        assertThat(all.body().length()).isGreaterThan(1999 * 60_000);
        broker.delete(path);
    }
}
