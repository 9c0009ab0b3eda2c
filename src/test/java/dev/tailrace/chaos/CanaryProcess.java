package dev.tailrace.chaos;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.Processes;
import dev.tailrace.testing.TailraceCommand;
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

/** {@code tailrace canary} as a process of its own, which reports its totals five times a second. */
final class CanaryProcess implements AutoCloseable {

    private static final long NEVER = Long.MIN_VALUE;

    /** Several of its reports, and longer than a broker needs to detect a fault. */
    private static final long STEADY_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    private static final long MOST_BEHIND = 20;

    private final Path output;
    private final long quietMillis;
    private final Process process;

    CanaryProcess(Path directory, List<String> urls, int devices, int readers, int rate) {
        quietMillis = 500 + 1000 / rate;
        output = directory.resolve("canary.log");
        process = Processes.start(
                TailraceCommand.of(
                        TailraceCommand.SMALL_JVM,
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
                output);
    }

    /** Its newest totals; empty until it has reported. */
    JsonObject totals() {
        try {
            List<String> lines = Files.readAllLines(output);
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

    /** All other lines that it printed. */
    String complaints() {
        try {
            return String.join(
                    "\n",
                    Files.readAllLines(output).stream()
                            .filter(line -> !line.startsWith("{"))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until for some time every reader has received lines when they were due and lags by few, so that the effects of a fault are
     * known.
     *
     * @return how long that took
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

    /** Ends it, and returns the totals after all lines were accounted for. */
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
