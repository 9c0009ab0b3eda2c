package dev.tailrace.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.arena.Scenario.Case;
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

/** That the comparison works; how fast anybody is, no test says. */
class ArenaTest {

    private static final Pace MOMENT = new Pace(Duration.ZERO, Duration.ofMillis(300));
    private static final String LOAD = "--devices 2 --readers 6 --window 8";

    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    private JsonObject contest(Set<Contender> contenders, Case... cases) {
        String classPath = System.getProperty("java.class.path");
        Course course = Course.ofClasses(new Cores(), directory, classPath)
                .beside(List.of("-cp", classPath, "dev.tailrace.cli.Main"));
        var contest = new Contest(
                course, contenders, 1, MOMENT, MOMENT, new PrintStream(progress, true, StandardCharsets.UTF_8));
        try {
            return contest.run(new Scenario("T", "test", "a test", List.of(cases)));
        } finally {
            contest.stop();
        }
    }

    private static JsonObject only(JsonObject measured, String name, Contender contender) {
        JsonArray all = measured.getJsonObject("cases").getJsonObject(name).getJsonArray(contender.name());
        assertThat(all).hasSize(1);
        return all.getJsonObject(0);
    }

    private void assertDelivered(JsonObject measured, String name, Contender contender) {
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
        Set<Contender> both = EnumSet.of(Contender.TAILRACE_MEMORY, Contender.NETTY);

        JsonObject measured = contest(both, Case.load("closed loop", both, LOAD + " --batch 4"));

        assertDelivered(measured, "closed loop", Contender.TAILRACE_MEMORY);
        assertDelivered(measured, "closed loop", Contender.NETTY);
    }

    @Test
    void earlierTailrace_takesTurnsWithThisOneAndWithNobodyElse() {
        Set<Contender> present = EnumSet.of(Contender.TAILRACE_MEMORY, Contender.BEFORE_MEMORY, Contender.NETTY);
        Case one = Case.load("closed loop", EnumSet.of(Contender.TAILRACE_MEMORY, Contender.NETTY), LOAD + " --batch 4")
                .besideEarlier();

        JsonObject measured = contest(present, one);

        assertDelivered(measured, "closed loop", Contender.TAILRACE_MEMORY);
        assertDelivered(measured, "closed loop", Contender.BEFORE_MEMORY);
        assertThat(measured.getJsonObject("cases").getJsonObject("closed loop").fieldNames())
                .containsExactly(Contender.TAILRACE_MEMORY.name(), Contender.BEFORE_MEMORY.name());
    }

    @Test
    void waysIn_storeWhatTheySendAndRejectNothing() {
        Set<Contender> memory = EnumSet.of(Contender.TAILRACE_MEMORY);
        List<Way> ways = Stream.concat(Stream.of(Way.WEBSOCKET, Way.FRAMES), Way.OTHERS.stream())
                .toList();

        Case[] cases = ways.stream()
                .map(way -> WaysIn.of(way, 10, memory))
                .map(one -> new Case(one.name(), one.contenders(), true, one.measure())) // without a warm-up
                .toArray(Case[]::new);

        JsonObject measured = contest(memory, cases);

        for (Way way : ways) {
            JsonObject one = only(measured, way.title(10), Contender.TAILRACE_MEMORY);
            assertThat(one.getJsonObject("checks", new JsonObject()).getBoolean("clean", false))
                    .as("%s %s", way.title(), one)
                    .isTrue();
        }
    }

    @Test
    void nchan_deliversUnderTheSameLoad() {
        Contender.NCHAN_MEMORY.missing().ifPresent(hint -> Require.that(false, "needs nchan: " + hint));
        Set<Contender> nchan = EnumSet.of(Contender.NCHAN_MEMORY);

        JsonObject measured = contest(
                nchan,
                Case.load("closed loop", nchan, LOAD + " --batch 4"),
                Case.load("join", nchan, "--mode join --devices 2 --readers 4"));

        assertDelivered(measured, "closed loop", Contender.NCHAN_MEMORY);
        assertDelivered(measured, "join", Contender.NCHAN_MEMORY);
    }

    @Test
    void failedMeasurement_isAResult() {
        Set<Contender> netty = EnumSet.of(Contender.NETTY);

        JsonObject measured = contest(netty, Case.load("impossible", netty, "--window 0"));

        assertThat(only(measured, "impossible", Contender.NETTY).getString("failed"))
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
