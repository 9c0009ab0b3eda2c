package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Takes the picture that README shows; {@code cp target/screenshots/dashboard.png docs/} renews it. */
final class PictureTest {

    private static final List<String> CONNECTED = List.of("camera-lyon", "door-berlin-1", "pump-oslo", "gate-porto");
    private static final int ROUNDS = 45;

    @Test
    void dashboard_withSampleDevices_isTakenAPictureOf() {
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s"))) {
            List<WebSocket> sockets = new ArrayList<>();
            for (String device : CONNECTED) {
                sockets.add(broker.http
                        .newWebSocketBuilder()
                        .buildAsync(broker.wsUri("/api/v1/devices/" + device + "/ingest"), new WebSocket.Listener() {})
                        .join());
            }
            SampleDevices.write(broker);
            try (Dashboard dashboard =
                    Dashboard.open(broker, SampleDevices.ALL, options -> options.setViewportSize(1320, 700))) {
                dashboard.awaitState("live");
                for (int i = 0; i < ROUNDS; i++) {
                    for (int n = 0; n < 1 + (i * i) % 7; n++) {
                        broker.say("gate-porto", "open");
                    }
                    SampleDevices.beat(broker, i);
                    dashboard.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
                    dashboard.page.waitForTimeout(120);
                }
                dashboard.id("find").fill("bar");
                assertThat(dashboard.page.locator("mark").first()).isVisible();
                dashboard.id("log").focus();
                dashboard.page.keyboard().press("Home");
                dashboard.item("listening").locator(".fold").click();
                dashboard.page.keyboard().press("Escape");
                dashboard.id("find").focus();
                assertThat(dashboard.id("follow")).isVisible();
                dashboard.screenshot("dashboard");
            }
            sockets.forEach(WebSocket::abort);
        }
        assertThat(Dashboard.SCREENSHOTS.resolve("dashboard.png")).isNotEmptyFile();
        assertThat(Files.exists(Path.of("docs/dashboard.png"))).isTrue();
    }
}
