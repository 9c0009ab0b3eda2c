package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.TestDevice;
import dev.tailrace.testing.TestReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Promises 1, 2 and 4 under load. */
class LoadTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Test
    void hundredThousandLines_ofFiftyDevices_areAllDeliveredAndTheNewestKept() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            List<TestDevice> devices = new ArrayList<>();
            List<TestReader> readers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                devices.add(scene.device("d" + i, 1 + i % 10));
                readers.add(scene.reader("d" + i));
            }
            await().atMost(PATIENCE)
                    .until(() ->
                            readers.stream().allMatch(reader -> reader.audit().isOpened()));

            devices.forEach(device -> device.writeUpTo(2000));

            await().atMost(PATIENCE).until(() -> devices.stream().allMatch(TestDevice::isDone));
            await().atMost(PATIENCE)
                    .until(() ->
                            readers.stream().allMatch(reader -> reader.audit().lastLine() == 2000));
            for (int i = 0; i < 50; i++) {
                assertThat(readers.get(i).audit().violations()).isEmpty();
                assertThat(readers.get(i).audit().entries()).isEqualTo(2000);
                assertThat(readers.get(i).audit().events()).isEmpty();
                assertHoldsExactly(scene, "d" + i, 1001, 2000);
            }
            assertThat(scene.metric("tailrace_lines_received_total")).isGreaterThanOrEqualTo(100_000);
            assertThat(scene.metric("tailrace_lines_stored_total")).isEqualTo(100_000);
            scene.assertNothingUnaccounted();
        }
    }

    private static void assertHoldsExactly(BrokerFixture scene, String device, int first, int last) throws Exception {
        JsonArray kept = new JsonArray(scene.get("/api/v1/devices/" + device + "/logs"));
        assertThat(kept).hasSize(last - first + 1);
        for (int i = 0; i < kept.size(); i++) {
            JsonObject entry = kept.getJsonObject(i);
            assertThat(entry.getString("id")).endsWith("-" + (first + i));
            assertThat(entry.getString("message")).startsWith(device + " " + (first + i) + " ");
        }
    }

    @Test
    void readerCutTwoHundredTimes_resumesByItsLastId_withoutLossOrRepetition() throws Exception {
        Random random = new Random(42);
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            TestDevice device = scene.device("d", 7);
            TestReader reader = scene.reader("d");
            await().atMost(PATIENCE).until(() -> reader.audit().isOpened());

            long line = 0;
            for (int cut = 1; cut <= 200; cut++) {
                line += 20 + random.nextInt(300);
                device.writeUpTo(line);
                int seen = cut;
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> reader.connects() >= seen);
                reader.cut();
            }
            device.writeUpTo(line + 100);
            long last = line + 100;

            await().atMost(PATIENCE).until(device::isDone);
            await().atMost(PATIENCE).until(() -> reader.audit().lastLine() == last);
            assertThat(reader.connects()).isGreaterThan(200);
            assertThat(reader.audit().violations()).isEmpty();
            assertThat(reader.audit().entries() + reader.audit().missing()).isEqualTo(last);
            assertThat(reader.audit().linesMissed()).isEqualTo(reader.audit().missing());
        }
    }

    @Test
    void producerThatResendsEverythingAfterEachCut_isStoredOnce() throws Exception {
        Random random = new Random(7);
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            TestDevice device = scene.device("d", 5);
            TestReader reader = scene.reader("d");
            await().atMost(PATIENCE).until(() -> reader.audit().isOpened());

            long line = 0;
            for (int cut = 1; cut <= 50; cut++) {
                line += 50 + random.nextInt(500);
                int seen = cut;
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> device.connects() >= seen);
                device.writeUpTo(line);
                long underWay = device.acknowledged();
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> device.isDone() || device.acknowledged() > underWay);
                device.cut();
            }
            long last = line;

            await().atMost(PATIENCE)
                    .until(() -> device.isDone() && reader.audit().lastLine() == last);
            assertThat(reader.audit().violations()).isEmpty();
            assertThat(reader.audit().entries()).isEqualTo(last);
            assertThat(scene.metric("tailrace_lines_stored_total")).isEqualTo(last);
            await().atMost(PATIENCE).untilAsserted(scene::assertNothingUnaccounted);
        }
    }

    @Test
    void readerThatStopsReading_getsExactGaps_andDisturbsNoOther() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            TestDevice device = scene.device("d", 50);
            TestReader fast = scene.reader("d");
            TestReader slow = scene.reader("d");
            await().atMost(PATIENCE)
                    .until(() -> fast.audit().isOpened() && slow.audit().isOpened());

            slow.pause();
            // How much sockets hold depends on the machine. Besides, the feed keeps 4 MiB for readers that lag.
            long written = 0;
            do {
                written += 10_000;
                long last = written;
                device.writeUpTo(last);
                await().atMost(PATIENCE)
                        .until(() -> device.isDone() && fast.audit().lastLine() == last);
            } while (scene.metric("tailrace_entries_delivered_total") > 2 * written - 100_000 && written < 2_000_000);
            long last = written;
            assertThat(scene.metric("tailrace_devices_paused")).isZero();
            slow.resume();

            await().atMost(PATIENCE).until(() -> slow.audit().lastLine() == last);
            assertThat(fast.audit().violations()).isEmpty();
            assertThat(fast.audit().entries()).isEqualTo(last);
            assertThat(slow.audit().violations()).isEmpty();
            assertThat(slow.audit().missing()).isPositive();
            assertThat(slow.audit().entries() + slow.audit().missing()).isEqualTo(last);
            assertThat(slow.audit().linesMissed()).isEqualTo(slow.audit().missing());
            assertThat(slow.audit().events()).allMatch(event -> event.startsWith("gap ") && event.contains("\"slow\""));
            assertThat(scene.metric("tailrace_gap_entries_total"))
                    .isEqualTo(slow.audit().missing());
        }
    }
}
