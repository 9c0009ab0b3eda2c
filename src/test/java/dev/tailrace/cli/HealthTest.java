package dev.tailrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tailrace health}, against brokers that are well, that are not, and that are not there. */
final class HealthTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestConsole console = TestConsole.withInput("");

    private int run(Map<Setting, String> settings, String... options) {
        String[] line = new String[options.length + 1];
        line[0] = "health";
        System.arraycopy(options, 0, line, 1, options.length);
        return Main.run(console.console(), List.of(new Health(console.console(), settings)), line);
    }

    private static Map<Setting, String> of(RunningBroker broker) {
        return Map.of(
                Setting.MANAGEMENT_PORT, String.valueOf(broker.server().managementPort()),
                Setting.MANAGEMENT_HOST, "0.0.0.0",
                Setting.INSECURE, "true");
    }

    @Test
    void readyBroker_isHealthy() {
        try (RunningBroker broker = RunningBroker.start()) {
            await("ready").atMost(PATIENCE).until(() -> run(of(broker)) == 0);
        }
    }

    @Test
    void unavailableStorage_isLiveAndNotReady() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(Map.of(Setting.REDIS, redis.url()))) {
            await("ready").atMost(PATIENCE).until(() -> run(of(broker)) == 0);
            redis.kill();
            await("not ready").atMost(PATIENCE).until(() -> run(of(broker)) == 1);
            assertThat(run(of(broker), "--live")).isZero();
        }
    }

    @Test
    void absentBroker_isUnhealthy() {
        assertThat(run(Map.of(Setting.MANAGEMENT_PORT, String.valueOf(Ports.free())), "--live"))
                .isEqualTo(1);
    }

    @Test
    void managementTls_isTrustedByItsOwnFile_andNoOther(@TempDir Path folder) throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        var authority = new TestAuthority();
        try (RunningBroker broker = RunningBroker.start(authority, own, Map.of(Setting.MANAGEMENT_TLS, "true"))) {
            Map<Setting, String> settings = new EnumMap<>(TestAuthority.settings(own));
            settings.put(Setting.MANAGEMENT_TLS, "true");
            settings.put(Setting.MANAGEMENT_PORT, String.valueOf(broker.server().managementPort()));
            await("ready").atMost(PATIENCE).until(() -> run(settings) == 0);
            Path other = TestAuthority.lay(authority.server("broker"), Files.createDirectory(folder.resolve("other")));
            settings.putAll(TestAuthority.settings(other));
            assertThat(run(settings)).isEqualTo(1);
        }
    }
}
