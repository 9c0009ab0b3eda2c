package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fleets with ever new names, and epochs of rings, leave nothing in storage when they are gone. */
@Tag("long")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class GrowthTest {

    private static final int FLEETS = 1500;
    private static final int DEVICES = 20;
    private static final int EPOCHS = 400;

    /** The first ones pay for what is made once: connections, compiled code, buffers. */
    private static final int WARM = 100;

    private static final int MIB = 1024 * 1024;

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** The bytes of all keys of a pattern together. */
    private static long bytes(RedisProcess redis, String pattern) {
        return ((List<?>) redis.command("KEYS", pattern))
                .stream()
                        .mapToLong(key -> (Long) redis.command("MEMORY", "USAGE", key.toString(), "SAMPLES", "0"))
                        .sum();
    }

    private static void assign(RunningBroker broker, String device, String fleet) {
        assertThat(broker.request(
                                "PUT",
                                "/api/v1/devices/" + device + "/fleet",
                                new JsonObject().put("fleet", fleet).encode())
                        .statusCode())
                .isEqualTo(204);
    }

    /** Each fleet has a rate, is followed by a stream, and is gone. */
    @Test
    void deviceThatMovesThroughVeryManyFleets_leavesNothingOfThem() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker =
                        RunningBroker.start(Map.of(Setting.REDIS, redis.url(), Setting.FLEET_LINES, "100000"))) {
            long heap = 0;
            long stored = 0;
            for (int i = 0; i < FLEETS; i++) {
                if (i == WARM) {
                    heap = heap();
                    stored = bytes(redis, "tailrace:{fleets}:*");
                }
                String fleet = "fleet-" + "x".repeat(80) + i;
                assign(broker, "lamp", fleet);
                broker.say("lamp", "line");
                if (i % 20 == 0) {
                    try (SseReader reader = SseReader.open(broker.port(), "/api/v1/logs/stream?fleet=" + fleet)) {
                        assertThat(reader.status()).isEqualTo(200);
                    }
                }
            }
            long grown = heap() - heap;
            long more = bytes(redis, "tailrace:{fleets}:*") - stored;
            await().atMost(20, SECONDS).until(() -> broker.metric("tailrace_subscribers") == 0);
            HostileTools.figures(
                    FLEETS + " fleets of one device", "heap " + grown / 1024 + " KiB more, Redis " + more + " B");
            assertThat(grown).isLessThan(4L * MIB);
            assertThat(more).isLessThan(1024);
        }
    }

    /** Each has another name, and each ring forks off at its head. */
    @Test
    void veryManyEpochs_leaveEightOfEachRing() throws Exception {
        try (RedisProcess redis = RedisProcess.start("--enable-debug-command", "yes");
                RunningBroker broker = RunningBroker.start(Map.of(Setting.REDIS, redis.url()));
                SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/lamp-0/logs/stream")) {
            assertThat(reader.status()).isEqualTo(200);
            long heap = 0;
            long stored = 0;
            for (int i = 0; i < EPOCHS; i++) {
                if (i == WARM) {
                    heap = heap();
                    stored = bytes(redis, "tailrace:{lamp-*}:meta");
                }
                redis.command("DEBUG", "CHANGE-REPL-ID");
                for (int device = 0; device < DEVICES; device++) {
                    broker.say("lamp-" + device, "line " + i);
                }
                EventReader.Event event = reader.message();
                while (event.name() != null) {
                    event = reader.message();
                }
                assertThat(event.json().getString("message")).isEqualTo("line " + i);
            }
            String lineage = (String) redis.command("HGET", "tailrace:{lamp-0}:meta", "lineage");
            long grown = heap() - heap;
            long more = bytes(redis, "tailrace:{lamp-*}:meta") - stored;
            HostileTools.figures(
                    EPOCHS + " epochs of " + DEVICES + " rings",
                    "heap " + grown / 1024 + " KiB more, Redis " + more + " B");
            assertThat(lineage.split(" ")).hasSize(14);
            assertThat(grown).isLessThan(4L * MIB);
            assertThat(more).isLessThan(DEVICES * 512L);
        }
    }
}
