package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The manual for operators: what it names is there, and what it has them type works. */
final class OperationsTest {

    private static final Path FILE = Path.of("docs/OPERATIONS.md");

    private static String manual() throws IOException {
        return Files.readString(FILE);
    }

    @Test
    void redisConfiguration_isTheFilesOne() throws IOException {
        String file = Files.readString(Path.of("deploy/redis.conf"));
        assertThat(file)
                .contains("maxmemory-policy noeviction")
                .contains("client-output-buffer-limit pubsub 256mb 64mb 60")
                .contains("appendfsync everysec");
        assertThat(manual())
                .contains("`pubsub 256mb 64mb 60`")
                .contains("`everysec`")
                .contains("`noeviction`");
    }

    @Test
    void redisUser_suffices() throws IOException {
        String line = manual().replace("\\\n", " ")
                .lines()
                .filter(one -> one.startsWith("ACL SETUSER"))
                .findFirst()
                .orElseThrow();
        try (RedisProcess redis = RedisProcess.start()) {
            redis.command(line.trim().split("\\s+", -1));
            String url = redis.url().replace("://", "://tailrace:PASSWORD@");
            try (RunningBroker broker = RunningBroker.start(Map.of(Setting.REDIS, url))) {
                await("ready")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> broker.management("/health/ready").statusCode() == 200);
                String device = RunningBroker.newDevice();
                broker.say(device, "stored");
                assertThat(broker.messages(device)).containsExactly("stored");
                assertThat(broker.request("PUT", "/api/v1/devices/" + device + "/fleet", "{\"fleet\":\"f\"}")
                                .statusCode())
                        .isLessThan(300);
                assertThat(broker.get("/api/v1/devices?fleet=f").body()).contains(device);
                assertThat(broker.delete("/api/v1/devices/" + device + "/logs").statusCode())
                        .isLessThan(300);
                assertThat(broker.messages(device)).isEmpty();
            }
        }
    }
}
