package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RedisSentinels;
import dev.tailrace.testing.TestDevice;
import dev.tailrace.testing.TestReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/**
 * Promises 3, 5 and 7: while devices write and readers watch, storage is stopped, killed, emptied and failed over. Streams
 * stay open, devices are paused and go on, and every acknowledged line is delivered, or covered by a gap.
 */
class StorageFaultTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration RECOVERY = Duration.ofSeconds(15);

    /** Three devices, each with a reader, in the middle of a steady load. */
    private static final class Load {
        final List<TestDevice> devices = new ArrayList<>();
        final List<TestReader> readers = new ArrayList<>();
        final BrokerFixture scene;

        Load(BrokerFixture scene) {
            this.scene = scene;
            for (String name : List.of("a", "b", "c")) {
                devices.add(scene.device(name, 3));
                readers.add(scene.reader(name));
            }
            await().atMost(PATIENCE)
                    .until(() ->
                            readers.stream().allMatch(reader -> reader.audit().isOpened()));
            devices.forEach(device -> device.writeSteadily(5));
            awaitProgress();
        }

        /** Lines flow from every device to its reader. */
        void awaitProgress() {
            for (int i = 0; i < devices.size(); i++) {
                TestReader reader = readers.get(i);
                long before = reader.audit().lastLine();
                await("reader " + i).atMost(RECOVERY).until(() -> reader.audit().lastLine() > before + 20);
            }
        }

        void awaitStatus(String storage) {
            for (TestReader reader : readers) {
                await("storage " + storage)
                        .atMost(RECOVERY)
                        .until(() -> reader.audit().events().contains("status {\"storage\":\"" + storage + "\"}"));
            }
        }

        /** Every acknowledged line has come, once and in order. */
        void assertWhole() throws Exception {
            assertEndsInOrder();
            for (TestReader reader : readers) {
                assertThat(reader.audit().epochChanges()).isZero();
                assertThat(reader.audit().linesMissed())
                        .isEqualTo(reader.audit().missing());
            }
            scene.assertNothingUnaccounted();
        }

        void assertEndsInOrder() {
            devices.forEach(TestDevice::rest);
            await("all acknowledged")
                    .atMost(PATIENCE)
                    .until(() -> devices.stream().allMatch(TestDevice::isDone));
            for (int i = 0; i < devices.size(); i++) {
                long last = devices.get(i).acknowledged();
                TestReader reader = readers.get(i);
                await("reader " + i).atMost(PATIENCE).until(() -> reader.audit().lastLine() == last);
                assertThat(reader.audit().violations()).isEmpty();
                assertThat(reader.connects()).as("streams stay open").isEqualTo(1);
            }
        }
    }

    private static void become(boolean wanted, Callable<Boolean> state) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> state.call() == wanted);
    }

    @Test
    void redisSuspendedForFiveSeconds_pausesDevices_andNothingIsLost() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(
                        redis.url(),
                        Map.of(Setting.INGEST_WINDOW_LINES, "500", Setting.SOCKET_RECEIVE_BUFFER, "16KiB"))) {
            Load load = new Load(scene);

            redis.suspend();
            long suspended = System.nanoTime();
            load.awaitStatus("away");
            become(false, scene::isReady);
            load.devices.forEach(device -> device.writeUpTo(5_000)); // far more than a window
            await("devices are paused").atMost(RECOVERY).until(() -> scene.metric("tailrace_devices_paused") == 3);
            await("five seconds").atMost(RECOVERY).until(() -> System.nanoTime() - suspended > 5_000_000_000L);
            redis.resume();

            load.awaitStatus("back");
            become(true, scene::isReady);
            load.assertWhole();
            assertThat(scene.metric("tailrace_devices_paused")).isZero();
        }
    }

    @Test
    void redisKilledAndRestartedWithItsData_losesNothing_andReportsANewEpoch() throws Exception {
        try (RedisProcess redis = RedisProcess.durable();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            Load load = new Load(scene);

            redis.kill();
            load.awaitStatus("away");
            redis.restart();

            load.awaitStatus("back");
            load.awaitProgress();
            load.assertEndsInOrder();
            for (TestReader reader : load.readers) {
                assertThat(reader.audit().epochChanges()).isEqualTo(1);
                assertThat(reader.audit().linesOffAtEpochs()).isZero();
                assertThat(reader.audit().linesMissed()).isZero();
            }
            scene.assertNothingUnaccounted();
        }
    }

    @Test
    void redisKilledAndRestartedEmpty_beginsANewEpoch_andSaysSo() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            Load load = new Load(scene);

            redis.kill();
            load.awaitStatus("away");
            redis.restart();

            load.awaitStatus("back");
            load.awaitProgress();
            load.assertEndsInOrder();
            assertThat(load.readers).allMatch(reader -> reader.audit().epochChanges() == 1);
            scene.assertNothingUnaccounted();
        }
    }

    @Test
    void flushAll_beginsANewEpoch_andSaysSo() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            Load load = new Load(scene);

            redis.command("FLUSHALL");

            load.awaitProgress();
            load.assertEndsInOrder();
            assertThat(load.readers).allMatch(reader -> reader.audit().epochChanges() == 1);
            assertThat(load.devices).allMatch(device -> device.connects() == 1);
        }
    }

    @Test
    void subscriptionsKilledAndScriptsFlushed_losesNothing() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            Load load = new Load(scene);

            for (int i = 0; i < 5; i++) {
                redis.command("CLIENT", "KILL", "TYPE", "pubsub");
                redis.command("SCRIPT", "FLUSH");
                load.awaitProgress();
            }

            load.assertWhole();
            assertThat(load.devices).allMatch(device -> device.connects() == 1);
        }
    }

    @Test
    void allConnectionsKilled_losesNothing() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            Load load = new Load(scene);

            for (int i = 0; i < 5; i++) {
                redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
                load.awaitProgress();
            }

            load.assertWhole();
        }
    }

    @Test
    void sentinelsFailOver_andTheLoadGoesOn() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                BrokerFixture scene = BrokerFixture.start(sentinels.url())) {
            Load load = new Load(scene);

            RedisProcess former = sentinels.master();
            former.kill();
            sentinels.awaitFailoverFrom(former);

            load.awaitProgress();
            load.assertEndsInOrder();
            scene.assertNothingUnaccounted();
        }
    }

    @Test
    void clusterFailsOver_andTheLoadGoesOn() throws Exception {
        try (RedisCluster cluster = RedisCluster.start(3, 1);
                BrokerFixture scene = BrokerFixture.start(cluster.url())) {
            Load load = new Load(scene);

            RedisProcess former = cluster.masterOf("tailrace:{a}:ring");
            former.kill();
            cluster.awaitFailoverFrom(former);

            load.awaitProgress();
            load.assertEndsInOrder();
            scene.assertNothingUnaccounted();
        }
    }

    @Test
    void clusterMasterGone_otherDevicesAreNotHeldUp() throws Exception {
        try (RedisCluster cluster = RedisCluster.start(3, 0);
                BrokerFixture scene = BrokerFixture.start(cluster.url())) {
            TestDevice device = scene.device("a", 3);
            TestReader reader = scene.reader("a");
            await().atMost(PATIENCE).until(() -> reader.audit().isOpened());
            RedisProcess used = cluster.masterOf("tailrace:{a}:ring");
            cluster.nodes().forEach(node -> node.command("CONFIG", "SET", "cluster-require-full-coverage", "no"));

            cluster.nodes().stream()
                    .filter(node -> node != used)
                    .findFirst()
                    .orElseThrow()
                    .kill();
            device.writeUpTo(20_000);

            await().atMost(PATIENCE).until(() -> reader.audit().lastLine() == 20_000);
            assertThat(reader.audit().violations()).isEmpty();
            become(true, scene::isReady);
        }
    }
}
