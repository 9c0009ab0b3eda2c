package dev.tailrace.perf;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One row of the comparison.
 *
 * @param lineup scenarios of one lineup follow each other on the same servers
 */
record Scenario(String name, String lineup, String title, List<Case> cases) {

    /** Runs something against a server and returns what was measured. */
    @FunctionalInterface
    interface Measure {
        /** The figures; empty when there was nothing to measure. */
        JsonObject run(Running running, TestBed course, Pace pace) throws Exception;
    }

    /** One load.
     *
     * @param once whether one round is enough
     */
    record Case(String name, Set<ServerUnderTest> contenders, boolean once, Measure measure) {

        /** The same case for Tailrace and an earlier Tailrace, in turns, and for nobody else. */
        Case besideEarlier() {
            Set<ServerUnderTest> both = EnumSet.noneOf(ServerUnderTest.class);
            contenders.forEach(contender -> contender.earlier().ifPresent(earlier -> {
                both.add(contender);
                both.add(earlier);
            }));
            return new Case(name, both, once, measure);
        }

        /** A case of the load command. */
        static Case load(String name, Set<ServerUnderTest> contenders, String options) {
            List<String> all = Arrays.asList(options.split(" "));
            return new Case(name, contenders, false, (running, course, pace) -> Client.load(running, pace, all));
        }

        /**
         * A case of the load command that takes one round, sets its own times, and has a server to itself, because memory
         * that others have freed would be taken again.
         */
        static Case alone(String name, Set<ServerUnderTest> contenders, String options) {
            List<String> all = Arrays.asList(options.split(" "));
            return new Case(name, contenders, true, (running, course, pace) -> {
                try (Running fresh = running.contender().start(course)) {
                    return Client.run(fresh, all);
                }
            });
        }
    }

    /** The same scenario for Tailrace and an earlier Tailrace. */
    Scenario besideEarlier() {
        return new Scenario(
                name, lineup, title, cases.stream().map(Case::besideEarlier).toList());
    }

    Set<ServerUnderTest> contenders() {
        Set<ServerUnderTest> all = EnumSet.noneOf(ServerUnderTest.class);
        cases.forEach(one -> all.addAll(one.contenders()));
        return all;
    }
}
