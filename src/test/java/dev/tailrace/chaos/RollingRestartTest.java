package dev.tailrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.chaos.Browsers.Return;
import dev.tailrace.testing.RedisProcess;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promise 8: all brokers are replaced, one by one, under readers and devices. {@code ROLL_READERS} and {@code ROLL_DEVICES} choose how
 * many; {@code make roll} has 10,000 and 1,000.
 */
final class RollingRestartTest {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /**
     * Whether the test is alone on its machine, so that readers come back when they were asked to. Beside other tests, delayed
     * readers come at once.
     */
    private static final boolean IS_MEASURED = System.getenv("ROLL_READERS") != null;

    private static final int DRAIN_SECONDS = IS_MEASURED ? 30 : 12;

    /** Readers are asked to come back over half of the drain time. */
    private static final long WINDOW_MILLIS = TimeUnit.SECONDS.toMillis(DRAIN_SECONDS / 2);

    private static final int PARTS = 6;
    private static final double MOST_OVER_AVERAGE = 1.5;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void brokersReplacedOneByOne_loseNothing_andReadersComeBackSpread() throws Exception {
        int readers = Integer.parseInt(System.getenv().getOrDefault("ROLL_READERS", "1500"));
        int devices = Integer.parseInt(System.getenv().getOrDefault("ROLL_DEVICES", "30"));
        List<ChaosBroker> brokers = new ArrayList<>();
        try (RedisProcess redis = RedisProcess.start()) {
            for (String name : List.of("one", "two", "three")) {
                brokers.add(ChaosBroker.start(
                        name, directory, redis.url(), "--drain-time", DRAIN_SECONDS + "s", "--drain-delay", "1s"));
            }
            brokers.forEach(ChaosBroker::awaitReady);
            List<String> urls = brokers.stream()
                    .map(broker -> "http://127.0.0.1:" + broker.port())
                    .toList(); // their networks do not fail here
            try (CanaryProcess canary = new CanaryProcess(directory, urls, devices, 1, 2);
                    Browsers flock = new Browsers(brokers, readers)) {
                await("all readers").atMost(PATIENCE).until(() -> flock.connected() == readers);
                canary.awaitDelivery(PATIENCE);
                for (ChaosBroker broker : brokers) {
                    replace(broker, flock, readers);
                    canary.awaitDelivery(PATIENCE);
                }
                JsonObject last = canary.end();
                System.out.println(
                        "Rolling restart of 3 brokers, " + readers + " readers, " + devices + " devices: " + last);
                assertThat(last.getBoolean("last")).as(canary.complaints()).isTrue();
                for (String fault :
                        List.of("lost", "duplicated", "reordered", "misstated", "renamed", "rejected", "told")) {
                    assertThat(last.getLong(fault)).as("%s: %s", fault, last).isZero();
                }
                assertThat(last.getLong("acknowledged")).isEqualTo(last.getLong("written"));
            }
        } finally {
            brokers.forEach(ChaosBroker::close);
        }
    }

    private static void replace(ChaosBroker broker, Browsers flock, int readers) throws InterruptedException {
        flock.takeReturns();
        int before = flock.connected();
        broker.signal("TERM");
        await("red").atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> !broker.isReady());
        assertThat(flock.connected())
                .as("no reader was disconnected before readiness was red")
                .isEqualTo(before);
        broker.stop();
        await("all readers are back").atMost(PATIENCE).until(() -> flock.connected() == readers);
        List<Return> returns = flock.takeReturns();
        assertThat(returns.size()).isGreaterThan(readers / 6);
        assertThat(returns).as("each was asked when to come back").noneMatch(one -> one.waitMillis() < 0);
        double asked = mostOverAverage(returns.stream().map(Return::waitMillis).toList());
        double came = mostOverAverage(
                returns.stream().map(one -> one.atNanos() / 1_000_000).toList());
        System.out.printf(
                "%d readers of %s were asked to come back, at most %.2f times as many at once as on average; %.2f times came%n",
                returns.size(), broker.name(), asked, came);
        assertThat(asked).isLessThanOrEqualTo(MOST_OVER_AVERAGE);
        if (IS_MEASURED) {
            assertThat(came).isLessThanOrEqualTo(MOST_OVER_AVERAGE);
        }
        broker.restart();
    }

    /** How many more than on average fall into the busiest part of the window; times in milliseconds. */
    private static double mostOverAverage(List<Long> times) {
        long first = times.stream().mapToLong(Long::longValue).min().orElseThrow();
        int[] parts = new int[PARTS];
        for (long at : times) {
            parts[(int) Math.min(PARTS - 1, (at - first) * PARTS / WINDOW_MILLIS)]++;
        }
        return Arrays.stream(parts).max().orElseThrow() * (double) PARTS / times.size();
    }
}
