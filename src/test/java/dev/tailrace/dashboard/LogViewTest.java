package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.BoundingBox;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** History and then live, of one device or several, in order; following until the reader looks back. */
final class LogViewTest {

    private static RunningBroker broker;
    private String device;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void newDevice() {
        device = RunningBroker.newDevice();
    }

    private void say(int from, int to) {
        broker.say(
                device,
                IntStream.range(from, to).mapToObj(i -> "line " + i + ".").toArray(String[]::new));
    }

    @Test
    void chosenDevice_showsHistory_andThenLive() {
        say(0, 3);
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.device(device).locator("a").click();
            dashboard.awaitState("live");
            assertThat(dashboard.items()).hasCount(3);
            say(3, 5);
            assertThat(dashboard.items()).hasCount(5);
            assertThat(dashboard.texts()).containsExactly("line 0.", "line 1.", "line 2.", "line 3.", "line 4.");
            assertThat(dashboard.hash()).isEqualTo("#device=" + device);
            assertThat(dashboard.page.title()).isEqualTo(device + " · Tailrace");
        }
    }

    @Test
    void history_isTheWholeRing_andTheViewKeepsMoreWhileWatching() {
        say(0, 1000);
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.id("amount")).hasText("1,000 lines", Dashboard.within());
            say(1000, 2500);
            assertThat(dashboard.id("amount")).hasText("2,500 lines", Dashboard.within());
            dashboard.id("log").focus();
            dashboard.page.keyboard().press("Home");
            assertThat(dashboard.item("line 0.")).isVisible();
            assertThat(dashboard.items().count()).isLessThan(80);
        }
    }

    @Test
    void viewThatIsFull_dropsItsOldest_andSaysHowMany() {
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.page.evaluate("localStorage.setItem('tailrace.preferences', '{\"kept\":1000}')");
            dashboard.page.reload();
            say(0, 1000);
            dashboard.go("#device=" + device);
            assertThat(dashboard.id("amount")).hasText("1,000 lines", Dashboard.within());
            assertThat(dashboard.id("left")).isHidden();
            say(1000, 1300);
            assertThat(dashboard.id("left"))
                    .hasText("300 older lines dropped from this view, which keeps 1,000 lines.", Dashboard.within());
            assertThat(dashboard.id("amount")).hasText("1,000 lines");
            dashboard.id("log").focus();
            dashboard.page.keyboard().press("Home");
            assertThat(dashboard.item("line 300.")).isVisible();
            assertThat(dashboard.item("line 299.")).hasCount(0);
        }
    }

    @Test
    void severalDevices_areMergedByWhenTheyWereReceived_eachWithAColour() {
        String other = RunningBroker.newDevice();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sayAtItsOwnTime(device, "from one " + i);
            sayAtItsOwnTime(other, "from other " + i);
            expected.addAll(List.of("from one " + i, "from other " + i));
        }
        try (Dashboard dashboard = Dashboard.open(broker, "#device=" + device)) {
            assertThat(dashboard.items()).hasCount(5);
            dashboard.device(other).locator("input").check();
            dashboard.awaitState("live");
            assertThat(dashboard.items()).hasCount(10);
            assertThat(dashboard.texts()).containsExactlyElementsOf(expected);
            assertThat(dashboard.hash()).isEqualTo("#device=" + device + "&device=" + other);

            broker.say(device, "and live");
            assertThat(dashboard.item("and live").locator(".device")).hasText(device);
            String colour = (String) dashboard
                    .item("from one 0")
                    .locator(".device")
                    .evaluate("element => getComputedStyle(element).color");
            assertThat(dashboard.item("and live").locator(".device")).hasCSS("color", colour);

            dashboard.device(other).locator("input").uncheck();
            assertThat(dashboard.items()).hasCount(6);
            assertThat(dashboard.page.locator("#lines .device")).hasCount(0);
        }
    }

    @Test
    void readerWhoScrollsUp_staysThere_andSeesHowManyWait() {
        say(0, 500);
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.item("line 499.")).isVisible();
            assertThat(dashboard.id("follow")).isHidden();
            say(500, 510);
            assertThat(dashboard.item("line 509.")).isVisible();

            wheel(dashboard, -2000);
            assertThat(dashboard.id("follow")).isVisible();
            assertThat(dashboard.item("line 509.")).hasCount(0);
            Locator seen = dashboard.item("line 400.");
            assertThat(seen).isVisible();
            BoundingBox place = seen.boundingBox();
            say(510, 620);
            assertThat(dashboard.id("follow")).hasText("↓ 110 new lines", Dashboard.within());
            assertThat(seen.boundingBox().y).isEqualTo(place.y);

            dashboard.id("follow").click();
            assertThat(dashboard.item("line 619.")).isVisible();
            assertThat(dashboard.id("follow")).isHidden();

            wheel(dashboard, -500);
            assertThat(dashboard.id("follow")).isVisible();
            wheel(dashboard, 100_000);
            assertThat(dashboard.id("follow")).isHidden();
            say(620, 621);
            assertThat(dashboard.item("line 620.")).isVisible();
        }
    }

    @Test
    void readerWhoScrollsUp_staysAtTheLine_whenLinesAreDroppedAboveIt() {
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.page.evaluate("localStorage.setItem('tailrace.preferences', '{\"kept\":1000}')");
            dashboard.page.reload();
            say(0, 1000);
            dashboard.go("#device=" + device);
            assertThat(dashboard.id("amount")).hasText("1,000 lines", Dashboard.within());
            wheel(dashboard, -3000);
            Locator seen = dashboard.item("line 840.");
            assertThat(seen).isVisible();
            BoundingBox place = seen.boundingBox();
            say(1000, 1200);
            assertThat(dashboard.id("left")).containsText("200 older lines");
            assertThat(seen.boundingBox().y).isCloseTo(place.y, offset(1.0));
        }
    }

    @Test
    void wheelOverAFastStream_letsGo() {
        say(0, 200);
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.item("line 199.")).isVisible();
            wheel(dashboard, -3); // less than a row
            assertThat(dashboard.id("follow")).isVisible();
        }
    }

    @Test
    void keyboard_goesThroughTheLines() {
        say(0, 100);
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.item("line 99.")).isVisible();
            dashboard.id("log").focus();
            dashboard.page.keyboard().press("ArrowUp");
            dashboard.page.keyboard().press("ArrowUp");
            assertThat(dashboard.page.locator(".cursor")).hasText(Pattern.compile("line 98\\."));
            String active = dashboard.id("log").getAttribute("aria-activedescendant");
            assertThat(dashboard.id(active)).hasAttribute("aria-rowindex", "99");
            dashboard.page.keyboard().press("Shift+ArrowUp");
            dashboard.page.keyboard().press("Shift+ArrowUp");
            assertThat(dashboard.page.locator("[aria-selected=true]")).hasCount(3);
            dashboard.page.keyboard().press("End");
            assertThat(dashboard.id("follow")).isHidden();
        }
    }

    /** In a millisecond that no other line has. */
    private static void sayAtItsOwnTime(String device, String message) {
        broker.say(device, message);
        long said = System.currentTimeMillis();
        while (System.currentTimeMillis() <= said) {
            Thread.onSpinWait();
        }
    }

    private static void wheel(Dashboard dashboard, double pixels) {
        dashboard.id("log").hover();
        dashboard.page.mouse().wheel(0, pixels);
    }
}
