package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.Require;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The alerts, as Prometheus' own tool sees them. */
final class AlertsTest {

    private static final Path FIRING = Path.of("src/test/resources/dev/tailrace/deploy/alerts.test.yaml");

    @TempDir
    private Path folder;

    @Test
    void rules_areWhatPrometheusReads() {
        Require.program("promtool");
        Command check = Command.run(Path.of("."), "promtool", "check", "rules", "--lint-fatal", Alerts.FILE.toString());
        assertThat(check.exit()).as(check.output()).isZero();
    }

    @Test
    void eachAlert_firesOnItsCause_andNoneWhileAllIsWell() throws IOException {
        Require.program("promtool");
        Files.copy(Alerts.FILE, folder.resolve("alerts.yaml"));
        Files.copy(FIRING, folder.resolve("alerts.test.yaml"));
        Command tests = Command.run(folder, "promtool", "test", "rules", "alerts.test.yaml");
        assertThat(tests.exit()).as(tests.output()).isZero();
    }

    @Test
    void eachAlert_hasATestThatItFires() throws IOException {
        Map<String, List<Map<String, String>>> file = new Yaml().load(Files.readString(FIRING));
        assertThat(file.get("tests").stream().map(test -> test.get("name")))
                .containsAll(Alerts.read().names());
    }

    @Test
    void eachAlert_saysWhatAndHowBad_andIsInTheRunbook() throws IOException {
        String runbook = Files.readString(Path.of("docs/OPERATIONS.md"));
        for (Alerts.Alert alert : Alerts.read().all()) {
            assertThat(alert.severity()).as(alert.name()).isIn("warning", "critical");
            assertThat(alert.annotations())
                    .as(alert.name())
                    .containsKeys("summary", "description")
                    .containsEntry(
                            "runbook_url", "docs/OPERATIONS.md#" + alert.name().toLowerCase(Locale.ROOT));
            assertThat(runbook).contains("\n### " + alert.name() + "\n");
        }
    }
}
