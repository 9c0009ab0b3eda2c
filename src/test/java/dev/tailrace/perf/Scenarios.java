package dev.tailrace.perf;

import static dev.tailrace.perf.ServerUnderTest.NCHAN_MEMORY;
import static dev.tailrace.perf.ServerUnderTest.NCHAN_REDIS;
import static dev.tailrace.perf.ServerUnderTest.NETTY;
import static dev.tailrace.perf.ServerUnderTest.TAILRACE_MEMORY;
import static dev.tailrace.perf.ServerUnderTest.TAILRACE_REDIS;

import dev.tailrace.perf.Scenario.Case;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The scenarios that are measured, in this order. */
final class Scenarios {

    private static final Set<ServerUnderTest> ALL = EnumSet.allOf(ServerUnderTest.class);
    private static final Set<ServerUnderTest> WITHOUT_NCHAN_REDIS = EnumSet.complementOf(EnumSet.of(NCHAN_REDIS));
    private static final Set<ServerUnderTest> TAILRACE_AND_NETTY = EnumSet.of(TAILRACE_MEMORY, TAILRACE_REDIS, NETTY);

    private static final Set<ServerUnderTest> STORES = EnumSet.complementOf(EnumSet.of(NETTY));
    private static final Set<ServerUnderTest> STALLABLE = EnumSet.of(TAILRACE_REDIS, NCHAN_MEMORY);
    private static final Set<ServerUnderTest> REDIS_AND_NETTY = EnumSet.of(TAILRACE_REDIS, NETTY);
    private static final Set<ServerUnderTest> TAILRACE_RINGS = EnumSet.of(TAILRACE_MEMORY, TAILRACE_REDIS);
    private static final Set<ServerUnderTest> TAILRACE_ONLY = EnumSet.of(TAILRACE_REDIS);

    private static final String PAIRS = "--devices 1000 --readers 1000";
    private static final String FAN_OUT = "--devices 1 --readers 1000";

    private Scenarios() {}

    static List<Scenario> all() {
        return List.of(
                fanOut(),
                fanOutSlowly(),
                fanOutQuickly(),
                pairs(),
                pairsInBatches(),
                ingest(),
                idle(),
                single(),
                stalled(),
                join(),
                growth(),
                start(),
                waysIn());
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

    private static Scenario pairs() {
        return new Scenario(
                "B1",
                "pairs",
                "1,000 devices to one reader each, closed loop, frames of 1",
                List.of(Case.load("frames of 1", ALL, PAIRS + " --window 32")));
    }

    private static Scenario pairsInBatches() {
        return new Scenario(
                "B",
                "pairs",
                "1,000 devices to one reader each, closed loop, frames of 10",
                List.of(Case.load("frames of 10", ALL, PAIRS + " --window 40 --batch 10")));
    }

    private static Scenario ingest() {
        String devices = "--devices 1000 --readers 0";
        return new Scenario(
                "C",
                "ingest",
                "1,000 devices and no reader, counted when acknowledged",
                List.of(
                        Case.load("frames of 1", STORES, devices + " --window 32"),
                        Case.load("frames of 10", STORES, devices + " --window 60 --batch 10")));
    }

    private static Scenario idle() {
        String idle = "--mode idle --warmup 2s --duration 1s";
        return new Scenario(
                "D",
                "idle",
                "idle connections, and the storage of full rings",
                List.of(
                        Case.alone("10,000 idle readers", ALL, idle + " --devices 1 --readers 10000"),
                        Case.alone("10,000 idle devices", ALL, idle + " --devices 10000 --readers 0 --prefix idle-"),
                        new Case("1,000 full rings", TAILRACE_ONLY, true, FullRings::measure)));
    }

    private static Scenario single() {
        return new Scenario(
                "E",
                "single",
                "one device to one reader, 100 lines/s",
                List.of(Case.load("100 lines/s", ALL, "--devices 1 --readers 1 --rate 100")));
    }

    private static Scenario stalled() {
        String small = FAN_OUT + " --rate 100";
        String large = FAN_OUT + " --rate 100 --line-bytes 4096";
        return new Scenario(
                "F",
                "stalled",
                "one device to 1,000 readers of which some never read, 100 lines/s",
                List.of(
                        Case.load("150 bytes, none", STALLABLE, small),
                        Case.load("150 bytes, 1 %", STALLABLE, small + " --stalled 1%"),
                        Case.load("150 bytes, 50 %", TAILRACE_ONLY, small + " --stalled 50%"),
                        Case.load("150 bytes, none of 500", TAILRACE_ONLY, small.replace("1000", "500")),
                        Case.load("4 KiB, none", TAILRACE_ONLY, large),
                        Case.load("4 KiB, 1 %", TAILRACE_ONLY, large + " --stalled 1%"),
                        Case.load("4 KiB, 50 %", TAILRACE_ONLY, large + " --stalled 50%"),
                        Case.load("4 KiB, none of 500", TAILRACE_ONLY, large.replace("1000", "500"))));
    }

    private static Scenario join() {
        return new Scenario(
                "G",
                "join",
                "500 readers join 10 devices with full rings at once; 10 readers ask for histories of 1,000",
                List.of(
                        Case.load("join", STORES, "--mode join --devices 10 --readers 500"),
                        Case.load("history", TAILRACE_RINGS, "--mode history --devices 10 --readers 10")));
    }

    private static Scenario growth() {
        String fan = "--devices 1 --readers ";
        String ingest = " --readers 0 --batch 10 --window 20 --devices ";
        return new Scenario(
                "H",
                "growth",
                "more readers of one device, 50,000 deliveries/s from 100 on; more devices, two frames of 10 in flight each",
                List.of(
                        Case.load("10 readers", REDIS_AND_NETTY, fan + "10 --rate 1000"),
                        Case.load("100 readers", REDIS_AND_NETTY, fan + "100 --rate 500"),
                        Case.load("1,000 readers", REDIS_AND_NETTY, fan + "1000 --rate 50"),
                        Case.load("10,000 readers", REDIS_AND_NETTY, fan + "10000 --rate 5"),
                        Case.load("10 devices", TAILRACE_ONLY, ingest.trim() + " 10"),
                        Case.load("100 devices", TAILRACE_ONLY, ingest.trim() + " 100"),
                        Case.load("1,000 devices", TAILRACE_ONLY, ingest.trim() + " 1000"),
                        Case.load("10,000 devices", TAILRACE_ONLY, ingest.trim() + " 10000")));
    }

    private static Scenario start() {
        return new Scenario(
                "I",
                "start",
                "start of the JVM to ready",
                List.of(
                        new Case("plain, one core", TAILRACE_RINGS, false, Start::plain),
                        new Case("with an archive, one core", TAILRACE_RINGS, false, Start::archived),
                        new Case("with an archive, all cores", TAILRACE_RINGS, false, Start::archivedOnAllCores)));
    }

    private static Scenario waysIn() {
        return new Scenario(
                "J",
                "ways in",
                "8 connections, one batch of each on its way or as fast as it is read",
                IngestPaths.cases(EnumSet.of(TAILRACE_MEMORY)));
    }
}
