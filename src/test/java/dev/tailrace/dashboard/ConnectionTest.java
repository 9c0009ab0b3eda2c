package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Route;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TcpProxy;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page shows its actual state. */
final class ConnectionTest {

    private static final Pattern RECONNECTING = Pattern.compile("reconnecting in \\d+ s.*");

    private static RedisProcess redis;
    private static String port;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
        port = String.valueOf(Ports.free());
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static RunningBroker broker() {
        return RunningBroker.start(Map.of(
                Setting.PORT,
                port,
                Setting.REDIS,
                redis.url(),
                Setting.DRAIN_TIME,
                "1s",
                Setting.REDIS_TIMEOUT,
                "500ms"));
    }

    @Test
    void drainingBroker_isWaitedFor_andResumedFrom_withEachLineOnce() {
        String device = RunningBroker.newDevice();
        RunningBroker first = broker();
        first.say(device, "one", "two");
        try (Dashboard dashboard = Dashboard.watching(first, device)) {
            assertThat(dashboard.items()).hasCount(2);
            first.close();
            dashboard.awaitState(RECONNECTING);
            assertThat(dashboard.id("retry")).isVisible();
            assertThat(dashboard.page.locator("#state-spoken"))
                    .hasText(Pattern.compile("connection lost, reconnecting.*"));
            dashboard.screenshot("reconnecting");
            try (RunningBroker second = broker()) {
                second.say(device, "three");
                dashboard.awaitState("live");
                assertThat(dashboard.item("three")).isVisible();
                second.say(device, "four");
                assertThat(dashboard.item("four")).isVisible();
                assertThat(dashboard
                                .page
                                .locator("#lines .item:not(.note) .text")
                                .allInnerTexts())
                        .containsExactly("one", "two", "three", "four");
                assertThat(dashboard.id("retry")).isHidden();
                assertThat(dashboard.page.locator(".note.gap")).hasCount(0);
            }
        }
    }

    @Test
    void lostConnection_isReopened_afterTheLastLine() {
        String device = RunningBroker.newDevice();
        try (RunningBroker broker = broker();
                TcpProxy network = new TcpProxy(broker.port())) {
            broker.say(device, "one");
            try (Dashboard dashboard =
                    Dashboard.open("http://127.0.0.1:" + network.port() + "/", "#device=" + device, options -> {})) {
                dashboard.awaitState("live");
                assertThat(dashboard.items()).hasCount(1);
                network.refuse();
                network.cut();
                dashboard.awaitState(RECONNECTING);
                broker.say(device, "two");
                network.accept();
                dashboard.awaitState("live");
                assertThat(dashboard.item("two")).isVisible();
                assertThat(dashboard.texts()).containsExactly("one", "two");
            }
        }
    }

    @Test
    void silentConnection_isReopened() {
        String device = RunningBroker.newDevice();
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.STREAM_HEARTBEAT, "300ms"));
                TcpProxy network = new TcpProxy(broker.port())) {
            broker.say(device, "one");
            try (Dashboard dashboard =
                    Dashboard.open("http://127.0.0.1:" + network.port() + "/", "#device=" + device, options -> {})) {
                dashboard.awaitState("live");
                assertThat(dashboard.items()).hasCount(1);
                network.stall(); // nothing is cut, and nothing comes
                dashboard.awaitState(RECONNECTING);
                broker.say(device, "two");
                network.flow();
                dashboard.awaitState("live");
                assertThat(dashboard.item("two")).isVisible();
                assertThat(dashboard.texts()).containsExactly("one", "two");
            }
        }
    }

    /** Nothing but what browsers bring; any status other than 200 would end it for good. */
    @Test
    void nativeEventSource_resumesAfterARestart_withEachLineOnce() {
        String device = RunningBroker.newDevice();
        RunningBroker first = broker();
        try (Dashboard page = Dashboard.open(first)) {
            page.page.evaluate(
                    "device => {"
                            + " window.received = []; window.alive = 0;"
                            + " window.source = new EventSource(`/api/v1/devices/${device}/logs/stream`);"
                            + " source.onmessage = event => received.push(JSON.parse(event.data).message);"
                            + " source.addEventListener('alive', () => alive++); }",
                    device);
            awaitInPage(page, "window.alive > 0");
            first.say(device, "one");
            awaitInPage(page, "window.received.length === 1");
            first.close();
            awaitInPage(page, "window.source.readyState === 0");
            try (RunningBroker second = broker()) {
                second.say(device, "two");
                awaitInPage(page, "window.received.length > 1");
                second.say(device, "three");
                awaitInPage(page, "window.received.length > 2");
                assertThat(page.page.evaluate("window.received")).isEqualTo(List.of("one", "two", "three"));
            }
        }
    }

    /** Asked from outside, because the page's own policy permits no text to be run as a script. */
    private static void awaitInPage(Dashboard page, String condition) {
        await().atMost(30, SECONDS).until(() -> Boolean.TRUE.equals(page.page.evaluate(condition)));
    }

    @Test
    void linesThatLeftTheRingMeanwhile_areAGap() {
        String device = RunningBroker.newDevice();
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.RING_CAPACITY, "10", Setting.DRAIN_TIME, "1s"));
                TcpProxy network = new TcpProxy(broker.port())) {
            broker.say(device, "one");
            try (Dashboard dashboard =
                    Dashboard.open("http://127.0.0.1:" + network.port() + "/", "#device=" + device, options -> {})) {
                dashboard.awaitState("live");
                assertThat(dashboard.items()).hasCount(1);
                network.refuse();
                network.cut();
                dashboard.awaitState(RECONNECTING);
                broker.say(
                        device,
                        IntStream.range(0, 15).mapToObj(i -> "more " + i).toArray(String[]::new));
                network.accept();
                dashboard.awaitState("live");
                assertThat(dashboard.items()).hasCount(12);
                assertThat(dashboard.items().nth(1).locator(".text"))
                        .hasText(Pattern.compile("Gap: 5 lines lost of " + device + ": .* \\(evicted\\)"));
            }
        }
    }

    @Test
    void readerWhoCannotWait_reconnectsAtOnce() {
        String device = RunningBroker.newDevice();
        try (RunningBroker broker = broker();
                Dashboard dashboard = Dashboard.open(broker)) {
            broker.say(device, "one");
            dashboard.page.route("**/logs/stream?**", Route::abort);
            dashboard.go("#device=" + device);
            dashboard.awaitState(RECONNECTING);
            assertThat(dashboard.id("retry")).isVisible();
            dashboard.page.unroute("**/logs/stream?**");
            dashboard.page.evaluate("document.getElementById('retry').click()"); // it may be hidden by now
            dashboard.awaitState("live");
            assertThat(dashboard.items()).hasCount(1);
        }
    }

    @Test
    void unavailableStorage_isShown_andItsReturn() {
        String device = RunningBroker.newDevice();
        try (RunningBroker broker = broker()) {
            broker.say(device, "one");
            try (Dashboard dashboard = Dashboard.watching(broker, device, RunningBroker.newDevice())) {
                assertThat(dashboard.items()).hasCount(1);
                redis.suspend();
                try {
                    dashboard.awaitState(
                            Pattern.compile("storage is unavailable.*|the broker cannot reach its storage.*"));
                    assertThat(dashboard.page.locator(".note.status").first())
                            .hasText("storage is unavailable: new lines cannot be shown", Dashboard.within());
                } finally {
                    redis.resume();
                }
                dashboard.awaitState("live");
                assertThat(dashboard.page.locator(".note.status").last())
                        .hasText("storage is available again", Dashboard.within());
                broker.say(device, "two");
                assertThat(dashboard.item("two")).isVisible();
            }
        }
    }

    @Test
    void readerThatLags_isShown() {
        String device = RunningBroker.newDevice();
        try (RunningBroker broker = broker();
                Dashboard dashboard = Dashboard.open(broker)) {
            broker.say(device, "one");
            // By the broker's clock, as estimated from its answers, entries arrive a minute late.
            dashboard.page.route("**/api/v1/devices", route -> {
                Map<String, String> headers = new HashMap<>(route.fetch().headers());
                headers.put(
                        "date",
                        RFC_1123_DATE_TIME.format(Instant.now().plusSeconds(60).atZone(ZoneOffset.UTC)));
                route.fulfill(
                        new Route.FulfillOptions().setResponse(route.fetch()).setHeaders(headers));
            });
            dashboard.page.reload();
            dashboard.go("#device=" + device);
            await().pollInSameThread().atMost(30, SECONDS).until(() -> {
                broker.say(device, "more");
                return dashboard.state().matches("behind by [56]\\d s");
            });
            dashboard.awaitState("live"); // as soon as nothing comes late
        }
    }

    @Test
    void brokerThatDoesNotAnswer_isShown_thoughTheStreamIsOpen() {
        String device = RunningBroker.newDevice();
        try (RunningBroker broker = broker()) {
            broker.say(device, "one");
            try (Dashboard dashboard = Dashboard.watching(broker, device)) {
                dashboard.page.route("**/api/v1/devices", Route::abort);
                dashboard.askUntil(() -> dashboard.state().equals("the broker does not respond"));
                dashboard.page.unroute("**/api/v1/devices");
                dashboard.askUntil(() -> dashboard.state().equals("live"));
                dashboard.awaitState("live");
            }
        }
    }
}
