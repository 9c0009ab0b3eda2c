package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.ReverseProxy;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page {@code /doctor} in a browser: with a correct proxy, behind misconfigured proxies, and for screen readers. */
final class DoctorPageTest {

    private static final Path SCREENSHOTS = Path.of("target/screenshots");
    private static final double PATIENCE = 40_000;

    private static RunningBroker broker;

    @TempDir
    private Path folder;

    private final List<String> errors = new ArrayList<>();
    private BrowserContext context;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.STREAM_HEARTBEAT, "1s"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void close() {
        if (context != null) {
            context.close();
        }
    }

    private Page open(ColorScheme scheme) {
        context = Chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(1000, 1000)
                        .setIgnoreHTTPSErrors(true)
                        .setColorScheme(scheme));
        Page page = context.newPage();
        page.onPageError(errors::add);
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                errors.add(message.text());
            }
        });
        return page;
    }

    private static Locator awaitSummary(Page page, String text) {
        Locator summary = page.locator("#summary");
        assertThat(summary).hasText(Pattern.compile(text), new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE));
        return summary;
    }

    private static List<String> found(Page page, String result) {
        return page.locator("#checks li[data-result=" + result + "]").all().stream()
                .map(item -> item.getAttribute("id").substring("check-".length()))
                .toList();
    }

    private static String browserPath(String path) {
        return broker.uri(path).toString();
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void brokerItself_hasNoFindings_exceptHttp1(ColorScheme scheme) {
        Page page = open(scheme);
        page.navigate(browserPath("/doctor"));
        awaitSummary(page, "Found 1 warning\\.");
        assertThat(found(page, "warning")).containsExactly("connections");
        assertThat(found(page, "ok")).hasSize(12);
        assertThat(page.locator("#command")).hasText("tailrace doctor " + browserPath(""));
        page.locator("#nginx summary").click();
        page.screenshot(new Page.ScreenshotOptions()
                .setFullPage(true)
                .setPath(SCREENSHOTS.resolve("doctor-" + scheme.name().toLowerCase(Locale.ROOT) + ".png")));
        page.locator("#haproxy summary").click();
        page.locator("#traefik summary").click();
        List<Rule> serious = new AxeBuilder(page)
                .analyze().getViolations().stream()
                        .filter(one -> List.of("serious", "critical").contains(one.getImpact()))
                        .toList();
        assertThat(serious).isEmpty();
        assertThat(errors).isEmpty();
    }

    @Test
    void checks_areAskedAgainByKeyboard() {
        Page page = open(ColorScheme.LIGHT);
        page.navigate(browserPath("/doctor"));
        awaitSummary(page, "Found");
        page.route("**/api/v1/doctor", route -> route.fulfill(new Route.FulfillOptions().setStatus(502)));
        page.locator("#again").focus();
        page.keyboard().press("Enter");
        awaitSummary(page, "Found 1 problem\\.");
        assertThat(found(page, "problem")).containsExactly("reach");
        assertThat(page.locator("#check-reach .change")).containsText("Check the URL");
    }

    @Test
    void wrongClock_andLostCookies_areDetected() {
        Page page = open(ColorScheme.LIGHT);
        page.route("**/api/v1/doctor*", route -> {
            var answer = route.fetch();
            JsonObject seen = new JsonObject(answer.text());
            seen.put("now", seen.getLong("now") + 3_600_000)
                    .put("cookie", false)
                    .put("host", "inner:8080");
            route.fulfill(new Route.FulfillOptions().setResponse(answer).setBody(seen.encode()));
        });
        page.navigate(browserPath("/doctor"));
        awaitSummary(page, "Found 3 problems and 1 warning\\.");
        assertThat(found(page, "problem")).containsExactly("cookies", "clock", "host");
        assertThat(page.locator("#check-clock .seen")).containsText(Pattern.compile("3[56]\\d\\d\\.\\d s behind"));
    }

    @Test
    void whatTheBrokerSaw_isShownAsText() {
        Page page = open(ColorScheme.LIGHT);
        page.route("**/api/v1/doctor*", route -> {
            var answer = route.fetch();
            JsonObject seen = new JsonObject(answer.text()).put("host", "<img src=x onerror=alert(1)>");
            route.fulfill(new Route.FulfillOptions().setResponse(answer).setBody(seen.encode()));
        });
        page.navigate(browserPath("/doctor"));
        awaitSummary(page, "Found");
        assertThat(page.locator("#check-host .seen")).containsText("<img src=x onerror=alert(1)>");
        assertThat(page.locator("img")).hasCount(0);
        assertThat(errors).isEmpty();
    }

    @Test
    void proxyThatBuffers_drops_andCompresses_isDetected() throws Exception {
        int port = Ports.free();
        String upstream = "proxy_pass http://127.0.0.1:" + broker.port() + ";";
        String http = "server { listen 127.0.0.1:" + port + "; location / { " + upstream
                + " proxy_set_header Host $http_host; proxy_set_header Last-Event-ID '';"
                + " proxy_ignore_headers X-Accel-Buffering;"
                + " gzip on; gzip_proxied any; gzip_min_length 0; gzip_types text/event-stream; } }";
        try (ReverseProxy proxy = ReverseProxy.nginx(folder, port, http)) {
            Page page = open(ColorScheme.DARK);
            page.navigate("http://127.0.0.1:" + proxy.port() + "/doctor");
            awaitSummary(page, "Found 4 problems and 1 warning\\.");
            assertThat(found(page, "problem")).containsExactly("stream", "encoding", "resume", "websocket");
            page.screenshot(
                    new Page.ScreenshotOptions().setFullPage(true).setPath(SCREENSHOTS.resolve("doctor-problems.png")));
        }
    }

    @Test
    void proxyWithHttp2_hasNoFindings() throws Exception {
        int port = Ports.free();
        TestAuthority.lay(new TestAuthority().server("proxy"), folder);
        String http = snippets("nginx")
                .get(0)
                .replace("listen 443", "listen 127.0.0.1:" + port)
                .replace(
                        "/etc/nginx/logs.example.pem",
                        folder.resolve("cert.pem").toString())
                .replace(
                        "/etc/nginx/logs.example.key", folder.resolve("key.pem").toString())
                .replace("127.0.0.1:8080", "127.0.0.1:" + broker.port());
        try (ReverseProxy proxy = ReverseProxy.nginx(folder, port, http)) {
            Page page = open(ColorScheme.LIGHT);
            page.navigate("https://127.0.0.1:" + proxy.port() + "/doctor");
            awaitSummary(page, "No problem found\\.");
            assertThat(found(page, "ok")).hasSize(13);
        }
    }

    @Test
    void configurationsOfThePage_areThoseOfTheDocument() throws Exception {
        Page page = open(ColorScheme.LIGHT);
        page.navigate(browserPath("/doctor"));
        List<String> documented = new ArrayList<>();
        for (String language : List.of("nginx", "haproxy", "yaml")) {
            documented.addAll(snippets(language));
        }
        assertThat(documented).hasSize(4);
        assertThat(page.locator("pre").allTextContents()).isEqualTo(documented);
    }

    private static List<String> snippets(String language) throws Exception {
        String text = Files.readString(Path.of("docs/PROXIES.md"));
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(text)
                .results()
                .map((MatchResult fence) -> fence.group(1))
                .toList();
    }
}
