package dev.tailrace.bench;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** The report of a run, as text and as JSON. */
final class Report {

    /** Above this utilisation the client is too busy to receive lines when they arrive. */
    private static final double BUSY = 0.9;

    private static final double MEBIBYTE = 1 << 20;

    private final RunResult outcome;
    private final Plan plan;
    private final Tally tally;
    private final double seconds;
    private final long sent;
    private final long acknowledged;
    private final long deliveries;
    private final @Nullable Double clientCpu;
    private final @Nullable Double serverCpu;
    private final @Nullable Double redisCpu;

    Report(RunResult outcome) {
        Sample from = outcome.from();
        Sample to = outcome.to();
        this.outcome = outcome;
        this.plan = outcome.plan();
        this.tally = outcome.tally();
        this.seconds = (double) (to.nanos() - from.nanos()) / TimeUnit.SECONDS.toNanos(1);
        this.sent = to.sent() - from.sent();
        this.acknowledged = to.acknowledged() - from.acknowledged();
        this.deliveries = to.deliveries() - from.deliveries();
        this.clientCpu = cpu(from.client(), to.client());
        this.serverCpu = cpu(from.server(), to.server());
        this.redisCpu = cpu(from.redis(), to.redis());
    }

    private static @Nullable Double cpu(@Nullable ProcessUse from, @Nullable ProcessUse to) {
        return from == null || to == null ? null : to.cpuSeconds() - from.cpuSeconds();
    }

    /** Whether the client limits the figures rather than the broker. */
    boolean isClientTheBottleneck() {
        boolean busy = clientCpu != null && clientCpu / seconds > BUSY;
        return busy || (!plan.isOpenLoop() && isClientCostlier());
    }

    private boolean isClientCostlier() {
        return clientCpu != null && serverCpu != null && clientCpu > serverCpu;
    }

    // ---- JSON

    JsonObject json() {
        return new JsonObject()
                .put("plan", planJson())
                .put("seconds", round(seconds))
                .put("lines", linesJson())
                .put("deliveries", deliveriesJson())
                .put("latencyMicros", latencyJson())
                .put("server", processJson(serverCpu).mergeIn(rssJson()))
                .put("redis", processJson(redisCpu))
                .put("serverAndRedis", processJson(bothCpu()))
                .put("client", clientJson())
                .put("checks", checksJson());
    }

    private JsonObject planJson() {
        return new JsonObject()
                .put("mode", plan.mode().name().toLowerCase(Locale.ROOT))
                .put("loop", plan.isOpenLoop() ? "open" : "closed")
                .put("devices", plan.devices())
                .put("readers", plan.readers())
                .put("stalled", plan.stalled())
                .put("slow", plan.slow())
                .put("lineBytes", plan.lineBytes())
                .put("batch", plan.batch())
                .put("rate", plan.rate())
                .put("window", plan.window());
    }

    private JsonObject linesJson() {
        return new JsonObject()
                .put("sent", sent)
                .put("acknowledged", acknowledged)
                .put("sentPerSecond", round(sent / seconds))
                .put("acknowledgedPerSecond", round(acknowledged / seconds));
    }

    private JsonObject deliveriesJson() {
        return new JsonObject()
                .put("count", deliveries)
                .put("perSecond", round(deliveries / seconds))
                .put("bytesEach", round(bytesEach()))
                .put("gaps", tally.gaps)
                .put("gapEntries", tally.gapEntries)
                .put("slowGapEntries", tally.slowGapEntries)
                .put("slowReadersEvicted", tally.evicted);
    }

    /** Bytes on the wire, including the other events of streams. */
    private double bytesEach() {
        return (double) tally.readBytes / Math.max(1, deliveries);
    }

    private JsonObject latencyJson() {
        Histogram latency = tally.latency;
        return new JsonObject()
                .put("count", latency.getTotalCount())
                .put("p50", micros(50))
                .put("p99", micros(99))
                .put("p999", micros(99.9))
                .put("max", latency.getMaxValue() / 1000);
    }

    private JsonObject processJson(@Nullable Double cpu) {
        if (cpu == null) {
            return new JsonObject();
        }
        return new JsonObject()
                .put("cpuSeconds", round(cpu))
                .put("utilisation", round(cpu / seconds))
                .put("linesPerCpuSecond", per(acknowledged, cpu))
                .put("deliveriesPerCpuSecond", per(deliveries, cpu));
    }

    private JsonObject rssJson() {
        JsonObject rss = new JsonObject();
        ProcessUse before = outcome.start().server();
        ProcessUse after = outcome.end().server();
        if (before != null && after != null) {
            rss.put("rssBefore", before.rssBytes()).put("rssAfter", after.rssBytes());
            rss.put("rssMax", outcome.maxServerRss());
            if (plan.mode() == Mode.IDLE) {
                rss.put("rssPerConnection", rssPerConnection(before, after));
            }
        }
        return rss;
    }

    private long rssPerConnection(ProcessUse before, ProcessUse after) {
        return (after.rssBytes() - before.rssBytes()) / ((long) plan.readers() + plan.devices());
    }

    private JsonObject clientJson() {
        JsonObject client = new JsonObject().put("bottleneck", isClientTheBottleneck());
        if (clientCpu != null) {
            client.put("cpuSeconds", round(clientCpu)).put("utilisation", round(clientCpu / seconds));
        }
        return client;
    }

    private JsonObject checksJson() {
        return new JsonObject()
                .put("clean", tally.isClean())
                .put("lost", tally.lost)
                .put("unacknowledged", tally.unacknowledged)
                .put("duplicates", tally.duplicates)
                .put("disordered", tally.disordered)
                .put("offsetHoles", tally.offsetHoles)
                .put("inexactGaps", tally.inexactGaps)
                .put("foreign", tally.foreign)
                .put("rejected", tally.rejected)
                .put("broken", tally.broken);
    }

    // ---- text

    List<String> text() {
        List<String> lines = new ArrayList<>();
        lines.add(what());
        lines.add(format("lines       %,.0f/s sent, %,.0f/s acknowledged", sent / seconds, acknowledged / seconds));
        if (plan.readers() > 0) {
            lines.add(format(
                    "deliveries  %,.0f/s, %,.0f bytes each; %,d entries in %,d gaps",
                    deliveries / seconds, bytesEach(), tally.gapEntries + tally.slowGapEntries, tally.gaps));
            lines.add(format(
                    "latency     p50 %s, p99 %s, p99.9 %s, max %s", millis(50), millis(99), millis(99.9), millis(100)));
        }
        addProcess(lines, "server      ", serverCpu);
        addProcess(lines, "redis       ", redisCpu);
        if (redisCpu != null) {
            addProcess(lines, "both        ", bothCpu());
        }
        addMemory(lines);
        if (clientCpu != null) {
            lines.add(format("client      %.2f s CPU, %.2f of a core", clientCpu, clientCpu / seconds));
        }
        if (isClientTheBottleneck()) {
            lines.add("            THE CLIENT IS THE BOTTLENECK: the broker can do at least this");
        } else if (isClientCostlier()) {
            lines.add("            which is more than the broker used; at this rate neither is the limit");
        }
        lines.add("checks      " + checks());
        return lines;
    }

    private String what() {
        String pace = plan.mode() != Mode.LOAD
                ? "mode " + plan.mode().name().toLowerCase(Locale.ROOT)
                : plan.isOpenLoop()
                        ? format("%,d lines/s", plan.rate())
                        : format("as fast as a window of %,d lines allows", plan.window());
        return format(
                "%,d devices, %,d readers (%,d stalled, %,d slow), lines of %,d bytes, frames of %,d, %s, %.1f s",
                plan.devices(),
                plan.readers(),
                plan.stalled(),
                plan.slow(),
                plan.lineBytes(),
                plan.batch(),
                pace,
                seconds);
    }

    private void addProcess(List<String> lines, String name, @Nullable Double cpu) {
        if (cpu != null) {
            lines.add(name
                    + format(
                            "%.2f s CPU, %.2f of a core; per CPU second %,d lines, %,d deliveries",
                            cpu, cpu / seconds, per(acknowledged, cpu), per(deliveries, cpu)));
        }
    }

    private void addMemory(List<String> lines) {
        ProcessUse before = outcome.start().server();
        ProcessUse after = outcome.end().server();
        if (before != null && after != null) {
            lines.add(format(
                    "memory      %.1f MiB before, %.1f MiB after, %.1f MiB at most",
                    before.rssBytes() / MEBIBYTE, after.rssBytes() / MEBIBYTE, outcome.maxServerRss() / MEBIBYTE));
            if (plan.mode() == Mode.IDLE) {
                lines.add(format("            %,d bytes per connection", rssPerConnection(before, after)));
            }
        }
    }

    private String checks() {
        if (tally.isClean()) {
            return "each line once, in order, or reported as a gap";
        }
        return format(
                "BROKEN: %,d lost, %,d unacknowledged, %,d duplicates, %,d disordered, %,d offsets skipped, %,d inexact"
                        + " gaps, %,d foreign, %,d rejected, %,d connections ended",
                tally.lost,
                tally.unacknowledged,
                tally.duplicates,
                tally.disordered,
                tally.offsetHoles,
                tally.inexactGaps,
                tally.foreign,
                tally.rejected,
                tally.broken);
    }

    /** One second of a run. */
    static String progress(Sample before, Sample now) {
        double seconds = (double) (now.nanos() - before.nanos()) / TimeUnit.SECONDS.toNanos(1);
        Double server = cpu(before.server(), now.server());
        Double client = cpu(before.client(), now.client());
        return format(
                        "%,12.0f lines/s %,14.0f deliveries/s",
                        (now.acknowledged() - before.acknowledged()) / seconds,
                        (now.deliveries() - before.deliveries()) / seconds)
                + (server == null ? "" : format("   server %.2f", server / seconds))
                + (client == null ? "" : format("   client %.2f", client / seconds));
    }

    // ---- numbers

    private @Nullable Double bothCpu() {
        return serverCpu == null || redisCpu == null ? null : Double.valueOf(serverCpu + redisCpu);
    }

    private static long per(long count, double cpu) {
        return cpu <= 0 ? 0 : Math.round(count / cpu);
    }

    private long micros(double percentile) {
        return tally.latency.getValueAtPercentile(percentile) / 1000;
    }

    private String millis(double percentile) {
        return format("%.2f ms", tally.latency.getValueAtPercentile(percentile) / 1e6);
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    private static String format(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }
}
