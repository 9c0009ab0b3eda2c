package dev.tailrace.arena;

import static dev.tailrace.arena.Contender.NCHAN_MEMORY;
import static dev.tailrace.arena.Contender.NETTY;
import static dev.tailrace.arena.Contender.TAILRACE_REDIS;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;
import java.util.function.Function;

/** Something that must hold. */
record Target(
        String scenario, String text, Function<Figures, OptionalDouble> value, String form, DoublePredicate holds) {

    private static final String DELIVERIES = "server.deliveriesPerCpuSecond";
    private static final String P99 = "latencyMicros.p99";

    /** One figure of one contender. */
    record Figure(String scenario, String name, Contender contender, String path) {
        OptionalDouble of(Figures figures) {
            return figures.median(scenario, name, contender, path);
        }
    }

    String measured(Figures figures) {
        OptionalDouble found = value.apply(figures);
        return found.isPresent() ? String.format(Locale.ROOT, form, found.getAsDouble()) : "not measured";
    }

    String verdict(Figures figures) {
        OptionalDouble found = value.apply(figures);
        return found.isEmpty() ? "" : holds.test(found.getAsDouble()) ? "met" : "**not met**";
    }

    static List<Target> all() {
        return List.of(
                atLeast(
                        7.5,
                        "deliveries per CPU second, × nchan memory",
                        tailrace("A", "frames of 1", DELIVERIES),
                        NCHAN_MEMORY),
                atLeast(0.8, "the same, × bare Netty", tailrace("A", "frames of 1", DELIVERIES), NETTY),
                atLeast(4, "frames of 10, × nchan memory", tailrace("A", "frames of 10", DELIVERIES), NCHAN_MEMORY),
                atLeast(6, "frames of 100, × nchan memory", tailrace("A", "frames of 100", DELIVERIES), NCHAN_MEMORY),
                atLeast(
                        1.6,
                        "deliveries per CPU second, × nchan memory",
                        tailrace("A100", "100 lines/s", DELIVERIES),
                        NCHAN_MEMORY),
                atMost(0.85, "p99, × nchan memory", tailrace("A100", "100 lines/s", P99), NCHAN_MEMORY),
                atMost(1.6, "p99, × bare Netty", tailrace("A100", "100 lines/s", P99), NETTY),
                atMost(50_000, "p99, µs", tailrace("A1000", "1,000 lines/s", P99)),
                atLeast(990, "lines/s sustained", tailrace("A1000", "1,000 lines/s", "lines.acknowledgedPerSecond")));
    }

    private static Figure tailrace(String scenario, String name, String path) {
        return new Figure(scenario, name, TAILRACE_REDIS, path);
    }

    private static OptionalDouble ratio(Figures figures, Figure one, Contender other) {
        OptionalDouble above = one.of(figures);
        OptionalDouble below = figures.median(one.scenario(), one.name(), other, one.path());
        return above.isEmpty() || below.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(above.getAsDouble() / below.getAsDouble());
    }

    private static Target atLeast(double limit, String text, Figure figure, Contender than) {
        return new Target(
                figure.scenario(),
                "≥ " + number(limit) + ": " + text,
                figures -> ratio(figures, figure, than),
                "%.2f",
                value -> value >= limit);
    }

    private static Target atMost(double limit, String text, Figure figure, Contender than) {
        return new Target(
                figure.scenario(),
                "≤ " + number(limit) + ": " + text,
                figures -> ratio(figures, figure, than),
                "%.2f",
                value -> value <= limit);
    }

    private static Target atLeast(double limit, String text, Figure figure) {
        return new Target(
                figure.scenario(), "≥ " + number(limit) + ": " + text, figure::of, "%,.0f", value -> value >= limit);
    }

    private static Target atMost(double limit, String text, Figure figure) {
        return new Target(
                figure.scenario(), "≤ " + number(limit) + ": " + text, figure::of, "%,.0f", value -> value <= limit);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%,.0f", value) : Double.toString(value);
    }
}
