package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever a device writes is shown as text, in every field. */
final class HostileLinesTest {

    private static final List<String> ATTACKS = List.of(
            "<img src=x onerror=\"window.pwned=1\">",
            "<script>window.pwned=1</script>",
            "\"><svg onload=window.pwned=1>",
            "javascript:window.pwned=1",
            "</div></main><h1>Log in here</h1>",
            "${window.pwned=1}{{window.pwned=1}}",
            "\u001b[38;2;1);background:url(//evil.example)m<b>x</b>",
            "\u001b]8;;javascript:window.pwned=1\u0007click\u001b]8;;\u0007",
            "\u202Egnp.exe\u202C and \u2066isolated");

    @Test
    void everyField_isShownAsText_wherever() {
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"))) {
            for (String attack : ATTACKS) {
                broker.store(
                        "hostile",
                        new JsonObject()
                                .put("message", attack)
                                .put("service", attack)
                                .put("level", attack.substring(0, Math.min(32, attack.length()))),
                        new JsonObject()
                                .put(
                                        "message",
                                        new JsonObject().put(attack, attack).encode()));
            }
            storeWithAttributes(broker);
            try (Dashboard dashboard = Dashboard.watching(broker, "hostile")) {
                assertThat(dashboard.items()).hasCount(ATTACKS.size() * 3);
                dashboard.id("find").fill("pwned");
                assertThat(dashboard.page.locator("mark").first()).isVisible();
                for (int i = 0; i < dashboard.items().count(); i++) {
                    Locator fold = dashboard.items().nth(i).locator(".fold");
                    if (fold.count() > 0) {
                        fold.click();
                    }
                }
                dashboard.id("settings").click();
                dashboard.page.locator("[name=detail]").selectOption("everything");
                dashboard.page.keyboard().press("Escape");
                dashboard.id("wrap").click();
                dashboard.id("log").focus();
                dashboard.page.keyboard().press("Home");
                assertThat(dashboard
                                .item("<img src=x onerror=\"window.pwned=1\">")
                                .first())
                        .isVisible();
                assertThat(dashboard.item("<img src=x").first().locator(".service"))
                        .hasText("<img src=x onerror=\"window.pwned=1\">");
                dashboard.screenshot("hostile");
                assertThat(dashboard.page.evaluate("window.pwned")).isNull();
                assertThat(dashboard.page.locator("#lines :is(img, script, svg, h1, b, iframe, style)"))
                        .hasCount(0);
                for (Locator link : dashboard.page.locator("#lines a").all()) {
                    assertThat(link.getAttribute("href")).startsWith("#device=hostile");
                }
            }
        }
    }

    /** Which only other ways in have. */
    private static void storeWithAttributes(RunningBroker broker) {
        JsonArray values = new JsonArray();
        for (int i = 0; i < ATTACKS.size(); i++) {
            values.add(new JsonArray()
                    .add((System.currentTimeMillis() + i) + "000000")
                    .add("with attributes " + i)
                    .add(new JsonObject().put("a" + i, ATTACKS.get(i)).put(ATTACKS.get(i), "b")));
        }
        JsonObject stream = new JsonObject()
                .put("stream", new JsonObject().put("device", "hostile"))
                .put("values", values);
        String body =
                new JsonObject().put("streams", new JsonArray().add(stream)).encode();
        assertThat(broker.request("POST", "/loki/api/v1/push", body, "Content-Type", "application/json")
                        .statusCode())
                .isEqualTo(204);
    }

    @Test
    void newestLine_isTextInTheListOfDevices() {
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"))) {
            for (int i = 0; i < ATTACKS.size(); i++) {
                broker.store("hostile-" + i, new JsonObject().put("message", ATTACKS.get(i)));
            }
            try (Dashboard dashboard = Dashboard.open(broker)) {
                for (int i = 0; i < ATTACKS.size(); i++) {
                    assertThat(dashboard.device("hostile-" + i).locator(".last"))
                            .not()
                            .isEmpty(new LocatorAssertions.IsEmptyOptions().setTimeout(Dashboard.PATIENCE));
                }
                assertThat(dashboard.device("hostile-0").locator(".last")).hasText(ATTACKS.get(0));
                assertThat(dashboard.page.locator("#device-rows .last *")).hasCount(0);
                assertThat(dashboard.page.evaluate("window.pwned")).isNull();
            }
        }
    }

    @Test
    void addressOfThePage_isTextToo() {
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"));
                Dashboard dashboard = Dashboard.open(
                        broker,
                        "#device=%3Cimg%20src%3Dx%20onerror%3D%22window.pwned%3D1%22%3E&q=%3Cb%3E&service=%3Cscript%3E&fleet=")) {
            dashboard.awaitState(Pattern.compile("refused: .*"));
            assertThat(dashboard.id("what")).hasText("<img src=x onerror=\"window.pwned=1\">");
            assertThat(dashboard.page.evaluate("window.pwned")).isNull();
        }
    }

    @Test
    void sources_neverReadMarkupFromText() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/web"))) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file))
                        .as(file.toString())
                        .doesNotContain(
                                "innerHTML",
                                "outerHTML",
                                "insertAdjacentHTML",
                                "document.write",
                                "eval(",
                                "new Function");
            }
        }
    }
}
