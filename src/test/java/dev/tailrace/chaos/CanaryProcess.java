package dev.tailrace.chaos;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.Processes;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionTimeoutException;

/** {@code tailrace canary} as a process of its own, and what it tells five times a second. */
final class CanaryProcess implements AutoCloseable {

    private static final long NEVER = Long.MIN_VALUE;

    /** Some of its totals, and longer than a broker needs to see that something is wrong. */
    private static final long STEADY_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    private static final long MOST_BEHIND = 20;

    private final Path told;
    private final long quietMillis;
    private final Process process;

    CanaryProcess(Path directory, List<String> urls, int devices, int readers, int rate) {
        quietMillis = 500 + 1000 / rate;
        told = directory.resolve("canary.log");
        process = Processes.start(
                BrokerProcess.tailrace(
                        "canary",
                        "--url",
                        String.join(",", urls),
                        "--devices",
                        "" + devices,
                        "--readers",
                        "" + readers,
                        "--rate",
                        "" + rate,
                        "--silence",
                        "4s",
                        "--interval",
                        "200ms",
                        "--settle",
                        "60s",
                        "--json"),
                directory,
                told);
    }

    /** Its newest totals; empty before the first. */
    JsonObject totals() {
        try {
            List<String> lines = Files.readAllLines(told);
            for (int i = lines.size() - 1; i >= 0; i--) {
                if (lines.get(i).startsWith("{") && lines.get(i).endsWith("}")) {
                    return new JsonObject(lines.get(i));
                }
            }
            return new JsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it said besides. */
    String complaints() {
        try {
            return String.join(
                    "\n",
                    Files.readAllLines(told).stream()
                            .filter(line -> !line.startsWith("{"))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until every reader has got a line within the last half second, or when the next was due, and lacks few, and that for a while, so that what a fault has done is known.
     *
     * @return for how long it was not so
     */
    Duration awaitDelivery(Duration limit) {
        long from = System.nanoTime();
        var since = new AtomicLong(NEVER);
        try {
            await("every reader gets lines")
                    .atMost(limit)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        since.compareAndSet(NEVER, System.nanoTime());
                        if (!isDelivering()) {
                            since.set(NEVER);
                            return false;
                        }
                        return System.nanoTime() - since.get() > STEADY_NANOS;
                    });
        } catch (ConditionTimeoutException never) {
            throw new AssertionError("no delivery: " + totals() + "\n" + complaints(), never);
        }
        return Duration.ofNanos(since.get() - from);
    }

    private boolean isDelivering() {
        JsonObject now = totals();
        return now.getLong("quietMillis", Long.MAX_VALUE) < quietMillis && now.getLong("behind") < MOST_BEHIND;
    }

    /** Lets it settle its accounts. */
    JsonObject end() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the canary does not end");
        }
        return totals();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
