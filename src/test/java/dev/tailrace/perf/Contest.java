package dev.tailrace.perf;

import dev.tailrace.perf.Scenario.Case;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Lets the contenders of a scenario take turns: everyone's first round, then everyone's second. */
final class Contest {

    private final TestBed course;
    private final Set<ServerUnderTest> present;
    private final int rounds;
    private final Pace warmUp;
    private final Pace pace;
    private final PrintStream progress;
    private final Map<ServerUnderTest, Running> running = new EnumMap<>(ServerUnderTest.class);
    private final Set<ServerUnderTest> cold = EnumSet.noneOf(ServerUnderTest.class); // without a load so far
    private String lineup = "";

    Contest(TestBed course, Set<ServerUnderTest> present, int rounds, Pace warmUp, Pace pace, PrintStream progress) {
        this.course = course;
        this.present = present;
        this.rounds = rounds;
        this.warmUp = warmUp;
        this.pace = pace;
        this.progress = progress;
    }

    /** Measures a scenario; the answer has an array of measurements for each case and contender. */
    JsonObject run(Scenario scenario) {
        if (!scenario.lineup().equals(lineup)) {
            stop();
            lineup = scenario.lineup();
        }
        double busy = Machine.load();
        scenario.contenders().forEach(this::start);
        for (Case one : scenario.cases()) {
            if (!one.once()) {
                turn(scenario, one, this::warmUp, new JsonObject(), "warm-up");
            }
        }
        var measured = new JsonObject();
        for (int round = 1; round <= rounds; round++) {
            for (Case one : scenario.cases()) {
                if (round == 1 || !one.once()) {
                    turn(scenario, one, contender -> pace, measured, "round " + round);
                }
            }
        }
        return new JsonObject()
                .put("scenario", scenario.name())
                .put("title", scenario.title())
                .put("at", Instant.now().toString())
                .put("machineLoad", busy)
                .put("rounds", rounds)
                .put("seconds", pace.duration().toMillis() / 1000.0)
                .put("cases", measured);
    }

    // Long at first: what the compilers of a JVM use would be counted as the server's work.
    private Pace warmUp(ServerUnderTest contender) {
        return cold.remove(contender) && contender.isCompiledAsItRuns() ? warmUp : Pace.change();
    }

    private void start(ServerUnderTest contender) {
        if (present.contains(contender) && !running.containsKey(contender)) {
            try {
                running.put(contender, contender.start(course));
                cold.add(contender);
            } catch (IllegalStateException cause) {
                progress.println(contender.title() + " is left out: " + cause.getMessage());
            }
        }
    }

    private void turn(
            Scenario scenario, Case one, Function<ServerUnderTest, Pace> how, JsonObject measured, String when) {
        JsonObject byContender = measured.getJsonObject(one.name(), new JsonObject());
        measured.put(one.name(), byContender);
        for (ServerUnderTest contender : one.contenders()) {
            Running server = running.get(contender);
            if (server != null) {
                JsonObject result = measure(one, server, how.apply(contender));
                if (result.isEmpty()) {
                    continue;
                }
                byContender.put(
                        contender.name(),
                        byContender
                                .getJsonArray(contender.name(), new JsonArray())
                                .add(result));
                progress.printf(
                        "%-6s %-22s %-22s %-8s %s%n",
                        scenario.name(), one.name(), contender.title(), when, Figures.brief(result));
            }
        }
    }

    private JsonObject measure(Case one, Running server, Pace how) {
        try {
            return one.measure().run(server, course, how);
        } catch (Exception cause) {
            // One contender's failure is a result, not the end of the comparison.
            return new JsonObject().put("failed", String.valueOf(cause.getMessage()));
        }
    }

    void stop() {
        List<Running> all = new ArrayList<>(running.values());
        running.clear();
        all.forEach(Running::close);
    }
}
