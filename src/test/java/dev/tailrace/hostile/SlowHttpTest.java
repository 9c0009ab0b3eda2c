package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** slowhttptest's clients, which send or read a byte now and then: an ordinary device and its reader notice nothing. */
@Tag("long")
final class SlowHttpTest {

    private static final int CLIENTS = 500;
    private static final int SECONDS = 10;

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        Require.program("slowhttptest");
        broker = RunningBroker.start(Map.of(Setting.REQUEST_TIMEOUT, "3s"));
        broker.say(
                "full", IntStream.range(0, 1000).mapToObj(i -> "x".repeat(1000)).toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "slow headers, -H, /",
        "slow body, -B, /api/v1/devices/d/logs",
        "slow read, -X, /api/v1/devices/full/logs",
        "ranges, -R, /api/v1/devices/full/logs"
    })
    void slowClients_hurtNobodyElse(String name, String mode, String path) throws Exception {
        Path directory = HostileTools.directory("slow" + mode);
        List<String> command = new ArrayList<>(List.of("slowhttptest", mode, "-c", String.valueOf(CLIENTS)));
        command.addAll(List.of("-i", "2", "-r", "250", "-l", String.valueOf(SECONDS), "-p", "3"));
        command.addAll(List.of("-u", broker.uri(path).toString()));
        if ("-B".equals(mode)) {
            command.addAll(List.of("-f", "application/x-ndjson"));
        }
        if ("-X".equals(mode)) {
            command.addAll(List.of("-w", "1", "-y", "10", "-n", "2", "-z", "5", "-k", "3"));
        }
        Process attack = Processes.start(command, directory, directory.resolve("output.txt"));
        try {
            String device = RunningBroker.newDevice();
            int said = 0;
            try (TestReader reader = TestReader.open(broker, device)) {
                while (attack.isAlive()) {
                    broker.say(device, "line " + ++said);
                    assertThat(reader.messages(said)).hasSize(said).endsWith("line " + said);
                    attack.waitFor(100, TimeUnit.MILLISECONDS);
                }
            }
            assertThat(said).as(HostileTools.output(directory)).isGreaterThan(1);
        } finally {
            attack.destroyForcibly().waitFor();
        }
        if ("-H".equals(mode)) {
            assertThat(broker.metric("tailrace_refused_total{limit=\"request-timeout\"}"))
                    .isGreaterThanOrEqualTo(CLIENTS / 2.0);
        }
        await().atMost(30, TimeUnit.SECONDS)
                .until(() ->
                        broker.metric("tailrace_pending_bytes") == 0 && broker.metric("tailrace_subscribers{") == 0);
    }
}
