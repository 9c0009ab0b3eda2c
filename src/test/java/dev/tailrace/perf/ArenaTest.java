package dev.tailrace.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.perf.Scenario.Case;
import dev.tailrace.testing.Require;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The comparison runs to its end; no test asserts how fast a server is. */
class ArenaTest {

    private static final Pace MOMENT = new Pace(Duration.ZERO, Duration.ofMillis(300));
    private static final String LOAD = "--devices 2 --readers 6 --window 8";

    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    private JsonObject contest(Set<ServerUnderTest> contenders, Case... cases) {
        String classPath = System.getProperty("java.class.path");
        TestBed course = TestBed.ofClasses(new Cores(), directory, classPath)
                .beside(List.of("-cp", classPath, "dev.tailrace.cli.Main"));
        var contest = new Contest(
                course, contenders, 1, MOMENT, MOMENT, new PrintStream(progress, true, StandardCharsets.UTF_8));
        try {
            return contest.run(new Scenario("T", "test", "a test", List.of(cases)));
        } finally {
            contest.stop();
        }
    }

    private static JsonObject only(JsonObject measured, String name, ServerUnderTest contender) {
        JsonArray all = measured.getJsonObject("cases").getJsonObject(name).getJsonArray(contender.name());
        assertThat(all).hasSize(1);
        return all.getJsonObject(0);
    }

    private void assertDelivered(JsonObject measured, String name, ServerUnderTest contender) {
        JsonObject one = only(measured, name, contender);
        assertThat(one.getJsonObject("checks").getBoolean("clean"))
                .as("%s %s", contender, one)
                .isTrue();
        assertThat(one.getJsonObject("deliveries").getLong("count"))
                .as("%s %s", contender, one)
                .isPositive();
    }

    @Test
    void tailraceAndNetty_deliverUnderTheSameLoad() {
        Set<ServerUnderTest> both = EnumSet.of(ServerUnderTest.TAILRACE_MEMORY, ServerUnderTest.NETTY);

        JsonObject measured = contest(both, Case.load("closed loop", both, LOAD + " --batch 4"));

        assertDelivered(measured, "closed loop", ServerUnderTest.TAILRACE_MEMORY);
        assertDelivered(measured, "closed loop", ServerUnderTest.NETTY);
    }

    @Test
    void earlierTailrace_takesTurnsWithThisOneAndWithNobodyElse() {
        Set<ServerUnderTest> present =
                EnumSet.of(ServerUnderTest.TAILRACE_MEMORY, ServerUnderTest.BEFORE_MEMORY, ServerUnderTest.NETTY);
        Case one = Case.load(
                        "closed loop",
                        EnumSet.of(ServerUnderTest.TAILRACE_MEMORY, ServerUnderTest.NETTY),
                        LOAD + " --batch 4")
                .besideEarlier();

        JsonObject measured = contest(present, one);

        assertDelivered(measured, "closed loop", ServerUnderTest.TAILRACE_MEMORY);
        assertDelivered(measured, "closed loop", ServerUnderTest.BEFORE_MEMORY);
        assertThat(measured.getJsonObject("cases").getJsonObject("closed loop").fieldNames())
                .containsExactly(ServerUnderTest.TAILRACE_MEMORY.name(), ServerUnderTest.BEFORE_MEMORY.name());
    }

    @Test
    void waysIn_storeWhatTheySendAndRejectNothing() {
        Set<ServerUnderTest> memory = EnumSet.of(ServerUnderTest.TAILRACE_MEMORY);
        List<IngestPath> ways = Stream.concat(
                        Stream.of(IngestPath.WEBSOCKET, IngestPath.FRAMES), IngestPath.OTHERS.stream())
                .toList();

        Case[] cases = ways.stream()
                .map(way -> IngestPaths.of(way, 10, memory))
                .map(one -> new Case(one.name(), one.contenders(), true, one.measure())) // without a warm-up
                .toArray(Case[]::new);

        JsonObject measured = contest(memory, cases);

        for (IngestPath way : ways) {
            JsonObject one = only(measured, way.title(10), ServerUnderTest.TAILRACE_MEMORY);
            assertThat(one.getJsonObject("checks", new JsonObject()).getBoolean("clean", false))
                    .as("%s %s", way.title(), one)
                    .isTrue();
        }
    }

    @Test
    void nchan_deliversUnderTheSameLoad() {
        ServerUnderTest.NCHAN_MEMORY.missing().ifPresent(hint -> Require.that(false, "needs nchan: " + hint));
        Set<ServerUnderTest> nchan = EnumSet.of(ServerUnderTest.NCHAN_MEMORY);

        JsonObject measured = contest(
                nchan,
                Case.load("closed loop", nchan, LOAD + " --batch 4"),
                Case.load("join", nchan, "--mode join --devices 2 --readers 4"));

        assertDelivered(measured, "closed loop", ServerUnderTest.NCHAN_MEMORY);
        assertDelivered(measured, "join", ServerUnderTest.NCHAN_MEMORY);
    }

    @Test
    void failedMeasurement_isAResult() {
        Set<ServerUnderTest> netty = EnumSet.of(ServerUnderTest.NETTY);

        JsonObject measured = contest(netty, Case.load("impossible", netty, "--window 0"));

        assertThat(only(measured, "impossible", ServerUnderTest.NETTY).getString("failed"))
                .contains("--window");
    }

    @Test
    void medians_passOverOneOutlier() {
        var all = new JsonArray();
        List.of(3, 1000, 2).forEach(value -> all.add(new JsonObject().put("a", new JsonObject().put("b", value))));

        assertThat(Figures.median(all, "a.b")).hasValue(3);
        assertThat(Figures.median(all, "a.c")).isEmpty();
    }

    @Test
    void results_takeTheirPlaceInThePageAndLeaveTheRest() {
        String page = "before\n" + ResultPage.BEGIN + "\nold\n" + ResultPage.END + "\nafter\n";
        String results = ResultPage.results(new Figures(Map.of()), List.of("a fact"));

        assertThat(ResultPage.into(page, results))
                .startsWith("before\n")
                .endsWith("\nafter\n")
                .contains("- a fact", "not measured")
                .doesNotContain("old");
        assertThatThrownBy(() -> ResultPage.into("no markers", results)).isInstanceOf(IllegalArgumentException.class);
    }
}
