package dev.tailrace.arena;

import static dev.tailrace.arena.Contender.NCHAN_REDIS;
import static dev.tailrace.arena.Contender.NETTY;
import static dev.tailrace.arena.Contender.TAILRACE_MEMORY;
import static dev.tailrace.arena.Contender.TAILRACE_REDIS;

import dev.tailrace.arena.Scenario.Case;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What is measured, in this order. */
final class Scenarios {

    private static final Set<Contender> ALL = EnumSet.allOf(Contender.class);
    private static final Set<Contender> WITHOUT_NCHAN_REDIS = EnumSet.complementOf(EnumSet.of(NCHAN_REDIS));
    private static final Set<Contender> TAILRACE_AND_NETTY = EnumSet.of(TAILRACE_MEMORY, TAILRACE_REDIS, NETTY);

    private static final String FAN_OUT = "--devices 1 --readers 1000";

    private Scenarios() {}

    static List<Scenario> all() {
        return List.of(fanOut(), fanOutSlowly(), fanOutQuickly());
    }

    private static Scenario fanOut() {
        return new Scenario(
                "A",
                "fan-out",
                "one device to 1,000 readers, closed loop",
                List.of(
                        Case.load("frames of 1", ALL, FAN_OUT + " --window 64"),
                        Case.load("frames of 10", WITHOUT_NCHAN_REDIS, FAN_OUT + " --window 320 --batch 10"),
                        Case.load("frames of 100", WITHOUT_NCHAN_REDIS, FAN_OUT + " --window 800 --batch 100")));
    }

    private static Scenario fanOutSlowly() {
        return new Scenario(
                "A100",
                "fan-out",
                "one device to 1,000 readers, 100 lines/s",
                List.of(Case.load("100 lines/s", ALL, FAN_OUT + " --rate 100")));
    }

    private static Scenario fanOutQuickly() {
        return new Scenario(
                "A1000",
                "fan-out",
                "one device to 1,000 readers, 1,000 lines/s",
                List.of(Case.load("1,000 lines/s", TAILRACE_AND_NETTY, FAN_OUT + " --rate 1000")));
    }
}
