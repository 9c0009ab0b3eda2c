package dev.tailrace.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where credentials are asked for, the page asks for one, and offers what it allows. */
final class LoginTest {

    private static final String ADMIN = "the administrator's token";
    private static final String[] AS_ADMIN = {"Authorization", "Bearer " + ADMIN, "Content-Type", "application/json"};

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.DRAIN_TIME, "1s", Setting.AUTH_ADMIN_TOKEN, ADMIN));
        for (String device : new String[] {"kitchen", "pump"}) {
            broker.request(
                    "POST", "/api/v1/devices/" + device + "/logs", "[{\"message\":\"from " + device + "\"}]", AS_ADMIN);
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static JsonObject key(String grants) {
        return new JsonObject(
                broker.request("POST", "/api/v1/keys", "{\"name\":\"anna\",\"grants\":" + grants + "}", AS_ADMIN)
                        .body());
    }

    private static void logIn(Dashboard dashboard, String token) {
        dashboard.page.locator("#login input").fill(token);
        dashboard.page.locator("#login button").click();
    }

    @Test
    void stranger_isAskedForAToken_andAWrongOneIsRefused() {
        try (Dashboard dashboard = Dashboard.open(broker, "#device=kitchen")) {
            assertThat(dashboard.id("login")).isVisible();
            assertThat(dashboard.page.locator(".device-row")).hasCount(0);
            logIn(dashboard, "wrong");
            assertThat(dashboard.page.locator("#login .wrong")).not().isEmpty();
            dashboard.page.keyboard().press("Escape");
            assertThat(dashboard.id("login")).isVisible();
            dashboard.screenshot("login");

            logIn(dashboard, ADMIN);
            assertThat(dashboard.id("login")).isHidden();
            dashboard.awaitState("live");
            assertThat(dashboard.item("from kitchen")).isVisible();
            assertThat(dashboard.id("log-out")).isVisible();
            assertThat(dashboard.page.evaluate("document.cookie")).isEqualTo("");
            assertThat(dashboard.page.content()).doesNotContain(ADMIN);

            dashboard.page.reload();
            assertThat(dashboard.item("from kitchen")).isVisible();

            dashboard.id("log-out").click();
            assertThat(dashboard.id("login")).isVisible();
        }
    }

    @Test
    void reader_seesHisDevices_andMayNotClear_unlessHeMay() {
        String token = key("[\"logs:read@*\",\"logs:clear@device/pump\"]").getString("token");
        try (Dashboard dashboard = Dashboard.open(broker, "#device=kitchen")) {
            logIn(dashboard, token);
            dashboard.awaitState("live");
            assertThat(dashboard.id("clear")).isDisabled();
            assertThat(dashboard.id("clear")).hasAttribute("title", "Clearing needs the permission logs:clear");
            dashboard.go("#device=pump");
            assertThat(dashboard.id("clear")).isEnabled();
            dashboard.go("#device=pump&device=kitchen");
            dashboard.id("clear").click();
            assertThat(dashboard.page.locator("#clear-dialog li")).hasText("pump");
            dashboard.page.locator("#clear-dialog .danger").click();
            assertThat(dashboard.page.locator(".note.clear")).isVisible();
            assertThat(dashboard.item("from kitchen")).isVisible();
        }
        broker.request("POST", "/api/v1/devices/pump/logs", "[{\"message\":\"from pump\"}]", AS_ADMIN);
    }

    @Test
    void loginThatIsRevoked_isAskedForAgain() {
        JsonObject key = key("[\"logs:read@device/kitchen\"]");
        try (Dashboard dashboard = Dashboard.open(broker, "#device=kitchen")) {
            logIn(dashboard, key.getString("token"));
            dashboard.awaitState("live");
            assertThat(dashboard.page.locator(".device-row")).hasCount(1);
            broker.send(HttpRequest.newBuilder(broker.uri("/api/v1/keys/" + key.getString("id")))
                    .header("Authorization", "Bearer " + ADMIN)
                    .DELETE()
                    .build());
            assertThat(dashboard.id("login"))
                    .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(Dashboard.PATIENCE));
            logIn(dashboard, ADMIN);
            dashboard.awaitState("live");
            assertThat(dashboard.page.locator(".device-row")).hasCount(2);
        }
    }
}
