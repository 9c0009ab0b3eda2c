package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.tailrace.testing.RunningBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The dashboard in a browser that knows nothing of earlier tests. Errors of its scripts fail the test on {@link #close}. */
final class Dashboard implements AutoCloseable {

    static final Path SCREENSHOTS = Path.of("target/screenshots");
    static final double PATIENCE = 15_000;

    final BrowserContext context;
    final Page page;
    private final List<String> errors = new ArrayList<>();
    private final String address;

    private Dashboard(String address, Browser.NewContextOptions options) {
        this.address = address;
        context = Chromium.browser().newContext(options);
        context.setDefaultTimeout(PATIENCE);
        page = context.newPage();
        page.onPageError(errors::add);
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                errors.add(message.text());
            }
        });
    }

    static Dashboard open(RunningBroker broker) {
        return open(broker, "");
    }

    /** @param hash the state of the page, from the {@code #} on */
    static Dashboard open(RunningBroker broker, String hash) {
        return open(broker, hash, options -> {});
    }

    static Dashboard open(RunningBroker broker, String hash, Consumer<Browser.NewContextOptions> more) {
        return open("http://127.0.0.1:" + broker.port() + "/", hash, more);
    }

    static Dashboard open(String address, String hash, Consumer<Browser.NewContextOptions> more) {
        Browser.NewContextOptions options = new Browser.NewContextOptions()
                .setViewportSize(1280, 720)
                .setTimezoneId("Europe/Berlin")
                .setLocale("en-GB")
                .setColorScheme(ColorScheme.LIGHT);
        more.accept(options);
        Dashboard dashboard = new Dashboard(address, options);
        dashboard.page.navigate(address + hash);
        return dashboard;
    }

    /** Shows devices, and waits until their stream is open. */
    static Dashboard watching(RunningBroker broker, String... devices) {
        Dashboard dashboard = open(broker, "#device=" + String.join("&device=", devices));
        dashboard.awaitState("live");
        return dashboard;
    }

    void go(String hash) {
        page.navigate(address + hash);
    }

    Locator id(String id) {
        return page.locator("#" + id);
    }

    /** Items in sight; an item is a line with what goes on it. */
    Locator items() {
        return page.locator("#lines .item");
    }

    /** The elements that hold a text. */
    Locator item(String text) {
        return items().filter(new Locator.FilterOptions().setHasText(text));
    }

    /** The row of a device, as soon as the page knows of it. */
    Locator device(String name) {
        Locator row = page.locator(".device-row")
                .filter(new Locator.FilterOptions()
                        .setHas(page.locator(".name").getByText(name, new Locator.GetByTextOptions().setExact(true))));
        askUntil(() -> row.count() > 0);
        return row;
    }

    /** Has the page ask for the devices more often than it would, until something holds or patience ends. */
    void askUntil(BooleanSupplier holds) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos((long) PATIENCE);
        while (!holds.getAsBoolean() && System.nanoTime() < end) {
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))"); // as when its tab is looked at
            page.waitForTimeout(100);
        }
    }

    String state() {
        return id("state-text").textContent();
    }

    void awaitState(String text) {
        assertThat(id("state-text")).hasText(text, within());
    }

    void awaitState(Pattern text) {
        assertThat(id("state-text")).hasText(text, within());
    }

    static LocatorAssertions.HasTextOptions within() {
        return new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE);
    }

    /** The messages in sight, from the top. */
    List<String> texts() {
        return page.locator("#lines .item .text").allInnerTexts();
    }

    String hash() {
        return (String) page.evaluate("location.hash");
    }

    void screenshot(String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }

    @Override
    public void close() {
        context.close();
        assertThat(errors).isEmpty();
    }
}
