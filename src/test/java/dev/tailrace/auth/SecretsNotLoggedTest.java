package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** No secret and no line appears in the log at its most verbose level, in a metric or in a refusal. */
@Timeout(60)
final class SecretsNotLoggedTest {

    private static final String ADMIN = "admin-secret-of-this-test";
    private static final String SIGNING = "signing-secret-of-this-test-with-32-bytes";
    private static final String LINE = "line-that-nobody-should-read";

    private final Logger all = (Logger) LoggerFactory.getLogger("ROOT");
    private final Logger ours = (Logger) LoggerFactory.getLogger("dev.tailrace");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final List<String> told = new ArrayList<>();
    private final List<String> secrets = new ArrayList<>(List.of(ADMIN, SIGNING, LINE));

    private RunningBroker broker;

    private HttpResponse<String> ask(String method, String path, String body, String... headers) {
        HttpResponse<String> answer = broker.request(method, path, body, headers);
        if (answer.statusCode() >= 400) {
            told.add(answer.headers().map() + answer.body());
        }
        return answer;
    }

    private JsonObject admin(String path, String body) {
        HttpResponse<String> answer = ask("POST", path, body, "Authorization", "Bearer " + ADMIN);
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
        return new JsonObject(answer.body());
    }

    private String secret(String text) {
        secrets.add(text);
        return text;
    }

    @Test
    void credentialsOfCallers_appearNowhere() throws Exception {
        Level before = ours.getLevel();
        log.start();
        all.addAppender(log);
        ours.setLevel(Level.TRACE);
        try (RunningBroker started =
                RunningBroker.start(Map.of(Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.AUTH_JWT_SECRET, SIGNING))) {
            broker = started;
            String key = secret(admin("/api/v1/devices/d/keys", "{}").getString("token"));
            ask("POST", "/api/v1/devices/d/logs", LINE, "Content-Type", "text/plain", "Authorization", "Bearer " + key);
            ask(
                    "POST",
                    "/api/v1/devices/d/logs",
                    "{" + LINE,
                    "Content-Type",
                    "application/json",
                    "Authorization",
                    "Bearer " + key);
            ask("POST", "/v1/logs", "{" + LINE, "Content-Type", "application/json", "Authorization", "Bearer " + ADMIN);
            ask(
                    "POST",
                    "/loki/api/v1/push",
                    "{" + LINE,
                    "Content-Type",
                    "application/json",
                    "Authorization",
                    "Bearer " + ADMIN);
            ask("POST", "/api/v1/keys", "{\"grants\":[\"" + LINE + "\"]", "Authorization", "Bearer " + ADMIN);
            read(secret(admin("/api/v1/tickets", "{}").getString("ticket")), 200);
            read(secret("ticketthatisnone-".repeat(3).substring(0, 43)), 401);
            ask(
                    "GET",
                    "/api/v1/devices",
                    "",
                    "Authorization",
                    "Bearer " + secret("tr_0123456789abcdef_wrong-key-of-this-test"));
            ask(
                    "GET",
                    "/api/v1/devices",
                    "",
                    "Authorization",
                    "Bearer " + secret("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2ln"));
            ask("POST", "/api/v1/session", "{\"token\":\"" + secret("login-with-a-wrong-token") + "\"}");
            HttpResponse<String> in = ask("POST", "/api/v1/session", "{\"token\":\"" + ADMIN + "\"}");
            String cookie = in.headers().firstValue("Set-Cookie").orElseThrow().split("[=;]")[1];
            assertThat(ask("GET", "/api/v1/devices", "", "Cookie", "tailrace=" + secret(cookie))
                            .statusCode())
                    .isEqualTo(200);
            ask("GET", "/api/v1/devices/d/logs?regex=(" + LINE, "", "Authorization", "Bearer " + ADMIN);
            try (RawSocket broken = new RawSocket(broker.port())) {
                broken.write("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ADMIN + "\r\n" + LINE
                        + "\u0001\r\n\r\n");
                told.add(broken.readToEnd());
            }
            told.add(broker.metrics());
        } finally {
            all.detachAppender(log);
            ours.setLevel(before);
        }
        assertThat(told).hasSizeGreaterThan(8);
        assertThat(log.list).isNotEmpty();
        for (ILoggingEvent event : log.list) {
            told.add(event.getFormattedMessage() + ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        for (String secret : secrets) {
            assertThat(told).noneMatch(text -> text.contains(secret));
        }
    }

    private void read(String ticket, int status) {
        assertThat(ask("GET", "/api/v1/devices/d/logs?ticket=" + ticket, "").statusCode())
                .isEqualTo(status);
        assertThat(ask("GET", "/api/v1/devices/d/logs?ticket=" + ticket, "").statusCode())
                .isEqualTo(401);
    }
}
