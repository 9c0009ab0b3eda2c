package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class BenchTest {

    private static RunningBroker broker;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private int bench(String... options) {
        List<String> all = new ArrayList<>(List.of("--url", "http://127.0.0.1:" + broker.port()));
        all.addAll(List.of(options));
        if (!all.contains("--duration")) {
            all.addAll(List.of("--warmup", "200ms", "--duration", "800ms"));
        }
        var command = new CommandLine(new Bench(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false));
        command.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        return command.execute(all.toArray(String[]::new));
    }

    private JsonObject report() {
        return new JsonObject(out.toString(StandardCharsets.UTF_8));
    }

    private static long stored(String prefix, int devices) {
        long stored = 0;
        for (int i = 0; i < devices; i++) {
            List<JsonObject> history = broker.history(prefix + i);
            String id = history.get(history.size() - 1).getString("id");
            stored += Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
        }
        return stored;
    }

    @Test
    void openLoop_sendsAtTheRequestedRateAndCounts() {
        int code = bench("--prefix", "open-", "--devices", "3", "--readers", "6", "--rate", "1000", "--json");

        assertThat(code).as("%s %s", out, err).isZero();
        JsonObject report = report();
        assertThat(report.getJsonObject("checks").getBoolean("clean")).isTrue();
        assertThat(report.getJsonObject("latencyMicros").getLong("count")).isEqualTo(800 * 2);
        assertThat(report.getJsonObject("lines").getDouble("sentPerSecond")).isBetween(900.0, 1100.0);
        assertThat(stored("open-", 3)).isEqualTo(1000);
    }

    @Test
    void fleet_isReadOnOneStream_eachLineOfEachDeviceOnce() {
        int code =
                bench("--prefix", "fleet-", "--devices", "40", "--readers", "2", "--fleet", "--rate", "1000", "--json");

        assertThat(code).as("%s %s", out, err).isZero();
        JsonObject report = report();
        assertThat(report.getJsonObject("checks").getBoolean("clean")).isTrue();
        assertThat(report.getJsonObject("latencyMicros").getLong("count")).isEqualTo(800 * 2);
        assertThat(report.getJsonObject("deliveries").getDouble("bytesEach")).isBetween(150.0, 600.0);
    }

    @Test
    void fleetWithALineThatTheRunDidNotSend_isNotClean() {
        var run = CompletableFuture.supplyAsync(() -> bench(
                "--prefix", "crowd-", "--devices", "2", "--fleet", "--rate", "100", "--duration", "5s", "--json"));
        await().until(() -> !broker.history("crowd-1").isEmpty());
        broker.say("crowd-1", "of another run");

        assertThat(run.join()).isEqualTo(1);
        assertThat(report().getJsonObject("checks").getLong("foreign")).isEqualTo(1);
    }

    @Test
    void closedLoop_keepsTheWindowFilled() {
        int code = bench("--prefix", "closed-", "--devices", "2", "--readers", "5", "--batch", "10", "--json");

        assertThat(code).as("%s %s", out, err).isZero();
        JsonObject report = report();
        assertThat(report.getJsonObject("checks").getBoolean("clean")).isTrue();
        assertThat(report.getJsonObject("lines").getLong("acknowledged")).isGreaterThan(100);
        assertThat(report.getJsonObject("deliveries").getLong("count")).isGreaterThan(100);
        assertThat(report.getJsonObject("latencyMicros").getLong("max")).isPositive();
    }

    @Test
    void stalledAndSlowReaders_doNotDelayTheOthers() {
        int code = bench("--readers", "10", "--stalled", "20%", "--slow", "1", "--prefix", "mixed-", "--json");

        assertThat(code).as("%s %s", out, err).isZero();
        JsonObject report = report();
        assertThat(report.getJsonObject("plan").getInteger("stalled")).isEqualTo(2);
        assertThat(report.getJsonObject("deliveries").getLong("count")).isGreaterThan(100);
    }

    @Test
    void readersOfNothing_measureIngestAlone() {
        assertThat(bench("--readers", "0", "--devices", "4", "--batch", "10", "--prefix", "ingest-"))
                .isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("acknowledged", "each line once");
    }

    @Test
    void lineThatTheRunDidNotSend_failsIt() {
        var run = CompletableFuture.supplyAsync(
                () -> bench("--prefix", "foreign-", "--rate", "100", "--duration", "5s", "--json"));
        await().until(() -> !broker.history("foreign-0").isEmpty());
        broker.say("foreign-0", "of another run");

        assertThat(run.join()).isEqualTo(1);
        assertThat(report().getJsonObject("checks").getLong("foreign")).isEqualTo(1);
        assertThat(report().getJsonObject("checks").getLong("lost")).isZero();
    }

    @Test
    void join_givesEachReaderAWholeRing() {
        int code = bench("--mode", "join", "--prefix", "join-", "--devices", "2", "--readers", "6", "--json");

        assertThat(code).as("%s %s", out, err).isZero();
        long lines = report().getJsonObject("deliveries").getLong("count");
        assertThat(lines).isPositive();
        assertThat(lines % 6000).isZero();
        assertThat(report().getJsonObject("latencyMicros").getLong("count")).isEqualTo(lines / 1000);
    }

    @Test
    void joinOfARingThatIsNotWhole_isNotClean() {
        var run = CompletableFuture.supplyAsync(
                () -> bench("--mode", "join", "--prefix", "short-", "--readers", "3", "--duration", "5s", "--json"));
        await().until(() -> broker.history("short-0").size() == 1000);
        broker.say("short-0", "of another run");

        assertThat(run.join()).isEqualTo(1);
        assertThat(report().getJsonObject("checks").getLong("disordered")).isPositive();
    }

    @Test
    void history_countsAnswers() {
        int code = bench("--mode", "history", "--prefix", "history-", "--readers", "2", "--ring", "50", "--json");

        assertThat(code).as("%s %s", out, err).isZero();
        assertThat(report().getJsonObject("deliveries").getLong("count")).isPositive();
        assertThat(report().getJsonObject("latencyMicros").getLong("max")).isPositive();
    }

    @Test
    void idle_sendsNothingAndReportsTheMemoryOfConnections() {
        String self = Long.toString(ProcessHandle.current().pid());

        assertThat(bench("--mode", "idle", "--readers", "20", "--server-pid", self, "--prefix", "idle-", "--json"))
                .isZero();

        assertThat(report().getJsonObject("lines").getLong("sent")).isZero();
        assertThat(report().getJsonObject("server").getLong("rssPerConnection")).isNotNull();
    }

    @Test
    void serverProcess_isMeasured() {
        String self = Long.toString(ProcessHandle.current().pid());

        assertThat(bench("--prefix", "cpu-", "--server-pid", self, "--json")).isZero();

        assertThat(report().getJsonObject("server").getDouble("cpuSeconds")).isPositive();
        assertThat(report().getJsonObject("server").getLong("rssMax")).isPositive();
    }

    @Test
    void wrongOptions_areWrongUsage() {
        assertThat(bench("--batch", "100", "--window", "64")).isEqualTo(2);
        assertThat(bench("--line-bytes", "10")).isEqualTo(2);
        assertThat(bench("--stalled", "most")).isEqualTo(2);
        assertThat(bench("--mode", "dance")).isEqualTo(2);
        assertThat(bench("--peer", "nobody")).isEqualTo(2);
        assertThat(bench("--mode", "history", "--peer", "nchan")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--window", "--line-bytes", "--stalled");
    }
}
