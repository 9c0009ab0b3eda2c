package dev.tailrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.FakeTime;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promises 1, 3, 7 and 8 through one fault after the other, on three brokers and a Redis Cluster. {@code CHAOS_FAULTS} and
 * {@code CHAOS_SEED} choose how many and which; {@code make chaos} runs a hundred. What happened is in {@code target/chaos}.
 */
final class ChaosTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private final StringBuilder report = new StringBuilder();

    @Test
    @Timeout(value = 90, unit = TimeUnit.MINUTES)
    void whateverHappens_everyLineIsAccountedFor() throws Exception {
        FakeTime.require();
        int count = Integer.parseInt(System.getenv().getOrDefault("CHAOS_FAULTS", "6"));
        long seed = Long.parseLong(System.getenv().getOrDefault("CHAOS_SEED", "7"));
        say("# %d faults, seed %d", count, seed);
        say("");
        say(
                "| at | fault | struck for | delivery back after | told by changes of epoch | lost, duplicated, reordered, misstated, renamed |");
        say("|---|---|---|---|---|---|");
        try (ChaosCluster town = new ChaosCluster(directory);
                CanaryProcess canary = new CanaryProcess(directory, town.urls(), 6, 3, 20)) {
            canary.awaitDelivery(PATIENCE);
            List<Double> recoveries = new ArrayList<>();
            for (Fault fault : faults(count, seed)) {
                recoveries.add(strike(town, canary, fault, new Random(seed + recoveries.size())));
            }
            JsonObject last = canary.end();
            say("");
            say(
                    "Delivery back after: median %.1f s, longest %.1f s. In the end: %s",
                    median(recoveries), Collections.max(recoveries), last);
            assertThat(last.getBoolean("last")).as(canary.complaints()).isTrue();
            assertSound(last);
            assertThat(last.getLong("acknowledged")).isEqualTo(last.getLong("written"));
        } finally {
            Path kept = Files.createDirectories(Path.of("target", "chaos"));
            Files.writeString(kept.resolve("report.md"), report);
            try (var logs = Files.list(directory)) {
                for (Path log :
                        logs.filter(one -> one.toString().endsWith(".log")).toList()) {
                    Files.copy(log, kept.resolve(log.getFileName()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    /** Each once before any comes again, in random order. */
    private static List<Fault> faults(int count, long seed) {
        var random = new Random(seed);
        List<Fault> faults = new ArrayList<>();
        while (faults.size() < count) {
            List<Fault> all = Arrays.asList(Fault.values());
            String only = System.getenv("CHAOS_ONLY");
            if (only != null && !only.isEmpty()) {
                all = Arrays.stream(only.split(",")).map(Fault::valueOf).toList();
            }
            List<Fault> round = new ArrayList<>(all);
            Collections.shuffle(round, random);
            faults.addAll(round);
        }
        return faults.subList(0, count);
    }

    private double strike(ChaosCluster town, CanaryProcess canary, Fault fault, Random random)
            throws InterruptedException {
        JsonObject before = canary.totals();
        long from = System.nanoTime();
        fault.strike(town, random);
        double struck = (System.nanoTime() - from) / 1e9;
        double back = canary.awaitDelivery(PATIENCE).toMillis() / 1000.0;
        JsonObject after = canary.totals();
        long told = after.getLong("told") - before.getLong("told");
        say(
                "| %s | %s | %.1f s | %.1f s | %d in %d | %d, %d, %d, %d, %d |",
                LocalTime.now().truncatedTo(ChronoUnit.SECONDS),
                fault,
                struck,
                back,
                told,
                after.getLong("epochs") - before.getLong("epochs"),
                after.getLong("lost"),
                after.getLong("duplicated"),
                after.getLong("reordered"),
                after.getLong("misstated"),
                after.getLong("renamed"));
        assertSound(after);
        if (!fault.losesData()) {
            assertThat(told).as("of storage that lost nothing, after " + fault).isZero();
        }
        return back;
    }

    private static void assertSound(JsonObject totals) {
        assertThat(totals.getLong("lost")).as("lost: %s", totals).isZero();
        assertThat(totals.getLong("duplicated")).as("duplicated: %s", totals).isZero();
        assertThat(totals.getLong("reordered")).as("reordered: %s", totals).isZero();
        assertThat(totals.getLong("misstated")).as("misstated: %s", totals).isZero();
        assertThat(totals.getLong("renamed")).as("renamed: %s", totals).isZero();
        assertThat(totals.getLong("rejected")).as("rejected: %s", totals).isZero();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private void say(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        report.append(line).append('\n');
        System.out.println(line);
    }
}
