package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.WebSocket;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The device list shows status, last activity, last line and rate, and finds a device among a thousand. */
final class DeviceListTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void noDevice_saysSo() {
        try (RunningBroker fresh = RunningBroker.start();
                Dashboard dashboard = Dashboard.open(fresh)) {
            assertThat(dashboard.id("device-count")).hasText("No device has written yet.");
            dashboard.awaitState("select a device");
        }
    }

    @Test
    void deviceThatWrites_appears_withWhenAndHowFast() {
        try (Dashboard dashboard = Dashboard.open(broker)) {
            broker.say("kitchen", "a");
            dashboard.id("device-filter").fill("kitchen");
            Locator row = dashboard.device("kitchen");
            assertThat(row.locator(".about")).containsText("now", contains());
            dashboard.askUntil(() -> {
                broker.say("kitchen", "b", "c");
                return !row.locator(".rate").textContent().equals("0/s");
            });
            assertThat(row.locator(".rate")).hasText(Pattern.compile("[1-9].*/s"));
            assertThat(row.locator("polyline").getAttribute("points")).isNotEmpty();
        }
    }

    @Test
    void newestLine_isShown_firstOfItsRowsWithoutColours_andFollows() {
        broker.say("parlour", "older", "\u001b[31mAlarm\u001b[0m\n  at the door");
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.id("device-filter").fill("parlour");
            Locator last = dashboard.device("parlour").locator(".last");
            assertThat(last).hasText("Alarm", new LocatorAssertions.HasTextOptions().setTimeout(Dashboard.PATIENCE));
            broker.say("parlour", "all clear");
            dashboard.askUntil(() -> last.textContent().equals("all clear"));
            assertThat(last).hasText("all clear");
        }
    }

    @Test
    void deviceThatIsConnected_isOnline_andOneThatOnlyWrote_isNot() {
        broker.say("fridge", "a");
        WebSocket socket = broker.http
                .newWebSocketBuilder()
                .buildAsync(broker.wsUri("/api/v1/devices/pump/ingest"), new WebSocket.Listener() {})
                .join();
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.id("device-filter").fill("pump");
            assertThat(dashboard.device("pump").locator(".about")).containsText("online", contains());
            assertThat(dashboard.id("device-count")).hasText("1 device, 1 online");
            dashboard.id("device-filter").fill("fridge");
            assertThat(dashboard.device("fridge").locator(".about")).containsText("offline", contains());
            assertThat(dashboard.id("device-count")).hasText("1 device, 0 online");
        }
        socket.abort();
    }

    @Test
    void aThousandDevices_areFoundByNameAndFleet_withFewRowsInThePage() {
        for (int i = 0; i < 1000; i++) {
            broker.say("many-%04d".formatted(i), "a");
        }
        assign("many-0007", "north");
        assign("many-0456", "north");
        try (Dashboard dashboard = Dashboard.open(broker)) {
            assertThat(dashboard.id("device-count"))
                    .hasText(Pattern.compile("^1,0.. devices, . online"), Dashboard.within());
            assertThat(dashboard.page.locator(".device-row").count()).isLessThan(60);
            dashboard.screenshot("thousand-devices");

            dashboard.id("device-filter").fill("0999");
            assertThat(dashboard.page.locator(".device-row")).hasCount(1);
            assertThat(dashboard.device("many-0999")).isVisible();

            dashboard.id("device-filter").fill("NORTH");
            assertThat(dashboard.page.locator(".device-row")).hasCount(2);
            dashboard.id("device-filter").fill("");
            dashboard.id("fleet").selectOption("north");
            assertThat(dashboard.id("device-count")).hasText("2 devices, 0 online");
            dashboard.id("fleet").selectOption("");
            dashboard.id("device-filter").fill("many");

            dashboard.device("many-0000").locator("a").focus();
            for (int i = 0; i < 30; i++) {
                dashboard.page.keyboard().press("ArrowDown");
            }
            assertThat(dashboard.device("many-0030").locator("a")).isFocused();
            dashboard.page.keyboard().press("Enter");
            assertThat(dashboard.id("what")).hasText("many-0030");
            assertThat(dashboard.device("many-0030").locator("a")).hasAttribute("aria-current", "true");
        }
    }

    @Test
    void onlineOnly_hidesTheOthers() {
        broker.say("silent", "a");
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.id("device-filter").fill("silent");
            assertThat(dashboard.device("silent")).isVisible(visible());
            dashboard.id("online-only").check();
            assertThat(dashboard.page.locator(".device-row")).hasCount(0);
        }
    }

    @Test
    void fleet_isWatchedAsAWhole() {
        broker.say("a", "from a");
        broker.say("b", "from b");
        broker.say("c", "from c");
        assign("a", "south");
        assign("b", "south");
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.device("a");
            dashboard.id("fleet").selectOption("south");
            dashboard.id("watch-fleet").click();
            dashboard.awaitState("live");
            assertThat(dashboard.id("what")).hasText("fleet south");
            assertThat(dashboard.items()).hasCount(2);
            assertThat(dashboard.item("from c")).hasCount(0);
            assertThat(dashboard.hash()).isEqualTo("#fleet=south");
        }
    }

    private void assign(String device, String fleet) {
        String body = new JsonObject().put("fleet", fleet).encode();
        assertThat(broker.request("PUT", "/api/v1/devices/" + device + "/fleet", body)
                        .statusCode())
                .isEqualTo(204);
    }

    private static LocatorAssertions.IsVisibleOptions visible() {
        return new LocatorAssertions.IsVisibleOptions().setTimeout(Dashboard.PATIENCE);
    }

    private static LocatorAssertions.ContainsTextOptions contains() {
        return new LocatorAssertions.ContainsTextOptions().setTimeout(Dashboard.PATIENCE);
    }
}
