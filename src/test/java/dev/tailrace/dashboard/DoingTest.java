package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.KeyboardModifier;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pause, clear, download, copy, settings. */
final class DoingTest {

    private static RunningBroker broker;
    private String device;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s", Setting.RING_CAPACITY, "2000"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void newDevice() {
        device = RunningBroker.newDevice();
        broker.say(device, "one", "two", "three");
    }

    // ---- pause

    @Test
    void pause_holdsNewLines_andCountsThem_untilResume() {
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.items()).hasCount(3);
            dashboard.id("pause").click();
            broker.say(device, "four", "five");
            dashboard.awaitState("paused, 2 waiting");
            assertThat(dashboard.items()).hasCount(3);
            dashboard.id("pause").click();
            assertThat(dashboard.items()).hasCount(5);
            dashboard.awaitState("live");
            dashboard.page.keyboard().press("p");
            dashboard.awaitState("paused, 0 waiting");
        }
    }

    @Test
    void pauseThatOutlastsTheView_countsLinesThatDidNotFit() {
        try (Dashboard dashboard = Dashboard.open(broker)) {
            dashboard.page.evaluate("localStorage.setItem('tailrace.preferences', '{\"kept\":1000}')");
            dashboard.page.reload();
            dashboard.go("#device=" + device);
            assertThat(dashboard.items()).hasCount(3);
            dashboard.id("pause").click();
            broker.say(
                    device, IntStream.range(0, 1200).mapToObj(i -> "line " + i).toArray(String[]::new));
            dashboard.awaitState("paused, 1,200 waiting");
            dashboard.id("pause").click();
            assertThat(dashboard.item("line 1199")).isVisible();
            assertThat(dashboard.id("amount")).hasText("1,000 lines");
            assertThat(dashboard.id("left")).containsText("3 older lines dropped"); // and the note with them
            assertThat(dashboard.id("said"))
                    .hasText("200 lines arrived during the pause and did not fit into this view.");
        }
    }

    // ---- clear

    @Test
    void clear_asks_andRemovesForAllWhoWatch() {
        try (Dashboard dashboard = Dashboard.watching(broker, device);
                Dashboard other = Dashboard.watching(broker, device)) {
            assertThat(dashboard.items()).hasCount(3);
            assertThat(other.items()).hasCount(3);
            dashboard.id("clear").click();
            assertThat(dashboard.id("clear-title")).hasText("Clear " + device + "?");
            dashboard.page.locator("#clear-dialog .cancel").click();
            assertThat(broker.messages(device)).hasSize(3);

            dashboard.id("clear").click();
            dashboard.page.locator("#clear-dialog .danger").click();
            for (Dashboard each : List.of(dashboard, other)) {
                assertThat(each.items()).hasCount(1);
                assertThat(each.page.locator(".clear"))
                        .hasText(device + " was cleared: its lines until now were removed from storage");
            }
            assertThat(broker.messages(device)).isEmpty();
            broker.say(device, "four");
            assertThat(dashboard.item("four")).isVisible();
        }
    }

    // ---- download

    private static String saved(Dashboard dashboard, String what, String format) {
        Download download = dashboard.page.waitForDownload(() -> {
            dashboard.id("download").click();
            dashboard.page.locator("#download-dialog [value=" + what + "]").check();
            dashboard.page.locator("#download-dialog [value=" + format + "]").check();
            dashboard.page.locator("#download-dialog .first").click();
        });
        assertThat(download.suggestedFilename())
                .matches("[\\w-]+-\\d{8}T\\d{6}Z\\." + (format.equals("text") ? "log" : "ndjson"));
        try {
            return Files.readString(download.path());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void download_isWhatTheFilterShows_orAllThatIsStored_asTextOrNdjson() {
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            dashboard.page.locator("[name=text]").fill("t");
            assertThat(dashboard.items()).hasCount(2);
            assertThat(saved(dashboard, "filtered", "ndjson")
                            .lines()
                            .map(line -> new JsonObject(line).getString("message")))
                    .containsExactly("two", "three");
            assertThat(saved(dashboard, "all", "ndjson").lines()).hasSize(3);
            assertThat(saved(dashboard, "all", "text").lines())
                    .allMatch(
                            line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+0[12]:00 \\w+"));
            dashboard.id("zone").click();
            assertThat(saved(dashboard, "filtered", "text").lines()).allMatch(line -> line.matches("\\S+Z t\\w+"));
        }
    }

    @Test
    void download_ofSeveral_isMerged_andOfTheView_isWhatItKeeps() {
        String other = RunningBroker.newDevice();
        broker.say(other, "from other");
        broker.say(device, "four");
        try (Dashboard dashboard = Dashboard.watching(broker, device, other)) {
            assertThat(dashboard.items()).hasCount(5);
            assertThat(saved(dashboard, "filtered", "ndjson")
                            .lines()
                            .map(line -> new JsonObject(line).getString("device")))
                    .containsExactlyInAnyOrder(device, device, device, device, other);
            assertThat(saved(dashboard, "all", "text")).contains(" " + other + " from other\n");
            broker.delete("/api/v1/devices/" + other + "/logs");
            assertThat(dashboard.page.locator(".clear")).isVisible();
            assertThat(saved(dashboard, "view", "ndjson").lines()).hasSize(4);
        }
    }

    // ---- copy

    @Test
    void copy_takesTheChosenLines_orAll() {
        try (Dashboard dashboard = Dashboard.open(
                broker,
                "#device=" + device,
                options -> options.setPermissions(List.of("clipboard-read", "clipboard-write")))) {
            assertThat(dashboard.items()).hasCount(3);
            dashboard.id("copy").click();
            assertThat(dashboard.id("said")).hasText("3 lines copied.");
            assertThat(dashboard.page.evaluate("navigator.clipboard.readText()"))
                    .isEqualTo("one\ntwo\nthree\n");
            dashboard.item("two").locator(".text").click();
            dashboard
                    .item("three")
                    .locator(".text")
                    .click(new Locator.ClickOptions().setModifiers(List.of(KeyboardModifier.SHIFT)));
            dashboard.page.keyboard().press("Control+c");
            assertThat(dashboard.id("said")).hasText("2 lines copied.");
            assertThat(dashboard.page.evaluate("navigator.clipboard.readText()"))
                    .isEqualTo("two\nthree\n");
        }
    }

    // ---- settings

    @Test
    void settings_showTheBrokersLimits_andKeepTheReadersOwn() {
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            dashboard.id("settings").click();
            assertThat(dashboard.page.locator("#limits div").first()).hasText("Lines kept per device2,000");
            assertThat(dashboard.page.locator("#limits div").nth(1)).hasText("Bytes kept per device16 MiB");
            assertThat(dashboard.page.locator("#limits div").nth(2)).containsText("30 days");
            dashboard.page.locator("[name=detail]").selectOption("message");
            assertThat(dashboard.page.locator("#lines .time")).hasCount(0);
            dashboard.page.locator("[name=detail]").selectOption("everything");
            assertThat(dashboard.page.locator("#lines .position").first())
                    .hasText(broker.history(device).get(0).getString("id"));
            dashboard.page.locator("[name=kept]").selectOption("1000");
            dashboard.screenshot("settings");
            dashboard.page.locator("#settings-dialog .first").click();
            dashboard.page.reload();
            assertThat(dashboard.page.locator("#lines .position")).hasCount(3);
            broker.say(
                    device, IntStream.range(0, 1500).mapToObj(i -> "line " + i).toArray(String[]::new));
            assertThat(dashboard.id("left"))
                    .containsText(
                            "which keeps 1,000 lines",
                            new LocatorAssertions.ContainsTextOptions().setTimeout(Dashboard.PATIENCE));
        }
    }
}
