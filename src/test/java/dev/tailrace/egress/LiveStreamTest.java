package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams as they are on the wire, parsed exactly. */
final class LiveStreamTest {

    private static RunningBroker broker;

    private final String device = "d-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(
                Setting.STREAM_HEARTBEAT,
                "300ms",
                Setting.RING_CAPACITY,
                "1000",
                Setting.STREAM_DEVICES,
                "3",
                Setting.HTTP2_CLEARTEXT,
                "true"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private SseReader open(String query, String... headers) {
        return SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream" + query, headers);
    }

    private SseReader openSeveral(String query, String... headers) {
        return SseReader.open(broker.port(), "/api/v1/logs/stream?" + query, headers);
    }

    /** Open, and its position is known, so that the reader gets what is stored from now on. */
    private SseReader openLive(String query, String... headers) {
        SseReader reader = open(query, headers);
        EventReader.Event place = reader.next();
        while (place != null && place.id() == null) {
            place = reader.next();
        }
        return reader;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    // ---- the wire

    @Test
    void stream_entries_haveIdAndData() {
        broker.say(device, "one", "two");
        try (SseReader reader = open("?tail=10")) {
            assertThat(reader.status()).isEqualTo(200);
            assertThat(reader.header("Content-Type")).isEqualTo("text/event-stream; charset=utf-8");
            assertThat(reader.header("Cache-Control")).isEqualTo("no-cache, no-transform");
            assertThat(reader.header("X-Accel-Buffering")).isEqualTo("no");
            EventReader.Event begin = reader.next();
            assertThat(begin.retry()).isBetween(1000L, 2000L);
            assertThat(begin.id()).endsWith("-0");
            EventReader.Event first = reader.next();
            assertThat(first.name()).isNull();
            assertThat(first.id()).endsWith("-1").isEqualTo(first.json().getString("id"));
            assertThat(first.json().getString("message")).isEqualTo("one");
            assertThat(first.json().fieldNames()).containsExactlyInAnyOrder("id", "receivedAt", "timestamp", "message");
            assertThat(reader.next().id()).endsWith("-2");
        }
    }

    @Test
    void stream_lineWithAllFields_comesOutAsItWentIn() {
        JsonObject line = new JsonObject()
                .put("message", "m")
                .put("timestamp", 1763820000100L)
                .put("service", "main")
                .put("stream", "stderr")
                .put("system", true)
                .put("level", "warn");
        broker.store(device, line);
        try (SseReader reader = open("?tail=1")) {
            JsonObject entry = reader.message().json();
            line.forEach(field -> assertThat(entry.getValue(field.getKey())).isEqualTo(field.getValue()));
            assertThat(entry.size()).isEqualTo(line.size() + 2);
        }
    }

    @Test
    void stream_silentDevice_getsHeadersAndHeartbeats() {
        try (SseReader reader = open("")) {
            assertThat(reader.status()).isEqualTo(200);
            EventReader.Event begin = reader.next();
            assertThat(begin.retry()).isNotNull();
            assertThat(begin.id()).isEqualTo("0-0");
            assertThat(begin.name()).isEqualTo("alive");
            for (int i = 0; i < 2; i++) {
                EventReader.Event beat = reader.next();
                assertThat(beat.name()).isEqualTo("alive");
                assertThat(beat.id()).as("nothing moved").isNull();
                assertThat(beat.json().getString("head")).isEqualTo("0-0");
                assertThat(beat.json().getLong("time")).isCloseTo(System.currentTimeMillis(), within(60_000L));
                assertThat(beat.json().getLong("interval")).isPositive();
            }
        }
    }

    @Test
    void alive_hasTheHead_andDoesNotMoveTheReader() {
        broker.say(device, "one", "two");
        try (SseReader reader = open("?tail=1&q=two")) {
            EventReader.Event begin = reader.next();
            assertThat(begin.id()).endsWith("-1");
            assertThat(begin.json().getString("head")).endsWith("-2");
            assertThat(reader.next().id()).as("the entry").endsWith("-2");
            EventReader.Event beat = reader.next();
            assertThat(beat.name()).isEqualTo("alive");
            assertThat(beat.json().getString("head")).endsWith("-2");
        }
    }

    @Test
    void alive_ofSeveralDevices_isOnePerStreamAndMovesNothing() {
        try (SseReader reader = openSeveral("device=" + device + "&device=other")) {
            EventReader.Event begin = reader.next();
            assertThat(begin.name()).isEqualTo("alive");
            assertThat(begin.id()).isNull();
            assertThat(begin.json().fieldNames()).containsExactlyInAnyOrder("time", "interval");
        }
    }

    @Test
    void stream_filterHidesAll_heartbeatsMoveItsPlace() {
        try (SseReader reader = openLive("?q=never")) {
            broker.say(device, "a", "b", "c");
            EventReader.Event event = reader.next();
            while (event.id() == null || !event.id().endsWith("-3")) {
                assertThat(event.name()).isEqualTo("alive");
                event = reader.next();
            }
        }
    }

    @Test
    void streamOfSeveral_filterHidesAll_heartbeatsReportTheirPlaces() {
        try (SseReader reader =
                SseReader.open(broker.port(), "/api/v1/logs/stream?q=never&device=" + device + "&device=other")) {
            assertThat(reader.message().name()).isEqualTo("checkpoint"); // open
            broker.say(device, "a", "b", "c");
            EventReader.Event event = reader.message();
            while (!event.json().getJsonObject("positions").getString(device).endsWith("-3")) {
                assertThat(event.name()).isEqualTo("checkpoint");
                event = reader.message();
            }
        }
    }

    @Test
    void stream_messagesThatLookLikeEvents_areData() {
        List<String> nasty = List.of(
                "data: x",
                "a\nb",
                "a\r\nb\rc",
                "\n\nevent: gap\ndata: {\"count\":1}\n\n",
                "id: k-1\nretry: 0",
                "nul \0 and \u0007 and \u001b[31mred",
                "line\u2028separator\u2029paragraph\u0085next",
                ": comment",
                "\uFEFF{\"}\\",
                "\ud83d\ude80 ünïcödé",
                "");
        broker.say(device, nasty.toArray(String[]::new));
        try (SseReader reader = open("?tail=100")) {
            for (String message : nasty) {
                assertThat(reader.entry()).isEqualTo(message);
            }
        }
    }

    @Test
    void stream_byAccept_isNdjson() {
        broker.say(device, "one", "two\nlines");
        try (SseReader reader = open("?tail=10", "Accept", "application/x-ndjson")) {
            assertThat(reader.header("Content-Type")).isEqualTo("application/x-ndjson; charset=utf-8");
            List<JsonObject> entries = new ArrayList<>();
            while (entries.size() < 2) {
                String line = reader.line();
                if (!line.isEmpty()) {
                    entries.add(new JsonObject(line));
                }
            }
            assertThat(entries).extracting(entry -> entry.getString("message")).containsExactly("one", "two\nlines");
            assertThat(entries.get(0).getString("id")).endsWith("-1");
            assertThat(reader.line()).as("the heartbeat is a blank line").isEmpty();
            broker.delete("/api/v1/devices/" + device + "/logs");
            String line = reader.line();
            while (line.isEmpty()) {
                line = reader.line();
            }
            assertThat(new JsonObject(line).getString("event")).isEqualTo("clear");
        }
    }

    @Test
    void stream_toHttp10_isNotChunked() {
        try (RawSocket reader = new RawSocket(broker.port())) {
            reader.write("GET /api/v1/devices/" + device + "/logs/stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
            assertThat(reader.readHead()).doesNotContain("transfer-encoding");
            String body = reader.readUntil("id: 0-0\n");
            broker.say(device, "one");
            broker.say(device, "two");
            body += reader.readUntil("\"message\":\"two\"}\n\n");
            assertThat(body).startsWith("retry: ").doesNotContain("\r").contains("\"one\"}\n\n");
        }
    }

    @Test
    void stream_overHttp2_isTheSame() throws Exception {
        HttpClient http2 =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        URI uri = URI.create("http://127.0.0.1:" + broker.port() + "/api/v1/devices/" + device + "/logs/stream");
        http2.send(
                HttpRequest.newBuilder(uri.resolve("/api/v1/devices")).build(),
                HttpResponse.BodyHandlers.discarding()); // upgrades the connection
        HttpResponse<Stream<String>> answer =
                http2.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        try (Stream<String> body = answer.body()) {
            Iterator<String> lines = body.iterator();
            assertThat(lines.next()).startsWith("retry: ");
            assertThat(lines.next()).isEqualTo("event: alive");
            assertThat(lines.next()).isEqualTo("id: 0-0");
            for (int i = 1; i <= 3; i++) {
                broker.say(device, "m" + i);
                String line = lines.next();
                while (!line.startsWith("data: {\"id\"")) {
                    assertThat(line).matches("|event: alive|data: \\{\"head\".*|id: .*");
                    line = lines.next();
                }
                assertThat(line).endsWith("\"m" + i + "\"}");
            }
        }
    }

    @Test
    void stream_byFormat_overridesAccept() {
        try (SseReader reader = open("?format=sse", "Accept", "application/x-ndjson")) {
            assertThat(reader.header("Content-Type")).startsWith("text/event-stream");
        }
    }

    // ---- where it begins

    @Test
    void resume_lastEventId_isNewerThanAfter() {
        broker.say(device, "a", "b", "c", "d");
        String epoch = epoch();
        try (SseReader reader = open("?after=" + epoch + "-3", "Last-Event-ID", epoch + "-1")) {
            assertThat(reader.entry()).isEqualTo("b");
        }
        try (SseReader reader = open("?tail=1&after=" + epoch + "-2")) {
            assertThat(reader.entry()).isEqualTo("c");
        }
        try (SseReader reader = open("?after=" + epoch + "-3", "Last-Event-ID", "")) {
            assertThat(reader.entry()).isEqualTo("d");
        }
    }

    /** The names that libraries in place of EventSource send, whose servers often cannot see a header. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "lastEventId",
                "lastEventID",
                "last-event-id",
                "Last-Event-ID",
                "last_event_id",
                "evs_last_event_id"
            })
    void resume_lastEventIdInTheQuery_isNewerThanAfter_andOlderThanTheHeader(String name) {
        broker.say(device, "a", "b", "c", "d");
        String epoch = epoch();
        try (SseReader reader = open("?tail=10&" + name + "=" + epoch + "-2")) {
            assertThat(reader.entry()).isEqualTo("c");
        }
        try (SseReader reader = open("?after=" + epoch + "-3&" + name + "=" + epoch + "-1")) {
            assertThat(reader.entry()).isEqualTo("b");
        }
        try (SseReader reader = open("?" + name + "=" + epoch + "-1", "Last-Event-ID", epoch + "-3")) {
            assertThat(reader.entry()).isEqualTo("d");
        }
        try (SseReader reader = open("?after=" + epoch + "-3&" + name + "=")) {
            assertThat(reader.entry()).isEqualTo("d");
        }
    }

    @Test
    void resume_lastEventIdThatIsNone_isRefused() {
        assertThat(broker.get("/api/v1/devices/" + device + "/logs/stream?lastEventId=nonsense")
                        .statusCode())
                .isEqualTo(400);
    }

    private String epoch() {
        String position = broker.get("/api/v1/devices/" + device + "/logs?limit=0")
                .headers()
                .firstValue("Tailrace-Position")
                .orElseThrow();
        return position.substring(0, position.indexOf('-'));
    }

    @Test
    void resume_otherEpoch_isAGapOfUnknownSize() {
        broker.say(device, "a");
        try (SseReader reader = open("", "Last-Event-ID", "zzz-7")) {
            EventReader.Event gap = reader.message();
            assertThat(gap.name()).isEqualTo("gap");
            assertThat(gap.id()).isNull();
            assertThat(gap.json())
                    .isEqualTo(new JsonObject()
                            .put("from", "zzz-8")
                            .putNull("count")
                            .put("reason", "epoch"));
            assertThat(reader.entry()).isEqualTo("a");
        }
    }

    @Test
    void resume_positionBeyondTheNewest_isAGapOfUnknownSize_andWhatComesIsDelivered() {
        broker.say(device, "a");
        String epoch = epoch();
        try (SseReader reader = open("?after=" + epoch + "-5000")) {
            EventReader.Event gap = reader.message();
            assertThat(gap.name()).isEqualTo("gap");
            assertThat(gap.json())
                    .isEqualTo(new JsonObject()
                            .put("from", epoch + "-5001")
                            .putNull("count")
                            .put("reason", "epoch"));
            broker.say(device, "b");
            assertThat(reader.entry()).isEqualTo("b");
        }
    }

    @Test
    void resume_evicted_isAnExactGap() {
        broker.say(device, IntStream.rangeClosed(1, 1200).mapToObj(i -> "m" + i).toArray(String[]::new));
        String epoch = epoch();
        try (SseReader reader = open("?after=" + epoch + "-50")) {
            EventReader.Event gap = reader.message();
            assertThat(gap.name()).isEqualTo("gap");
            assertThat(gap.id()).isEqualTo(epoch + "-200");
            assertThat(gap.json())
                    .isEqualTo(new JsonObject()
                            .put("from", epoch + "-51")
                            .put("to", epoch + "-200")
                            .put("count", 150)
                            .put("reason", "evicted"));
            for (int i = 201; i <= 1200; i++) {
                assertThat(reader.entry()).isEqualTo("m" + i);
            }
        }
    }

    @Test
    void tail_moreThanTheRingKeeps_showsTheRingWithoutAGap() {
        try (SseReader live = openLive("")) {
            broker.say(
                    device,
                    IntStream.rangeClosed(1, 1100).mapToObj(i -> "m" + i).toArray(String[]::new));
            assertThat(live.entry()).isEqualTo("m1");
            // Several, so that some share an event loop, and therefore a feed, with the one above.
            for (int i = 0; i < 4; i++) {
                try (SseReader reader = open("?tail=5000")) {
                    assertThat(reader.entry()).isEqualTo("m101");
                }
            }
        }
    }

    // ---- filters

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            service=db                              | 2
            service=db&service=web                  | 2 3
            stream=stderr                           | 2 4
            stream=stdout                           | 1 3 5
            system=true                             | 4
            system=0                                | 1 2 3 5
            level=ERROR                             | 2
            level=error&level=warn                  | 2 3
            q=disk+full                             | 2
            regex=%5Em%5B13%5D%24                   | 1 3
            since=3000                              | 3 4 5
            until=3000                              | 1 2
            since=1970-01-01T00:00:02Z&until=4000   | 2 3
            service=db&level=error&q=DISK           | 2
            service=&q=                             | 1 2 3 4 5
            """)
    void filter_streamAndHistory_showTheSame(String query, String wanted) {
        broker.store(
                device,
                new JsonObject().put("message", "m1").put("timestamp", 1000),
                new JsonObject()
                        .put("message", "m2 Disk Full")
                        .put("timestamp", 2000)
                        .put("service", "db")
                        .put("stream", "stderr")
                        .put("level", "error"),
                new JsonObject()
                        .put("message", "m3")
                        .put("timestamp", 3000)
                        .put("service", "web")
                        .put("level", "warn"),
                new JsonObject()
                        .put("message", "m4")
                        .put("timestamp", 4000)
                        .put("stream", "stderr")
                        .put("system", true),
                new JsonObject().put("message", "m5").put("timestamp", 5000));
        List<String> expected = List.of(wanted.split(" "));
        try (SseReader reader = open("?tail=100&" + query)) {
            for (String offset : expected) {
                EventReader.Event event = reader.message();
                assertThat(event.id()).endsWith("-" + offset);
            }
            EventReader.Event nothing = reader.next();
            assertThat(nothing.isMessage()).as("%s", nothing).isFalse();
        }
        JsonArray history = new JsonArray(
                broker.get("/api/v1/devices/" + device + "/logs?" + query).body());
        assertThat(history.stream()
                        .map(entry -> ((JsonObject) entry).getString("id"))
                        .map(id -> id.substring(id.indexOf('-') + 1)))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void regex_thatWouldRunForever_isHarmless() {
        broker.say(device, "a".repeat(60_000), "aab");
        try (SseReader reader = open("?tail=10&regex=" + encoded("(a*)*b"))) {
            assertThat(reader.entry()).isEqualTo("aab");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"((x{1000}){1000}){1000}", "(((a{30}){30}){30}){30}", "(a{100,}){100}", "(a?){500}a{500}b"})
    void regex_thatGrowsWithoutLimit_isRefused(String pattern) {
        HttpResponse<String> answer = broker.get("/api/v1/devices/" + device + "/logs?regex=" + encoded(pattern));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("detail")).startsWith("regex: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}",
                "(?i)(error|warn(ing)?|fatal|panic|exception).{0,40}(disk|memory|cpu)",
                "\\b\\d{1,3}(\\.\\d{1,3}){3}\\b"
            })
    void regex_ofDailyUse_isTaken(String pattern) {
        assertThat(broker.get("/api/v1/devices/" + device + "/logs?regex=" + encoded(pattern))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tail=-1               | tail
            tail=ten              | tail
            tail=99999999999      | tail
            after=nonsense        | after
            after=k-              | after
            after=K-1             | after
            stream=stdin          | stream
            system=perhaps        | system
            regex=(               | regex
            since=yesterday       | since
            until=99999999999999999999 | until
            format=xml            | format
            """)
    void badParameter_ofAStream_isNamed(String query, String parameter) {
        HttpResponse<String> answer = broker.get("/api/v1/devices/" + device + "/logs/stream?" + query);
        assertProblem(answer, parameter);
    }

    @Test
    void badParameter_tooLong_isNamed() {
        String path = "/api/v1/devices/" + device + "/logs/stream?";
        assertProblem(broker.get(path + "q=" + "a".repeat(2000)), "q");
        assertProblem(broker.get(path + "regex=" + "a".repeat(2000)), "regex");
        assertProblem(broker.get(path + "service=x&".repeat(200)), "service");
    }

    private static void assertProblem(HttpResponse<String> answer, String parameter) {
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonObject problem = new JsonObject(answer.body());
        assertThat(problem.getString("type")).isEqualTo("urn:tailrace:problem:bad-parameter");
        assertThat(problem.getInteger("status")).isEqualTo(400);
        assertThat(problem.getString("title")).isNotBlank();
        assertThat(problem.getString("detail")).startsWith(parameter);
    }

    @Test
    void badDevice_isNamed() {
        HttpResponse<String> answer = broker.get("/api/v1/devices/a%20b/logs/stream");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("type")).isEqualTo("urn:tailrace:problem:bad-device");
    }

    // ---- clear

    @Test
    void clear_isReportedToWatchersAndOffsetsGoOn() {
        try (SseReader reader = openLive("")) {
            broker.say(device, "a", "b");
            assertThat(reader.entry()).isEqualTo("a");
            assertThat(reader.entry()).isEqualTo("b");
            assertThat(broker.delete("/api/v1/devices/" + device + "/logs").statusCode())
                    .isEqualTo(204);
            EventReader.Event clear = reader.message();
            assertThat(clear.name()).isEqualTo("clear");
            assertThat(clear.id()).endsWith("-2");
            assertThat(clear.json()).isEqualTo(new JsonObject().put("to", clear.id()));
            broker.say(device, "c");
            EventReader.Event next = reader.message();
            assertThat(next.id()).endsWith("-3");
        }
    }

    @Test
    void clear_isReportedToAReaderThatResumesAcrossIt() {
        broker.say(device, "a", "b");
        String epoch = epoch();
        broker.delete("/api/v1/devices/" + device + "/logs");
        broker.say(device, "c");
        try (SseReader reader = open("", "Last-Event-ID", epoch + "-1")) {
            assertThat(reader.message().name()).isEqualTo("clear");
            assertThat(reader.entry()).isEqualTo("c");
        }
    }

    @Test
    void clear_ofAnUnknownDevice_isNothing() {
        assertThat(broker.delete("/api/v1/devices/" + device + "/logs").statusCode())
                .isEqualTo(204);
    }

    // ---- several devices

    @Test
    void several_entriesNameTheirDevice_checkpointResumesAll() {
        String other = device + "-other";
        String unknown = device + "-unknown";
        String query = "device=" + device + "&device=" + other + "&device=" + unknown;
        broker.say(device, "a1", "a2");
        broker.say(other, "b1");
        String token;
        try (SseReader reader = openSeveral(query + "&tail=10")) {
            List<String> seen = new ArrayList<>();
            while (seen.size() < 3) {
                EventReader.Event event = reader.message();
                if (event.name() == null) {
                    assertThat(event.id()).as("one position would be a lie").isNull();
                    assertThat(event.json().getString("device"))
                            .isEqualTo(event.json().getString("message").startsWith("a") ? device : other);
                    seen.add(event.json().getString("message"));
                }
            }
            assertThat(seen).containsExactlyInAnyOrder("a1", "a2", "b1");
            EventReader.Event checkpoint = checkpoint(reader);
            assertThat(checkpoint.json().getJsonObject("positions").fieldNames())
                    .isEqualTo(Set.of(device, other, unknown));
            assertThat(checkpoint.json().getJsonObject("positions").getString(unknown))
                    .isEqualTo("0-0");
            token = checkpoint.id();
        }
        broker.say(device, "a3");
        broker.say(other, "b2");
        broker.say(unknown, "c1");
        assertResumes(openSeveral(query, "Last-Event-ID", token));
        assertResumes(openSeveral(query + "&after=" + encoded(token)));
        assertResumes(openSeveral(query + "&lastEventId=" + encoded(token)));
    }

    /** The first checkpoint after everything that was stored. */
    private static EventReader.Event checkpoint(SseReader reader) {
        EventReader.Event event = reader.message();
        while (!"checkpoint".equals(event.name())) {
            event = reader.message();
        }
        return event;
    }

    private static void assertResumes(SseReader reader) {
        try (reader) {
            List<String> seen = new ArrayList<>();
            while (seen.size() < 3) {
                EventReader.Event event = reader.message();
                if (event.name() == null) {
                    seen.add(event.json().getString("message"));
                }
            }
            assertThat(seen).containsExactlyInAnyOrder("a3", "b2", "c1");
        }
    }

    @Test
    void several_gapAndClear_nameTheirDevice() {
        String other = device + "-other";
        broker.say(device, "a1");
        broker.say(other, "b1");
        try (SseReader reader = openSeveral("device=" + device + "&device=" + other + "&after=" + device + ":zz-5")) {
            EventReader.Event gap = reader.message();
            while (!"gap".equals(gap.name())) {
                gap = reader.message();
            }
            assertThat(gap.json().getString("device")).isEqualTo(device);
            broker.delete("/api/v1/devices/" + other + "/logs");
            EventReader.Event clear = reader.message();
            while (!"clear".equals(clear.name())) {
                clear = reader.message();
            }
            assertThat(clear.json().getString("device")).isEqualTo(other);
            assertThat(clear.id()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tail=1                                    | device
            fleet=f&device=a                          | fleet
            fleet=a/b                                 | fleet
            device=a&after=k-1                        | after
            device=a&after=a:k-1,b                    | after
            device=a&after=a:nonsense                 | after
            """)
    void badParameter_ofSeveral_isNamed(String query, String parameter) {
        assertProblem(broker.get("/api/v1/logs/stream?" + query), parameter);
    }

    @Test
    void moreDevicesThanAStreamMayHave_areRefused_andCounted() {
        HttpResponse<String> answer = broker.get("/api/v1/logs/stream?device=a&device=b&device=c&device=d");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("urn:tailrace:problem:too-many-devices", "--stream-devices");
        assertThat(broker.metric("tailrace_refused_total{limit=\"stream-devices\"}"))
                .isPositive();
    }

    @Test
    void several_sameDeviceTwice_isOne() {
        broker.say(device, "a1");
        try (SseReader reader = openSeveral("device=" + device + "&device=" + device + "&tail=5")) {
            assertThat(reader.entry()).isEqualTo("a1");
            assertThat(reader.message().name()).isEqualTo("checkpoint");
        }
    }

    // ---- leaving

    @Test
    void readerLeaves_isForgotten() {
        double before = broker.metric("tailrace_subscribers{");
        SseReader reader = openLive("");
        assertThat(broker.metric("tailrace_subscribers{")).isEqualTo(before + 1);
        reader.cut();
        await().atMost(10, SECONDS).until(() -> broker.metric("tailrace_subscribers{") <= before);
    }
}
