package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RedisProcess;
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
            List<NumberingDevice> devices = new ArrayList<>();
            List<CountingReader> readers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                devices.add(scene.device("d" + i, 1 + i % 10));
                readers.add(scene.reader("d" + i));
            }
            await().atMost(PATIENCE).until(() -> readers.stream().allMatch(CountingReader::isOpened));

            devices.forEach(device -> device.writeUpTo(2000));

            await().atMost(PATIENCE).until(() -> devices.stream().allMatch(NumberingDevice::isDone));
            await().atMost(PATIENCE).until(() -> readers.stream().allMatch(reader -> reader.lastLine() == 2000));
            for (int i = 0; i < 50; i++) {
                assertThat(readers.get(i).violations()).isEmpty();
                assertThat(readers.get(i).delivered()).isEqualTo(2000);
                assertThat(readers.get(i).events()).isEmpty();
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
            NumberingDevice device = scene.device("d", 7);
            CountingReader reader = scene.reader("d");
            await().atMost(PATIENCE).until(reader::isOpened);

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
            await().atMost(PATIENCE).until(() -> reader.lastLine() == last);
            assertThat(reader.connects()).isGreaterThan(200);
            assertThat(reader.violations()).isEmpty();
            assertThat(reader.delivered() + reader.inGaps()).isEqualTo(last);
            assertThat(reader.linesMissed()).isEqualTo(reader.inGaps());
        }
    }

    @Test
    void producerThatResendsEverythingAfterEachCut_isStoredOnce() throws Exception {
        Random random = new Random(7);
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            NumberingDevice device = scene.device("d", 5);
            CountingReader reader = scene.reader("d");
            await().atMost(PATIENCE).until(reader::isOpened);

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

            await().atMost(PATIENCE).until(() -> device.isDone() && reader.lastLine() == last);
            assertThat(reader.violations()).isEmpty();
            assertThat(reader.delivered()).isEqualTo(last);
            assertThat(scene.metric("tailrace_lines_stored_total")).isEqualTo(last);
            await().atMost(PATIENCE).untilAsserted(scene::assertNothingUnaccounted);
        }
    }

    @Test
    void readerThatStopsReading_getsExactGaps_andHurtsNobody() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            NumberingDevice device = scene.device("d", 50);
            CountingReader fast = scene.reader("d");
            CountingReader slow = scene.reader("d");
            await().atMost(PATIENCE).until(() -> fast.isOpened() && slow.isOpened());

            slow.pause();
            // How much sockets hold is the machine's affair. On top of it the feed keeps 4 MiB for who lags.
            long written = 0;
            do {
                written += 10_000;
                long last = written;
                device.writeUpTo(last);
                await().atMost(PATIENCE).until(() -> device.isDone() && fast.lastLine() == last);
            } while (scene.metric("tailrace_entries_delivered_total") > 2 * written - 100_000 && written < 2_000_000);
            long last = written;
            assertThat(scene.metric("tailrace_devices_paused")).isZero();
            slow.resume();

            await().atMost(PATIENCE).until(() -> slow.lastLine() == last);
            assertThat(fast.violations()).isEmpty();
            assertThat(fast.delivered()).isEqualTo(last);
            assertThat(slow.violations()).isEmpty();
            assertThat(slow.inGaps()).isPositive();
            assertThat(slow.delivered() + slow.inGaps()).isEqualTo(last);
            assertThat(slow.linesMissed()).isEqualTo(slow.inGaps());
            assertThat(slow.events()).allMatch(event -> event.startsWith("gap ") && event.contains("\"slow\""));
            assertThat(scene.metric("tailrace_gap_entries_total")).isEqualTo(slow.inGaps());
        }
    }
}
