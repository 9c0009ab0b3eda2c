package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TcpProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A fleet of five thousand devices in one view: listed, followed, and resumed after a cut. */
final class FleetViewTest {

    private static final int DEVICES = 5000;
    private static final double PATIENCE = 60_000;

    /** A stream that is cut before its first checkpoint rightly begins with a gap; the test cuts it later. */
    private static final String NOTE_PLACE = """
            () => {
              const Own = window.EventSource;
              window.EventSource = class extends Own {
                constructor(...all) {
                  super(...all);
                  this.addEventListener('checkpoint', event => {
                    if (!event.lastEventId.endsWith('.0')) window.hasPlace = true;
                  });
                }
              };
            }
            """;

    private static String device(int number) {
        return "pump-%04d".formatted(number);
    }

    /** Writes to Redis as a broker does, but not in five thousand requests. */
    private static void assign(RedisProcess redis) {
        List<String> fleets = new ArrayList<>(List.of("HSET", "tailrace:{fleets}:of"));
        List<String> members = new ArrayList<>(List.of("ZADD", "tailrace:{fleets}:devices"));
        List<String> seen = new ArrayList<>(List.of("ZADD", "tailrace:{devices}:seen"));
        for (int i = 0; i < DEVICES; i++) {
            seen.addAll(List.of(Long.toString(System.currentTimeMillis()), device(i)));
            fleets.addAll(List.of(device(i), "plant"));
            members.addAll(List.of("0", "plant/" + device(i)));
        }
        redis.command(seen.toArray(String[]::new));
        redis.command(fleets.toArray(String[]::new));
        redis.command(members.toArray(String[]::new));
        redis.command("HSET", "tailrace:{fleets}:sizes", "plant", Integer.toString(DEVICES));
    }

    @Test
    void fiveThousandDevices_areListedAndFollowed_andACutLosesAndRepeatsNothing() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(Map.of(Setting.REDIS, redis.url()));
                TcpProxy network = new TcpProxy(broker.port())) {
            assign(redis);
            IntStream.range(0, 20).forEach(i -> broker.say(device(i), "old " + i));
            try (Dashboard dashboard = Dashboard.open("http://127.0.0.1:" + network.port() + "/", "", options -> {})) {
                List<String> streams = new CopyOnWriteArrayList<>();
                dashboard.page.onRequest(request -> {
                    if (request.url().contains("/logs/stream")) {
                        streams.add(request.url());
                    }
                });
                dashboard.askUntil(
                        () -> dashboard.id("device-count").textContent().startsWith("5,000 devices"));
                dashboard.page.evaluate(NOTE_PLACE);
                dashboard.go("#fleet=plant");
                var patience = new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE);
                assertThat(dashboard.id("state-text")).hasText("live", patience);
                assertThat(dashboard.page.locator(".device-row").count()).isBetween(1, 100);
                dashboard.askUntil(() -> Boolean.TRUE.equals(dashboard.page.evaluate("window.hasPlace === true")));
                broker.say(device(4711), "before the cut");
                seen(dashboard, "before the cut");
                assertThat(dashboard.items().count()).isBetween(10, 200);

                network.refuse();
                network.cut();
                assertThat(dashboard.id("state-text")).hasText(Pattern.compile("reconnecting in \\d+ s.*"), patience);
                IntStream.range(0, 5).forEach(i -> broker.say(device(i * 1000), "missed " + i));
                network.accept();
                dashboard.id("retry").click();
                IntStream.range(0, 5).forEach(i -> seen(dashboard, "missed " + i));
                broker.say(device(4711), "after the cut");
                seen(dashboard, "after the cut");
                assertThat(dashboard.item("before the cut")).hasCount(1);
                assertThat(dashboard.page.locator(".note.gap")).hasCount(0);
                dashboard.screenshot("fleet-of-5000");

                assertThat(streams).hasSizeGreaterThan(1).allMatch(url -> url.length() < 300);
                assertThat(streams.get(streams.size() - 1)).contains("&after=s.");
            }
        }
    }

    private static void seen(Dashboard dashboard, String text) {
        assertThat(dashboard.item(text)).hasCount(1, new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE));
    }
}
