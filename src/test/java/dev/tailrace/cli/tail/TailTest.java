package dev.tailrace.cli.tail;

import static dev.tailrace.cli.Main.CLOSED_PIPE;
import static dev.tailrace.cli.ScriptedBroker.body;
import static dev.tailrace.cli.ScriptedBroker.events;
import static dev.tailrace.cli.ScriptedBroker.eventsThenCut;
import static dev.tailrace.cli.ScriptedBroker.problem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.cli.Main;
import dev.tailrace.cli.ScriptedBroker;
import dev.tailrace.cli.TestConsole;
import dev.tailrace.client.Backoff;
import dev.tailrace.client.Console;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TailTest {

    private static final Follower.Limits SHORT = new Follower.Limits(Duration.ofSeconds(1), Duration.ofSeconds(1));

    @Test
    void entries_areShown() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(events("retry: 20\n\n" + entry(1) + entry(2)))) {
            TestConsole console = TestConsole.readingLines(2);
            assertThat(tail(console, broker, "lamp", "--utc")).isEqualTo(CLOSED_PIPE);
            assertThat(console.outLines())
                    .containsExactly("2025-11-22T14:00:01.001Z line 1", "2025-11-22T14:00:01.002Z line 2");
            assertThat(broker.asked).containsExactly("/api/v1/devices/lamp/logs/stream?tail=10");
        }
    }

    @Test
    void options_becomeTheQuery() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(events(entry(43)))) {
            tail(
                    TestConsole.readingLines(1),
                    broker,
                    "lamp",
                    "--after=k3f9-42",
                    "--service=a b",
                    "--service=c",
                    "--stream=stderr",
                    "--level=warn",
                    "--regex=^a+b&c");
            assertThat(broker.asked)
                    .containsExactly("/api/v1/devices/lamp/logs/stream?after=k3f9-42&service=a%20b&service=c"
                            + "&stream=stderr&level=warn&regex=%5Ea%2Bb%26c");
        }
    }

    @Test
    void minimumExclusionsAndAttributes_areTheBrokers() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(events(entry(43)))) {
            tail(
                    TestConsole.readingLines(1),
                    broker,
                    "lamp",
                    "--after=k3f9-42",
                    "--min-level=warn",
                    "--level=>=warn",
                    "--not-service=web",
                    "--not-service=db",
                    "--not-level=alert",
                    "-v",
                    "health",
                    "--not-grep=ping",
                    "--not-regex=^a",
                    "--attr=http.status=5=0",
                    "--not-attr=größe=ö");
            assertThat(broker.asked)
                    .containsExactly("/api/v1/devices/lamp/logs/stream?after=k3f9-42&service%21=web&service%21=db"
                            + "&level=%3E%3Dwarn&level%21=alert&level%3E=warn&q%21=health&q%21=ping&regex%21=%5Ea"
                            + "&attr.http.status=5%3D0&attr.gr%C3%B6%C3%9Fe%21=%C3%B6");
        }
    }

    @Test
    void lostConnection_resumesAfterTheLastEntry_andShowsNoneTwice() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(
                eventsThenCut(entry(1) + entry(2) + "data: {\"id\":\"k3f9-3\","), // cut in the middle of the third
                events(entry(2) + entry(3) + entry(4)))) {
            TestConsole console = TestConsole.readingLines(4);
            assertThat(tail(console, broker, "lamp", "--json")).isEqualTo(CLOSED_PIPE);
            assertThat(ids(console)).containsExactly("k3f9-1", "k3f9-2", "k3f9-3", "k3f9-4");
            assertThat(broker.asked.get(1)).endsWith("/stream?after=k3f9-2");
            assertThat(console.err()).contains("reconnecting").contains("connected to");
        }
    }

    @Test
    void placeWithoutAnEvent_isWhereItResumes() throws Exception {
        try (ScriptedBroker broker =
                ScriptedBroker.answering(eventsThenCut(entry(1) + "id: k3f9-40\n\n"), events(entry(41)))) {
            TestConsole console = TestConsole.readingLines(2);
            tail(console, broker, "lamp", "--json");
            assertThat(broker.asked.get(1)).endsWith("?after=k3f9-40");
            assertThat(ids(console)).containsExactly("k3f9-1", "k3f9-41");
        }
    }

    @Test
    void connectionLostBeforeAnyPlace_requestsTheTailAgain() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(eventsThenCut(":\n\n"), events(entry(1)))) {
            tail(TestConsole.readingLines(1), broker, "lamp", "--tail=3");
            assertThat(broker.asked).hasSize(2).allMatch(uri -> uri.endsWith("?tail=3"));
        }
    }

    @Test
    void restartedBroker_isFollowedAgain() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(events(entry(1)), events(entry(2)))) {
            TestConsole console = TestConsole.readingLines(2);
            var exit = CompletableFuture.supplyAsync(() -> tail(console, broker, "lamp", "--json"));
            Awaitility.await().until(() -> console.outLines().size() == 1);
            broker.kill();
            Awaitility.await().until(() -> console.err().contains("reconnecting"));
            broker.listen();
            assertThat(exit).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(CLOSED_PIPE);
            assertThat(ids(console)).containsExactly("k3f9-1", "k3f9-2");
        }
    }

    @Test
    void bye_isFollowedByTheRequestedDelay() throws Exception {
        String bye = "retry: 700\n\nevent: bye\ndata: {\"reason\":\"draining\"}\n\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(eventsThenCut(entry(1) + bye), events(entry(2)))) {
            TestConsole console = TestConsole.readingLines(2);
            long started = System.nanoTime();
            tail(console, broker, "lamp", "--json");
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThan(Duration.ofMillis(700));
            assertThat(console.outLines()).hasSize(2);
        }
    }

    @Test
    void silentConnection_isAbandoned() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(events(entry(1)), events(entry(2)))) {
            TestConsole console = TestConsole.readingLines(2);
            assertThat(tail(console, broker, "lamp", "--json")).isEqualTo(CLOSED_PIPE);
            assertThat(console.err()).contains("nothing received for 1 s");
        }
    }

    @Test
    void silenceOfTwoAndAHalfIntervals_endsTheConnection_beforeTheInitialLimit() throws Exception {
        String alive = "event: alive\ndata: {\"time\":1,\"interval\":200}\n\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(events(alive + entry(1)), events(entry(2)))) {
            TestConsole console = TestConsole.readingLines(2);
            var limits = new Follower.Limits(Duration.ofSeconds(10), Duration.ofHours(1));
            assertThat(tail(console, broker, limits, "lamp", "--json")).isEqualTo(CLOSED_PIPE);
            assertThat(ids(console)).containsExactly("k3f9-1", "k3f9-2");
            assertThat(console.err()).contains("nothing received for 1 s");
        }
    }

    @Test
    void muteServer_isAbandoned() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> {}, events(entry(1)))) {
            assertThat(tail(TestConsole.readingLines(1), broker, "lamp")).isEqualTo(CLOSED_PIPE);
        }
    }

    @Test
    void heartbeats_keepTheConnection() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> {
            var response = request.response().setChunked(true).putHeader("Content-Type", "text/event-stream");
            response.write(":\n\n");
            beat(response, 6);
        })) {
            assertThat(tail(TestConsole.readingLines(1), broker, "lamp")).isEqualTo(CLOSED_PIPE);
            assertThat(broker.asked).hasSize(1);
        }
    }

    private static void beat(io.vertx.core.http.HttpServerResponse response, int left) {
        io.vertx.core.Vertx.currentContext().owner().setTimer(300, id -> {
            response.write(left == 0 ? entry(1) : ":\n\n");
            if (left > 0) {
                beat(response, left - 1);
            }
        });
    }

    @Test
    void unavailable_isRetried() throws Exception {
        try (ScriptedBroker broker =
                ScriptedBroker.answering(problem(503, "storage is unavailable"), events(entry(1)))) {
            TestConsole console = TestConsole.readingLines(1);
            assertThat(tail(console, broker, "lamp")).isEqualTo(CLOSED_PIPE);
            assertThat(console.err()).contains("storage is unavailable (HTTP 503)");
        }
    }

    @Test
    void refusal_endsWithItsReason() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(problem(400, "regex: missing )"))) {
            TestConsole console = TestConsole.withInput("");
            assertThat(tail(console, broker, "lamp", "--regex=(")).isEqualTo(1);
            assertThat(console.err()).isEqualTo("tailrace tail: regex: missing ) (HTTP 400)\n");
        }
    }

    @Test
    void otherServer_isNoBroker() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(body("text/html", "<h1>hello"))) {
            TestConsole console = TestConsole.withInput("");
            assertThat(tail(console, broker, "lamp")).isEqualTo(1);
            assertThat(console.err()).contains("not a Tailrace broker");
        }
    }

    @Test
    void gap_isShownWhereItIs_andMovesThePlace() throws Exception {
        String gap =
                "event: gap\ndata: {\"from\":\"k3f9-2\",\"to\":\"k3f9-49\",\"count\":48,\"reason\":\"evicted\"}\n\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(eventsThenCut(entry(1) + gap), events(entry(50)))) {
            TestConsole console = TestConsole.readingLines(3);
            tail(console, broker, "lamp", "--utc");
            assertThat(console.outLines().get(1)).isEqualTo("--- 48 lines lost (evicted) k3f9-2 … k3f9-49 ---");
            assertThat(broker.asked.get(1)).endsWith("?after=k3f9-49");
        }
    }

    @Test
    void gapOfRenewedStorage_isShownOnce_andTheNewEpochFollowed() throws Exception {
        String gap = "event: gap\ndata: {\"from\":\"k3f9-2\",\"count\":null,\"reason\":\"epoch\"}\n\n";
        String renewed = entry(1).replace("k3f9", "zz01");
        try (ScriptedBroker broker =
                ScriptedBroker.answering(eventsThenCut(entry(1) + gap), events(gap + renewed + renewed))) {
            TestConsole console = TestConsole.readingLines(3);
            tail(console, broker, "lamp");
            assertThat(console.outLines()).hasSize(3);
            assertThat(console.outLines().get(1)).isEqualTo("--- storage was replaced; some lines may be lost ---");
            assertThat(console.outLines().get(2)).endsWith("line 1");
        }
    }

    @Test
    void clearAndStatus_areReportedOnStandardError() throws Exception {
        String events = "event: status\ndata: {\"storage\":\"away\"}\n\nevent: clear\ndata: {\"to\":\"k3f9-5\"}\n\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(events(entry(1) + events + entry(6)))) {
            TestConsole console = TestConsole.readingLines(2);
            tail(console, broker, "lamp");
            assertThat(console.outLines()).hasSize(2);
            assertThat(console.err()).isEqualTo("--- storage is unavailable ---\n--- the log was cleared ---\n");
        }
    }

    @Test
    void json_isPrintedAsReceived_eventsWithTheirName() throws Exception {
        String event = "event: status\ndata: {\"storage\":\"back\"}\n\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(events(entry(1) + event))) {
            TestConsole console = TestConsole.readingLines(2);
            tail(console, broker, "lamp", "--json");
            assertThat(console.outLines())
                    .containsExactly(
                            "{\"id\":\"k3f9-1\",\"receivedAt\":1763820001001,\"timestamp\":1763820001001,\"message\":\"line 1\"}",
                            "{\"event\":\"status\",\"storage\":\"back\"}");
        }
    }

    @Test
    void unreadableEvent_isReportedAndSkipped() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(
                events("data: nonsense\n\nid: ???\n\nevent: novelty\ndata: {}\n\n" + entry(1)))) {
            TestConsole console = TestConsole.readingLines(1);
            assertThat(tail(console, broker, "lamp")).isEqualTo(CLOSED_PIPE);
            assertThat(console.outLines()).hasSize(1);
            assertThat(console.err()).contains("cannot be read: ???");
        }
    }

    @Test
    void severalDevices_shareAConnection_andResumeEachAtItsPlace() throws Exception {
        String first = of("a", 1) + of("b", 7) + "event: checkpoint\nid: a:k3f9-1,b:k3f9-7\ndata: {}\n\n" + of("a", 2);
        try (ScriptedBroker broker = ScriptedBroker.answering(eventsThenCut(first), events(of("a", 2) + of("b", 8)))) {
            TestConsole console = TestConsole.readingLines(4);
            tail(console, broker, "a", "b", "--utc");
            assertThat(console.outLines()).hasSize(4);
            assertThat(console.outLines().get(1)).isEqualTo("2025-11-22T14:00:01.007Z b line 7");
            assertThat(console.outLines().get(3)).isEqualTo("2025-11-22T14:00:01.008Z b line 8");
            assertThat(broker.asked)
                    .containsExactly(
                            "/api/v1/logs/stream?device=a&device=b&tail=10",
                            "/api/v1/logs/stream?device=a&device=b&after=a%3Ak3f9-2%2Cb%3Ak3f9-7");
        }
    }

    @Test
    void fleet_isFollowedByItsName_andResumesEachDeviceAtItsPlace() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(
                eventsThenCut("id: a:k3f9-1,b:k3f9-6\nevent: checkpoint\ndata: {}\n\n" + of("b", 7)),
                events(of("b", 7) + of("a", 2)))) {
            TestConsole console = TestConsole.readingLines(2);
            assertThat(tail(console, broker, "--fleet=eu", "--json")).isEqualTo(CLOSED_PIPE);
            assertThat(ids(console)).containsExactly("k3f9-7", "k3f9-2");
            assertThat(broker.asked)
                    .containsExactly(
                            "/api/v1/logs/stream?fleet=eu&tail=10",
                            "/api/v1/logs/stream?fleet=eu&after=a%3Ak3f9-1%2Cb%3Ak3f9-7&tail=10");
        }
    }

    @Test
    void fleetWhosePlacesTheBrokerKeeps_resumesByTheirId_andShowsNoneTwice() throws Exception {
        String first = "id: s.abc.0\n\n" + of("a", 1) + of("b", 7)
                + "event: checkpoint\nid: s.abc.3\ndata: {\"positions\":{\"a\":\"k3f9-1\"}}\n\n" + of("a", 2);
        String gap =
                "event: gap\ndata: {\"from\":\"k3f9-%d\",\"to\":\"k3f9-%d\",\"count\":%d,\"reason\":\"evicted\",\"device\":\"%s\"}\n\n";
        String again = gap.formatted(2, 2, 1, "a") + of("a", 2) + gap.formatted(5, 9, 5, "b") + of("b", 10);
        try (ScriptedBroker broker = ScriptedBroker.answering(eventsThenCut(first), events(again))) {
            TestConsole console = TestConsole.readingLines(5);
            tail(console, broker, "--fleet=eu", "--json");
            assertThat(broker.asked.get(1)).isEqualTo("/api/v1/logs/stream?fleet=eu&after=s.abc.3&tail=10");
            assertThat(console.outLines()).hasSize(5);
            assertThat(console.outLines().get(3))
                    .as("only what was not shown")
                    .isEqualTo("{\"event\":\"gap\",\"from\":\"k3f9-8\",\"to\":\"k3f9-9\",\"count\":2,"
                            + "\"reason\":\"evicted\",\"device\":\"b\"}");
            assertThat(console.outLines().get(4)).contains("k3f9-10");
        }
    }

    @Test
    void placesThatTheBrokerLost_areAGapOfAll() throws Exception {
        String lost = "event: gap\ndata: {\"count\":null,\"reason\":\"place-lost\"}\n\n"
                + "event: status\ndata: {\"storage\":\"away\"}\n\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(
                eventsThenCut("event: checkpoint\nid: s.abc.3\ndata: {\"positions\":{}}\n\n" + of("a", 1)),
                events(lost + of("a", 1) + of("a", 5)))) {
            TestConsole console = TestConsole.readingLines(3);
            tail(console, broker, "--fleet=eu", "--utc");
            assertThat(console.outLines()).hasSize(3);
            assertThat(console.outLines().get(1))
                    .isEqualTo(
                            "--- the broker no longer knows the position of this reader; some lines may be lost ---");
            assertThat(console.err()).contains("--- storage is unavailable ---");
        }
    }

    @Test
    void fleetOnce_showsTheHistoryOfEachOfItsDevices() throws Exception {
        String entry = "{\"id\":\"k3f9-1\",\"receivedAt\":1,\"timestamp\":1,\"message\":\"m\"}\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(
                body("application/json", "{\"devices\":[{\"device\":\"a\"},{\"device\":\"b\"}]}"),
                body("application/x-ndjson", entry))) {
            TestConsole console = TestConsole.withInput("");
            assertThat(tail(console, broker, "--fleet=eu", "--no-follow", "--utc"))
                    .isZero();
            assertThat(console.outLines()).hasSize(2);
            assertThat(broker.asked)
                    .containsExactly(
                            "/api/v1/devices?fleet=eu",
                            "/api/v1/devices/a/logs?limit=10",
                            "/api/v1/devices/b/logs?limit=10");
        }
    }

    @Test
    void severalDevices_oneWithoutAPlace_getsItsTailAgain() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(eventsThenCut(of("a", 1)), events(of("b", 1)))) {
            tail(TestConsole.readingLines(2), broker, "a", "b");
            assertThat(broker.asked.get(1)).endsWith("&after=a%3Ak3f9-1&tail=10");
        }
    }

    @Test
    void severalDevices_gapAndClear_nameTheirDevice() throws Exception {
        String gap =
                "event: gap\ndata: {\"from\":\"k3f9-2\",\"to\":\"k3f9-2\",\"count\":1,\"reason\":\"slow\",\"device\":\"b\"}\n\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(events(gap + of("a", 1)))) {
            TestConsole console = TestConsole.readingLines(2);
            tail(console, broker, "a", "b");
            assertThat(console.outLines().get(0)).isEqualTo("--- b: 1 line lost (slow) k3f9-2 … k3f9-2 ---");
        }
    }

    @Test
    void since_omitsOldEntries_butNoneReceivedInTheMeantime() throws Exception {
        long now = System.currentTimeMillis();
        String events = entry(1) // years ago
                + at(2, now - 1000, now - 1000)
                + at(3, 0, now + 60_000); // a device without a clock
        try (ScriptedBroker broker = ScriptedBroker.answering(events(events))) {
            TestConsole console = TestConsole.readingLines(2);
            tail(console, broker, "lamp", "--since=1m", "--json");
            assertThat(ids(console)).containsExactly("k3f9-2", "k3f9-3");
            assertThat(broker.asked).containsExactly("/api/v1/devices/lamp/logs/stream?tail=1000");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--utc", "--json"})
    void fullDisk_endsTheCommand_whileFollowingToo(String format) throws Exception {
        String ndjson = data(entry(1)) + "\n" + data(entry(2)) + "\n";
        try (ScriptedBroker broker =
                ScriptedBroker.answering(body("application/x-ndjson", ndjson), events(entry(1) + entry(2)))) {
            for (String[] options : new String[][] {{"lamp", format, "--no-follow"}, {"lamp", format}}) {
                TestConsole console = TestConsole.withDiskOf(60);
                assertThat(tail(console, broker, options)).isEqualTo(1);
                assertThat(console.err()).isEqualTo("tailrace: cannot write the output: No space left on device\n");
            }
        }
    }

    @Test
    void closedPipe_endsQuietly_alsoOfTheHistory() throws Exception {
        String ndjson = data(entry(1)) + "\n" + data(entry(2)) + "\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/x-ndjson", ndjson))) {
            TestConsole console = TestConsole.readingLines(1);
            assertThat(tail(console, broker, "lamp", "--no-follow", "--json")).isEqualTo(CLOSED_PIPE);
            assertThat(console.outLines()).hasSize(1);
            assertThat(console.err()).isEmpty();
        }
    }

    @Test
    void noFollow_printsTheHistory() throws Exception {
        String ndjson = data(entry(1)) + "\n" + data(entry(2)) + "\n";
        try (ScriptedBroker broker = ScriptedBroker.answering(body("application/x-ndjson", ndjson))) {
            TestConsole console = TestConsole.withInput("");
            assertThat(tail(console, broker, "lamp", "--no-follow", "--json", "-n", "5", "--grep=x"))
                    .isZero();
            assertThat(ids(console)).containsExactly("k3f9-1", "k3f9-2");
            assertThat(broker.asked).containsExactly("/api/v1/devices/lamp/logs?limit=5&q=x");
        }
    }

    @Test
    void noFollow_ofSeveralDevices_isOrderedByReceipt_andWithinADeviceByOffset() throws Exception {
        String a = data(at(1, 0, 100)) + "\n" + data(at(2, 0, 300)) + "\n" + data(at(3, 0, 290)) + "\n";
        String b = data(at(9, 0, 295)) + "\n";
        try (ScriptedBroker broker =
                ScriptedBroker.answering(body("application/x-ndjson", a), body("application/x-ndjson", b))) {
            TestConsole console = TestConsole.withInput("");
            tail(console, broker, "a", "b", "--no-follow", "--json");
            assertThat(ids(console)).containsExactly("k3f9-1", "k3f9-9", "k3f9-2", "k3f9-3");
        }
    }

    @Test
    void noFollow_ofARefusal_fails() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(problem(503, "storage is unavailable"))) {
            TestConsole console = TestConsole.withInput("");
            assertThat(tail(console, broker, "lamp", "--no-follow")).isEqualTo(1);
            assertThat(console.err()).contains("storage is unavailable");
        }
    }

    @Test
    void wrongUsage_isReported() {
        TestConsole console = TestConsole.withInput("");
        assertThat(Main.run(console.console(), "tail")).isEqualTo(2);
        assertThat(Main.run(console.console(), "tail", "a", "--attr=a")).isEqualTo(2);
        assertThat(Main.run(console.console(), "tail", "a", "--attr=a=")).isEqualTo(2);
        assertThat(Main.run(console.console(), "tail", "a", "--not-attr==a")).isEqualTo(2);
        assertThat(console.err()).contains("--attr: must be NAME=VALUE").contains("--not-attr: must be NAME=VALUE");
        assertThat(Main.run(console.console(), "tail", "a", "--grep=a", "--regex=b"))
                .isEqualTo(2);
        assertThat(Main.run(console.console(), "tail", "a", "--since=yesterday"))
                .isEqualTo(2);
        assertThat(Main.run(console.console(), "tail", "a", "--after=nowhere")).isEqualTo(2);
        assertThat(Main.run(console.console(), "tail", "a", "b", "--after=k3f9-1"))
                .isEqualTo(2);
        assertThat(Main.run(console.console(), "tail")).isEqualTo(2);
        assertThat(Main.run(console.console(), "tail", "a", "--fleet=b")).isEqualTo(2);
        assertThat(console.err()).contains("cannot be combined", "--since: a duration", "--after: a position is");
    }

    // ---- what the broker sends

    private static String entry(long offset) {
        return at(offset, 1_763_820_001_000L + offset, 1_763_820_001_000L + offset);
    }

    private static String at(long offset, long timestamp, long receivedAt) {
        return "id: k3f9-" + offset + "\ndata: {\"id\":\"k3f9-" + offset + "\",\"receivedAt\":" + receivedAt
                + ",\"timestamp\":" + timestamp + ",\"message\":\"line " + offset + "\"}\n\n";
    }

    private static String of(String device, long offset) {
        return "data: " + data(entry(offset)).replace("\"receivedAt\"", "\"device\":\"" + device + "\",\"receivedAt\"")
                + "\n\n";
    }

    private static String data(String event) {
        return event.substring(event.indexOf('{')).strip();
    }

    // ---- running it

    private static int tail(TestConsole console, ScriptedBroker broker, String... more) {
        return tail(console, broker, SHORT, more);
    }

    private static int tail(TestConsole console, ScriptedBroker broker, Follower.Limits limits, String... more) {
        List<String> args = new ArrayList<>(List.of("tail", "--url", broker.url()));
        args.addAll(List.of(more));
        Console streams = console.console();
        var backoff = new Backoff(Duration.ofMillis(10), Duration.ofMillis(50));
        return Main.run(streams, List.of(new Tail(streams, limits, backoff)), args.toArray(new String[0]));
    }

    private static List<String> ids(TestConsole console) {
        return console.outLines().stream()
                .map(line -> line.replaceAll(".*\"id\":\"([^\"]*)\".*", "$1"))
                .toList();
    }
}
