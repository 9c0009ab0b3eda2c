package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.options.ColorScheme;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page has no findings by axe, and everything on it can be done with the keyboard, which axe cannot check. */
final class AccessibilityTest {

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"));
        SampleDevices.write(broker);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static void assertNothingSerious(Dashboard dashboard, String where) {
        List<String> serious = new AxeBuilder(dashboard.page)
                .analyze().getViolations().stream()
                        .filter(rule -> Set.of("serious", "critical").contains(rule.getImpact()))
                        .map(AccessibilityTest::describe)
                        .toList();
        assertThat(serious).as(where).isEmpty();
    }

    private static String describe(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " "
                + rule.getNodes().stream()
                        .map(node -> node.getHtml() + " " + node.getFailureSummary())
                        .limit(4)
                        .toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"LIGHT", "DARK"})
    void axe_findsNothingSerious_inAnyState(ColorScheme colours) {
        try (Dashboard dashboard = Dashboard.open(broker, "", options -> options.setColorScheme(colours))) {
            assertThat(dashboard.page.locator(".device-row").first()).isVisible();
            assertNothingSerious(dashboard, "empty");
            dashboard.go(SampleDevices.ALL);
            dashboard.awaitState("live");
            assertThat(dashboard.items().first()).isVisible();
            dashboard.id("find").fill("ms");
            assertThat(dashboard.page.locator("mark").first()).isVisible();
            dashboard.page.locator(".fold").first().click();
            assertNothingSerious(dashboard, "lines");
            dashboard.screenshot("lines-" + colours.name().toLowerCase(Locale.ROOT));
            for (String button : List.of("settings", "download", "clear")) {
                dashboard.id(button).click();
                assertNothingSerious(dashboard, button);
                dashboard.page.keyboard().press("Escape");
            }
        }
    }

    @Test
    void everything_isReachedByTab_andTheStateIsReadAloud() {
        try (Dashboard dashboard = Dashboard.open(broker, SampleDevices.ALL)) {
            dashboard.awaitState("live");
            assertThat(dashboard.page.locator("#state-spoken")).hasText("live");
            Set<Object> reached = new HashSet<>();
            for (int i = 0; i < 60 && !reached.contains("log"); i++) {
                dashboard.page.keyboard().press("Tab");
                reached.add(dashboard.page.evaluate("document.activeElement.id || document.activeElement.name"));
            }
            assertThat(reached)
                    .contains("skip", "settings", "device-filter", "wrap", "zone", "pause", "copy", "download", "clear")
                    .contains("text", "service", "level", "stream", "system", "find", "found-next", "log");
        }
    }
}
