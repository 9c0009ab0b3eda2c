package dev.tailrace.perf;

import static dev.tailrace.perf.ServerUnderTest.NCHAN_MEMORY;
import static dev.tailrace.perf.ServerUnderTest.NCHAN_REDIS;
import static dev.tailrace.perf.ServerUnderTest.NETTY;
import static dev.tailrace.perf.ServerUnderTest.TAILRACE_MEMORY;
import static dev.tailrace.perf.ServerUnderTest.TAILRACE_REDIS;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.stream.Stream;

/** Something that must hold. */
record Target(
        String scenario, String text, Function<Figures, OptionalDouble> value, String form, DoublePredicate holds) {

    private static final String DELIVERIES = "server.deliveriesPerCpuSecond";
    private static final String LINES = "server.linesPerCpuSecond";
    private static final String WITH_REDIS = "serverAndRedis.linesPerCpuSecond";
    private static final String REDIS_ALONE = "redis.linesPerCpuSecond";
    private static final String RSS = "server.rssPerConnection";
    private static final String READY = "start.readyMillis";
    private static final String PER_LINE = "server.microsPerLine";
    private static final String P99 = "latencyMicros.p99";

    /** One figure of one contender. */
    record Figure(String scenario, String name, ServerUnderTest contender, String path) {
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
        Figure fanOut = tailrace("A", "frames of 1", DELIVERIES);
        Figure slowly = tailrace("A100", "100 lines/s", DELIVERIES);
        Figure slowP99 = tailrace("A100", "100 lines/s", P99);
        Figure join = tailrace("G", "join", DELIVERIES);
        List<Target> all = new ArrayList<>(List.of(
                atLeast(7.5, "deliveries per CPU second, × nchan memory", fanOut, NCHAN_MEMORY),
                atLeast(0.8, "the same, × bare Netty", fanOut, NETTY),
                atLeast(4, "frames of 10, × nchan memory", tailrace("A", "frames of 10", DELIVERIES), NCHAN_MEMORY),
                atLeast(6, "frames of 100, × nchan memory", tailrace("A", "frames of 100", DELIVERIES), NCHAN_MEMORY),
                atLeast(1.6, "deliveries per CPU second, × nchan memory", slowly, NCHAN_MEMORY),
                atMost(0.85, "p99, × nchan memory", slowP99, NCHAN_MEMORY),
                atMost(1.6, "p99, × bare Netty", slowP99, NETTY),
                atMost(50, "p99, ms", tailrace("A1000", "1,000 lines/s", P99), 1000),
                atLeast(990, "lines/s sustained", tailrace("A1000", "1,000 lines/s", "lines.acknowledgedPerSecond")),
                atLeast(1, "lines per CPU second, × nchan memory", tailrace("B1", "frames of 1", LINES), NCHAN_MEMORY),
                atLeast(15, "with Redis, × nchan Redis", tailrace("B1", "frames of 1", WITH_REDIS), NCHAN_REDIS),
                atLeast(1, "lines per CPU second, × nchan memory", tailrace("B", "frames of 10", LINES), NCHAN_MEMORY),
                atLeast(40, "with Redis, × nchan Redis", tailrace("B", "frames of 10", WITH_REDIS), NCHAN_REDIS),
                atLeast(465_000, "with Redis, 30 × balena's 15,500", tailrace("B", "frames of 10", WITH_REDIS)),
                atLeast(200_000, "lines per CPU second with Redis", tailrace("C", "frames of 1", WITH_REDIS)),
                atLeast(600_000, "the same, frames of 10", tailrace("C", "frames of 10", WITH_REDIS)),
                atLeast(
                        500_000,
                        "lines per CPU second of Redis, frames of 10",
                        tailrace("C", "frames of 10", REDIS_ALONE)),
                atMost(6, "KiB per idle reader", tailrace("D", "10,000 idle readers", RSS), 1024),
                atMost(6, "KiB per idle device socket", tailrace("D", "10,000 idle devices", RSS), 1024),
                atMost(
                        1.2,
                        "Redis' bytes, × JSON of the entries",
                        tailrace("D", "1,000 full rings", "storage.ratio"),
                        1),
                atMost(1, "p50, ms", tailrace("E", "100 lines/s", "latencyMicros.p50"), 1000),
                atMost(3, "p99, ms", tailrace("E", "100 lines/s", P99), 1000),
                stalledP99("150 bytes, 1 %", "150 bytes, none"),
                stalledP99("150 bytes, 50 %", "150 bytes, none of 500"),
                stalledP99("4 KiB, 1 %", "4 KiB, none"),
                stalledP99("4 KiB, 50 %", "4 KiB, none of 500"),
                stalledCost("150 bytes, 1 %", "150 bytes, none"),
                stalledCost("150 bytes, 50 %", "150 bytes, none of 500"),
                stalledCost("4 KiB, 1 %", "4 KiB, none"),
                stalledCost("4 KiB, 50 %", "4 KiB, none of 500"),
                atLeast(20, "lines per CPU second, × nchan memory", join, NCHAN_MEMORY),
                atMost(0.2, "p99, × nchan memory", tailrace("G", "join", P99), NCHAN_MEMORY),
                historyCost(),
                growth(DELIVERIES, "CPU per delivery", "100 readers", "1,000 readers", "10,000 readers"),
                growth(WITH_REDIS, "CPU per line", "10 devices", "100 devices", "1,000 devices", "10,000 devices"),
                atMost(
                        600,
                        "ms from start to ready, with an archive",
                        tailrace("I", "with an archive, all cores", READY),
                        1)));
        Stream.of(10, 100)
                .flatMap(lines -> IngestPath.OTHERS.stream()
                        .filter(way -> lines <= way.most())
                        .map(way -> wayIn(way, lines)))
                .forEach(all::add);
        return all;
    }

    private static Target wayIn(IngestPath way, int lines) {
        Figure below = new Figure("J", way.baseline().title(lines), TAILRACE_MEMORY, PER_LINE);
        Figure above = new Figure("J", way.title(lines), TAILRACE_MEMORY, PER_LINE);
        return new Target(
                "J",
                "≤ 2: CPU per line, " + above.name() + ", × " + way.baseline().title(),
                figures -> divided(above.of(figures), below.of(figures)),
                "%.2f",
                value -> value <= 2);
    }

    private static Target stalledP99(String name, String without) {
        return stalled(1.3, "p99 of the others", name, tailrace("F", name, P99), tailrace("F", without, P99));
    }

    private static Target stalledCost(String name, String without) {
        return stalled(
                1.2, "CPU per delivery", name, tailrace("F", without, DELIVERIES), tailrace("F", name, DELIVERIES));
    }

    private static Target stalled(double limit, String what, String name, Figure above, Figure below) {
        return new Target(
                "F",
                "≤ " + number(limit) + ": " + what + ", " + name + " stalled, × as many without",
                figures -> divided(above.of(figures), below.of(figures)),
                "%.2f",
                value -> value <= limit);
    }

    private static Target historyCost() {
        Figure figure = tailrace("G", "history", DELIVERIES);
        return new Target(
                "G",
                "≤ 3: ms of CPU for a history of 1,000",
                figures -> divided(OptionalDouble.of(1000), figure.of(figures)),
                "%.2f",
                value -> value <= 3);
    }

    /** The costliest of some cases must not cost much more than the cheapest. */
    private static Target growth(String path, String what, String... names) {
        return new Target(
                "H",
                "≤ 1.3: " + what + ", most × least, " + names[0] + " to " + names[names.length - 1],
                figures -> {
                    double[] values = Stream.of(names)
                            .<OptionalDouble>map(
                                    name -> tailrace("H", name, path).of(figures))
                            .filter(OptionalDouble::isPresent)
                            .mapToDouble(OptionalDouble::getAsDouble)
                            .sorted()
                            .toArray();
                    return values.length < names.length || values[0] == 0
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(values[values.length - 1] / values[0]);
                },
                "%.2f",
                value -> value <= 1.3);
    }

    private static Figure tailrace(String scenario, String name, String path) {
        return new Figure(scenario, name, TAILRACE_REDIS, path);
    }

    private static OptionalDouble ratio(Figures figures, Figure one, ServerUnderTest other) {
        return divided(one.of(figures), figures.median(one.scenario(), one.name(), other, one.path()));
    }

    private static OptionalDouble divided(OptionalDouble above, OptionalDouble below) {
        return above.isEmpty() || below.isEmpty() || below.getAsDouble() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(above.getAsDouble() / below.getAsDouble());
    }

    private static Target atLeast(double limit, String text, Figure figure, ServerUnderTest than) {
        return new Target(
                figure.scenario(),
                "≥ " + number(limit) + ": " + text,
                figures -> ratio(figures, figure, than),
                "%.2f",
                value -> value >= limit);
    }

    private static Target atMost(double limit, String text, Figure figure, ServerUnderTest than) {
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

    private static Target atMost(double limit, String text, Figure figure, double unit) {
        return new Target(
                figure.scenario(),
                "≤ " + number(limit) + ": " + text,
                figures -> divided(figure.of(figures), OptionalDouble.of(unit)),
                "%,.2f",
                value -> value <= limit);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%,.0f", value) : Double.toString(value);
    }
}
