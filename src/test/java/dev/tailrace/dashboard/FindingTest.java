package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Search in the view, filters at the broker, and links that show the same again. */
final class FindingTest {

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

    // ---- in the view

    @Test
    void search_marksHits_andGoesToThePreviousAndTheNext() {
        broker.say(
                device,
                IntStream.range(0, 300)
                        .mapToObj(i -> i % 100 == 10 ? "needle in line " + i : "line " + i)
                        .toArray(String[]::new));
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.item("line 299")).isVisible();
            dashboard.page.keyboard().press("/");
            assertThat(dashboard.id("find")).isFocused();
            dashboard.page.keyboard().type("NEEDLE");
            assertThat(dashboard.id("found")).hasText("3 hits");
            dashboard.id("found-previous").click();
            assertThat(dashboard.page.locator(".cursor mark")).hasText("needle");
            assertThat(dashboard.page.locator(".cursor")).containsText("line 210");
            dashboard.id("find").press("Shift+Enter");
            assertThat(dashboard.page.locator(".cursor")).containsText("line 110");
            dashboard.id("find").press("Enter");
            dashboard.id("find").press("Enter");
            assertThat(dashboard.page.locator(".cursor")).containsText("line 10");
            broker.say(device, "a needle comes");
            assertThat(dashboard.id("found")).hasText("4 hits");
            dashboard.id("find").press("Escape");
            assertThat(dashboard.page.locator("mark")).hasCount(0);
        }
    }

    @Test
    void search_byPattern_overColours_andReportsAnInvalidPattern() {
        broker.say(device, "took 12 ms", "took \u001b[31m1234\u001b[0m ms", "took no time");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            dashboard.id("find-pattern").check();
            dashboard.id("find").fill("took \\d+ ms");
            assertThat(dashboard.id("found")).hasText("2 hits");
            assertThat(dashboard.item("1234").locator("mark")).hasCount(3);
            assertThat(dashboard.item("1234").locator(".line")).hasText("took 1234 ms");
            dashboard.id("find").fill("(");
            assertThat(dashboard.id("found")).hasText("invalid pattern");
            assertThat(dashboard.id("find")).hasAttribute("aria-invalid", "true");
        }
    }

    @Test
    void search_thatHitsWhatIsFolded_unfoldsIt() {
        broker.say(device, "first\n" + "more\n".repeat(30) + "deep within", "after");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.item("first").locator(".remark")).isVisible();
            dashboard.id("find").fill("deep within");
            assertThat(dashboard.id("found")).hasText("1 hit");
            dashboard.id("find").press("Enter");
            assertThat(dashboard.page.locator("mark")).hasText("deep within");
        }
    }

    // ---- at the broker

    private void storeVariety() {
        broker.store(
                device,
                line("api says hello").put("service", "api").put("level", "info"),
                line("api fails").put("service", "api").put("level", "error").put("stream", "stderr"),
                line("db is slow: 200 ms").put("service", "db").put("level", "warn"),
                line("Applied state").put("system", true));
    }

    private static JsonObject line(String message) {
        return new JsonObject().put("message", message);
    }

    @Test
    void filters_runAtTheBroker_andAreInTheAddress_soThatALinkShowsTheSame() {
        storeVariety();
        try (Dashboard dashboard = Dashboard.watching(broker, device);
                Dashboard other = Dashboard.open(broker)) {
            assertThat(dashboard.items()).hasCount(4);
            dashboard.page.locator("[name=service]").fill("api,");
            assertThat(dashboard.items()).hasCount(2);
            assertThat(dashboard.page.locator("[name=service]")).hasValue("api,"); // still being written
            dashboard.page.locator("[name=service]").fill("api, db");
            assertThat(dashboard.items()).hasCount(3);
            dashboard.page.locator("[name=level]").fill("error,warn");
            assertThat(dashboard.items()).hasCount(2);
            assertThat(dashboard.page)
                    .hasURL(Pattern.compile("#device=" + device + "&service=api&service=db&level=error&level=warn$"));
            storeVariety();
            assertThat(dashboard.items()).hasCount(4);

            other.go(dashboard.hash());
            assertThat(other.items()).hasCount(4);
            assertThat(other.page.locator("[name=service]")).hasValue("api, db");
            assertThat(other.page.locator("[name=level]")).hasValue("error, warn");

            dashboard.page.locator("[name=stream]").selectOption("stderr");
            assertThat(dashboard.items()).hasCount(2);
            dashboard.page.locator("#filters [type=reset]").click();
            assertThat(dashboard.items()).hasCount(8);
            dashboard.page.locator("[name=system]").selectOption("true");
            assertThat(dashboard.items()).hasCount(2);
            assertThat(dashboard.page).hasURL(Pattern.compile("#device=" + device + "&system=true$"));
        }
    }

    @Test
    void exclusions_leastLevel_andAttributes_areInTheAddressToo() {
        storeVariety();
        broker.request(
                "POST",
                "/loki/api/v1/push",
                "{\"streams\":[{\"stream\":{\"device\":\"" + device
                        + "\",\"level\":\"W\",\"zone\":\"cellar\"},\"values\":[[\"" + System.currentTimeMillis()
                        + "000000\",\"pump is hot\"]]}]}",
                "Content-Type",
                "application/json");
        try (Dashboard dashboard = Dashboard.watching(broker, device);
                Dashboard other = Dashboard.open(broker)) {
            assertThat(dashboard.items()).hasCount(5);
            dashboard.page.locator("[name=service]").fill("!api, !db");
            assertThat(dashboard.items()).hasCount(2);
            dashboard.page.locator("[name=service]").fill("!api");
            dashboard.page.locator("[name=least]").selectOption("warn");
            assertThat(dashboard.items()).hasCount(2);
            dashboard.page.locator("[name=level]").fill("!error");
            dashboard.page.locator("[name=text]").fill("!pump");
            assertThat(dashboard.items()).hasCount(1);
            assertThat(dashboard.item("db is slow")).isVisible();
            assertThat(dashboard.page)
                    .hasURL(Pattern.compile("#device=" + device + "&service!=api&level!=error&level%3E=warn&q!=pump$"));
            other.go(dashboard.hash());
            assertThat(other.items()).hasCount(1);
            assertThat(other.page.locator("[name=service]")).hasValue("!api");
            assertThat(other.page.locator("[name=level]")).hasValue("!error");
            assertThat(other.page.locator("[name=least]")).hasValue("warn");
            assertThat(other.page.locator("[name=text]")).hasValue("!pump");

            dashboard.page.locator("[name=pattern]").check();
            dashboard.page.locator("[name=text]").fill("!^p.*t$");
            assertThat(dashboard.page).hasURL(Pattern.compile("&regex!=%5Ep.\\*t%24$"));
            assertThat(dashboard.item("db is slow")).isVisible();
            assertThat(dashboard.items()).hasCount(1);
            dashboard.page.locator("#filters [type=reset]").click();
            assertThat(dashboard.items()).hasCount(5);

            dashboard.page.locator("[name=attributes]").fill("zone=cellar");
            assertThat(dashboard.items()).hasCount(1);
            assertThat(dashboard.page).hasURL(Pattern.compile("#device=" + device + "&attr.zone=cellar$"));
            other.go(dashboard.hash());
            assertThat(other.items()).hasCount(1);
            assertThat(other.page.locator("[name=attributes]")).hasValue("zone=cellar");
            dashboard.page.locator("[name=attributes]").fill("!zone=cellar, ");
            assertThat(dashboard.items()).hasCount(4);
            assertThat(dashboard.page.locator("[name=attributes]")).hasValue("!zone=cellar, ");
        }
    }

    @Test
    void filterByText_orByPattern_isTheBrokers() {
        storeVariety();
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            dashboard.page.locator("[name=text]").fill("API");
            assertThat(dashboard.items()).hasCount(2);
            dashboard.page.locator("[name=text]").fill("\\d+ ms|hello");
            assertThat(dashboard.items()).hasCount(0);
            dashboard.page.locator("[name=pattern]").check();
            assertThat(dashboard.items()).hasCount(2);
            assertThat(dashboard.hash()).contains("&regex=");
            dashboard.page.locator("[name=text]").fill("(");
            dashboard.awaitState(Pattern.compile("refused: regex.*"));
            dashboard.page.locator("[name=text]").fill("hello");
            dashboard.awaitState("live");
            assertThat(dashboard.items()).hasCount(1);
        }
    }

    @Test
    void backAndForward_goThroughTheDevices() {
        storeVariety();
        String other = RunningBroker.newDevice();
        broker.say(other, "only one");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.items()).hasCount(4);
            dashboard.device(other).locator("a").click();
            assertThat(dashboard.items()).hasCount(1);
            dashboard.page.goBack();
            assertThat(dashboard.items()).hasCount(4);
            dashboard.page.goForward();
            assertThat(dashboard.items()).hasCount(1);
        }
    }

    // ---- one line

    @Test
    void linkToALine_showsIt_alsoFarAbove_andInAMergedView() {
        broker.say(
                device, IntStream.range(0, 500).mapToObj(i -> "line " + i + ".").toArray(String[]::new));
        String other = RunningBroker.newDevice();
        broker.say(other, "another");
        String hash;
        try (Dashboard dashboard = Dashboard.watching(broker, device, other)) {
            assertThat(dashboard.id("amount")).hasText("501 lines");
            dashboard.id("log").focus();
            dashboard.page.keyboard().press("Home");
            dashboard.item("line 7.").locator(".time a").click();
            assertThat(dashboard.page).hasURL(Pattern.compile("&at=" + device + ":[a-z0-9]+-8$"));
            hash = dashboard.hash();
        }
        try (Dashboard dashboard = Dashboard.open(broker, hash)) {
            assertThat(dashboard.page.locator(".linked")).containsText("line 7.");
            assertThat(dashboard.page.locator(".linked")).isInViewport();
            assertThat(dashboard.id("follow")).isVisible();
        }
    }

    @Test
    void linkToALineThatIsGone_saysSo() {
        broker.say(device, "a");
        String id = broker.history(device).get(0).getString("id");
        broker.delete("/api/v1/devices/" + device + "/logs");
        try (Dashboard dashboard = Dashboard.open(broker, "#device=" + device + "&at=" + id)) {
            assertThat(dashboard.id("said")).hasText("The line " + id + " of " + device + " is no longer stored.");
        }
    }
}
