package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SampleLines;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand lines a second: what the page holds stays bounded, and nothing vanishes in silence. The duration of its frames is
 * written to {@code target/dashboard-frames.json} and not asserted, because it depends on the machine.
 */
final class SmoothnessTest {

    private static final int BATCH = 200;
    private static final int BATCHES = 150;
    private static final int BATCH_MILLIS = 20;
    private static final int KEPT = 10_000;

    private static final String MEASURE = """
            () => {
              window.frames_ = [];
              window.nodes_ = 0;
              window.waiting_ = 0;
              let last = performance.now();
              const frame = now => {
                window.frames_.push(now - last);
                last = now;
                window.nodes_ = Math.max(window.nodes_, document.querySelectorAll('#lines *').length);
                window.measuring_ && requestAnimationFrame(frame);
              };
              window.measuring_ = true;
              requestAnimationFrame(frame);
            }""";

    /** The time of the page's own scripts within each frame, without the browser's rendering. */
    private static final String MEASURE_SCRIPTS = """
            window.scripts_ = [];
            const original = window.requestAnimationFrame.bind(window);
            window.requestAnimationFrame = callback => original(now => {
              const began = performance.now();
              callback(now);
              window.scripts_.push(performance.now() - began);
            });""";

    @Test
    void tenThousandLinesASecond_areShown_withinBounds() throws Exception {
        // A ring for all of them, so that a slow machine makes the reader late and no gaps.
        Map<Setting, String> settings =
                Map.of(Setting.DRAIN_TIME, "1s", Setting.RING_CAPACITY, String.valueOf(BATCH * BATCHES));
        try (RunningBroker broker = RunningBroker.start(settings)) {
            broker.say("fast", "first");
            try (Dashboard dashboard = Dashboard.watching(broker, "fast")) {
                dashboard.page.addInitScript(MEASURE_SCRIPTS);
                dashboard.page.reload();
                assertThat(dashboard.items()).hasCount(1);
                Path trace = Path.of("target/dashboard-trace.json");
                Chromium.browser()
                        .startTracing(
                                dashboard.page,
                                new Browser.StartTracingOptions()
                                        .setPath(trace)
                                        .setCategories(List.of("toplevel", "__metadata")));
                dashboard.page.evaluate(MEASURE);
                long began = System.nanoTime();
                CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> send(broker));
                while (!sender.isDone()) {
                    dashboard.page.waitForTimeout(100); // and its frames go on
                }
                sender.join();
                double seconds = (System.nanoTime() - began) / 1e9;
                int all = BATCH * BATCHES + 1;
                assertThat(dashboard.id("left"))
                        .hasText(
                                "%,d older lines dropped from this view, which keeps %,d lines."
                                        .formatted(all - KEPT, KEPT),
                                Dashboard.within());
                dashboard.page.evaluate("window.measuring_ = false");
                Chromium.browser().stopTracing();
                assertThat(dashboard.id("amount")).hasText("10,000 lines");
                assertThat(dashboard.page.locator("#lines .item").last()).containsText("job " + (BATCH - 1) + " ");

                double[] millis = measured(dashboard, "frames_");
                int nodes = ((Number) dashboard.page.evaluate("window.nodes_")).intValue();
                double[] tasks = Trace.mainThreadTasks(trace, "dur");
                double[] work = Trace.mainThreadTasks(trace, "tdur");
                Files.delete(trace); // most of a hundred MB
                JsonObject figures = new JsonObject()
                        .put("linesPerSecond", Math.round(all / seconds))
                        .put("domNodes", nodes)
                        .put("frameIntervalMillis", percentiles(millis))
                        .put("scriptMillisPerFrame", percentiles(measured(dashboard, "scripts_")))
                        .put("mainThreadTaskMillis", percentiles(tasks))
                        .put("mainThreadTaskCpuMillis", percentiles(work));
                Files.writeString(Path.of("target/dashboard-frames.json"), figures.encodePrettily());
                System.out.println("dashboard at 10,000 lines/s: " + figures.encode());
                assertThat(nodes).isLessThan(2000);
                assertThat(millis[millis.length - 1]).as("longest stall in ms").isLessThan(5000);
            }
        }
    }

    private static double[] measured(Dashboard dashboard, String what) {
        String json = (String) dashboard.page.evaluate("JSON.stringify(window." + what + ")");
        return new JsonArray(json)
                .stream()
                        .mapToDouble(one -> ((Number) one).doubleValue())
                        .sorted()
                        .toArray();
    }

    private static JsonObject percentiles(double[] sorted) {
        JsonObject summary = new JsonObject().put("count", sorted.length);
        for (double percent : new double[] {50, 90, 99, 99.9, 100}) {
            int index = Math.min(sorted.length - 1, (int) (sorted.length * percent / 100));
            summary.put(
                    "p" + (percent == (int) percent ? String.valueOf((int) percent) : String.valueOf(percent)),
                    Math.round(sorted[index] * 10) / 10.0);
        }
        return summary;
    }

    private static void send(RunningBroker broker) {
        byte[] lines = SampleLines.ndjson(BATCH);
        long next = System.nanoTime();
        for (int i = 0; i < BATCHES; i++) {
            HttpRequest request = HttpRequest.newBuilder(broker.uri("/api/v1/devices/fast/logs"))
                    .header("Content-Type", "application/x-ndjson")
                    .POST(BodyPublishers.ofByteArray(lines))
                    .build();
            HttpResponse<Void> answer =
                    broker.http.sendAsync(request, BodyHandlers.discarding()).join();
            if (answer.statusCode() != 202) {
                throw new AssertionError(answer.statusCode());
            }
            next += TimeUnit.MILLISECONDS.toNanos(BATCH_MILLIS);
            java.util.concurrent.locks.LockSupport.parkNanos(next - System.nanoTime());
        }
    }
}
