package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a line looks, and what the reader can do to see more of it. */
final class ReadingTest {

    private static final long TIME = 1_763_820_000_123L; // 2025-11-22T14:00:00.123Z

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

    private static JsonObject line(String message) {
        return new JsonObject().put("message", message).put("timestamp", TIME);
    }

    // ---- colours

    @Test
    void ansiColours_areShown_andOtherEscapesVanish() {
        broker.say(
                device,
                "\u001b[31mred\u001b[0m \u001b[1;92mbold\u001b[22;39m plain \u001b[38;5;208morange\u001b[m"
                        + " \u001b[48;2;10;20;30mback\u001b[49m",
                "\u001b]0;title\u0007seen \u001b[2K\u001b[1Gwhole\u001b[3",
                "bell \u0007 and tab\there",
                "\u001b[7mturned\u001b[27m");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            Locator first = dashboard.item("orange");
            assertThat(first.locator(".text")).hasText("red bold plain orange back");
            assertThat(first.getByText("red")).hasClass("ansi-fore-1");
            assertThat(first.getByText("bold")).hasClass("ansi-bold ansi-fore-10");
            assertThat(first.getByText("orange")).hasCSS("color", "rgb(255, 135, 0)");
            assertThat(first.getByText("back")).hasCSS("background-color", "rgb(10, 20, 30)");
            assertThat(dashboard.item("seen").locator(".text")).hasText("seen whole");
            assertThat(dashboard.texts()).contains("bell ␇ and tab  here");
            assertThat(dashboard.item("turned").getByText("turned")).hasClass("ansi-fore-base ansi-solid-text");
        }
    }

    @Test
    void ansiColour_continuesOverLinesOfAMessage_andEndsWithIt() {
        broker.say(device, "\u001b[32mone\ntwo", "three");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.items().first().getByText("two")).hasClass("ansi-fore-2");
            assertThat(dashboard.item("three").locator("[class^=ansi]")).hasCount(0);
        }
    }

    // ---- more than a line

    @Test
    void jsonLine_unfoldsAndFoldsAgain() {
        broker.say(device, "{\"msg\":\"started\",\"port\":8080,\"tags\":[\"a\",\"b\"]}", "after");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            Locator item = dashboard.items().first();
            assertThat(item.locator(".line")).hasCount(1);
            double below = dashboard.item("after").boundingBox().y;
            item.locator(".fold").click();
            assertThat(item.locator(".line")).hasCount(8);
            assertThat(item.locator(".line").nth(2)).hasText("\"port\": 8080,");
            assertThat(item.locator(".fold")).hasAttribute("aria-expanded", "true");
            assertThat(item.locator(".json-key").first()).hasText("\"msg\"");
            assertThat(dashboard.item("after").boundingBox().y).isEqualTo(below + 7 * 20);
            dashboard.page.keyboard().press("ArrowLeft");
            assertThat(item.locator(".line")).hasCount(1);
            dashboard.page.keyboard().press("Enter");
            assertThat(item.locator(".line")).hasCount(8);
        }
    }

    @Test
    void stackTraceInOneMessage_isKeptTogether_andALongOneUnfolds() {
        String trace = "java.lang.IllegalStateException: broken\n"
                + IntStream.range(0, 30)
                        .mapToObj(i -> "\tat a.B.c" + i + "(B.java:" + i + ")")
                        .collect(Collectors.joining("\n"));
        broker.say(device, trace, "after");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.items()).hasCount(2);
            Locator item = dashboard.items().first();
            assertThat(item.locator(".remark")).hasText("… 19 more lines");
            assertThat(item.locator(".level")).hasText("error");
            item.locator(".remark").click();
            assertThat(item.locator(".line")).hasCount(31);
        }
    }

    @Test
    void stackTraceOfManyLines_isKeptTogether_alsoAmongLinesOfOthers() {
        String other = RunningBroker.newDevice();
        broker.say(device, "Exception in thread main java.io.IOException: gone", "\tat a.B.c(B.java:1)");
        broker.say(other, "from somebody else");
        broker.say(device, "\tat a.B.d(B.java:2)", "Caused by: java.lang.Error", "\t... 3 more", "next");
        broker.say(
                device,
                "Traceback (most recent call last):",
                "  File \"a.py\", line 1",
                "ValueError: no number",
                "last");
        try (Dashboard dashboard = Dashboard.watching(broker, device, other)) {
            assertThat(dashboard.items()).hasCount(5);
            assertThat(dashboard.item("IOException").locator(".line")).hasCount(5);
            assertThat(dashboard.item("Traceback").locator(".line")).hasCount(3);
            assertThat(dashboard.item("somebody").locator(".line")).hasCount(1);
        }
    }

    @Test
    void longLine_isWrappedOrNot_asTheReaderLikes_andNothingOfItIsLost() {
        String text =
                IntStream.range(0, 100).mapToObj(i -> "word" + i).collect(Collectors.joining(" ")) + " 漢字".repeat(20);
        broker.say(device, text, "after");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            Locator item = dashboard.items().first();
            assertThat(item.locator(".line")).hasCount(1);
            dashboard.id("wrap").click();
            assertThat(dashboard.id("wrap")).hasAttribute("aria-pressed", "true");
            assertThat(item.locator(".line").nth(4)).isVisible();
            assertThat(String.join("", item.locator(".line").allTextContents())).isEqualTo(text);
            assertThat(dashboard.page.evaluate("log.scrollWidth <= log.clientWidth"))
                    .isEqualTo(true);
            double right = item.boundingBox().x + item.boundingBox().width;
            for (Locator line : item.locator(".line").all()) {
                assertThat((Double)
                                line.evaluate("line => { const r = document.createRange(); r.selectNodeContents(line);"
                                        + " return r.getBoundingClientRect().right + 0.001; }"))
                        .isLessThanOrEqualTo(right);
            }
            dashboard.page.reload();
            assertThat(dashboard.id("wrap")).hasAttribute("aria-pressed", "true");
        }
    }

    @Test
    void veryLongLine_isCutInTheView_saysSo_andUnfolds() {
        broker.say(device, "x".repeat(70_000), "after");
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            Locator item = dashboard.items().first();
            assertThat(item.locator(".remark").first()).hasText("… 63,536 more characters");
            assertThat(item.locator(".remark").last()).containsText("4,464 bytes of this message were removed");
            item.locator(".fold").click();
            assertThat(item.locator(".line").first()).hasText("x".repeat(65_536));
        }
    }

    // ---- what kind of line

    @Test
    void levels_areThoseOfTheSender_orGuessed() {
        broker.store(
                device,
                line("told").put("level", "WARNING"),
                line("2026-11-23 12:00:00 ERROR cannot open"),
                line("[info] listening"),
                line("level=debug msg=x"),
                line("errors were found: 0"),
                line("nothing to see"),
                line("the end").put("level", "critical"),
                line("checked").put("level", "Audit"));
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.page.locator("#lines .level").allInnerTexts())
                    .containsExactly("warn", "error", "info", "debug", "", "", "crit", "audit");
            assertThat(dashboard.item("told").locator(".level")).hasAttribute("title", "warn, sent as WARNING");
            assertThat(dashboard.item("told").locator(".level.guessed")).hasCount(0);
            assertThat(dashboard.item("cannot open").locator(".level.guessed")).hasCount(1);
            assertThat(dashboard.page.locator(".item.level-critical")).hasCount(1);
            assertThat(dashboard.item("cannot open").locator(".level"))
                    .hasAttribute("title", "error, guessed from the text");
        }
    }

    @Test
    void stderrAndSystem_areMarkedByWords() {
        broker.store(
                device,
                line("out"),
                line("wrong").put("stream", "stderr").put("service", "main"),
                line("Applied configuration").put("system", true));
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.item("out").locator("abbr")).hasCount(0);
            assertThat(dashboard.item("wrong").locator("abbr")).hasText("err");
            assertThat(dashboard.item("wrong").locator(".service")).hasText("main");
            assertThat(dashboard.item("Applied").locator("abbr")).hasText("sys");
        }
    }

    @Test
    void boot_isMarked() {
        broker.store(device, line("before"), line("-- Boot 4c1f2b --").put("system", true), line("-- Boot 4c1f2b --"));
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            assertThat(dashboard.page.locator(".boot")).hasCount(1);
            assertThat(dashboard.page.locator(".boot .text")).hasText("device booted: 4c1f2b");
        }
    }

    @Test
    void times_areLocalOrUtc_withMilliseconds() {
        broker.store(device, line("a"));
        try (Dashboard dashboard = Dashboard.watching(broker, device)) {
            Locator time = dashboard.item("a").locator(".time a");
            assertThat(time).hasText("15:00:00.123");
            assertThat(time).hasAttribute("title", Pattern.compile("^2025-11-22 15:00:00\\.123 \\+01:00"));
            dashboard.id("zone").click();
            assertThat(time).hasText("14:00:00.123");
            assertThat(time).hasAttribute("title", Pattern.compile("^2025-11-22 14:00:00\\.123 UTC"));
            dashboard.page.reload();
            assertThat(time).hasText("14:00:00.123");
        }
    }

    // ---- what is not a line

    @Test
    void gap_isARowWithCountAndReason() {
        String full = RunningBroker.newDevice();
        for (int i = 0; i < 3; i++) {
            broker.say(full, IntStream.range(0, 500).mapToObj(n -> "line").toArray(String[]::new));
        }
        String epoch = broker.history(full).get(0).getString("id").split("-")[0];
        try (Dashboard dashboard = Dashboard.open(broker, "#device=" + full)) {
            dashboard.awaitState("live");
            assertThat(dashboard.id("amount")).hasText("1,000 lines", Dashboard.within());
            // As after an hour without a connection: it resumes from the place that it had then.
            dashboard.page.route(
                    "**/logs/stream?**",
                    route -> route.resume(new Route.ResumeOptions()
                            .setUrl(route.request()
                                    .url()
                                    .replaceAll("&tail=\\d+", "&after=" + full + ":" + epoch + "-100"))));
            dashboard.page.reload();
            assertThat(dashboard.id("amount")).hasText("1,001 lines", Dashboard.within());
            assertThat(dashboard.page.locator(".gap")).hasCount(0); // it is far above
            dashboard.id("log").focus();
            dashboard.page.keyboard().press("Home");
            assertThat(dashboard.page.locator(".gap .text"))
                    .hasText("Gap: 400 lines lost of " + full
                            + ": they were evicted by newer lines before they could be read (evicted)");
        }
    }
}
