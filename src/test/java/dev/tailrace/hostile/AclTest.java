package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user of Redis with the rights that the documentation names, and with fewer. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class AclTest {

    private static final String ADMIN = "admin-token-of-this-test";

    private final String device = RunningBroker.newDevice();
    private RedisProcess redis;

    @BeforeEach
    void start() throws IOException {
        redis = RedisProcess.start();
        String operations = Files.readString(Path.of("docs/OPERATIONS.md"));
        Matcher line = Pattern.compile("^ACL SETUSER tailrace (?s:.*?)(?=^```)", Pattern.MULTILINE)
                .matcher(operations);
        assertThat(line.find()).isTrue();
        redis.command(Arrays.stream(line.group().replace("\\\n", " ").trim().split("\\s+", -1))
                .map(rule -> rule.equals(">PASSWORD") ? ">secret" : rule)
                .toArray(String[]::new));
    }

    @AfterEach
    void stop() {
        redis.close();
    }

    private RunningBroker broker(Map<Setting, String> more) {
        Map<Setting, String> settings = new HashMap<>(more);
        settings.put(Setting.REDIS, "redis://tailrace:secret@127.0.0.1:" + redis.port());
        return RunningBroker.start(settings);
    }

    private static HttpResponse<String> ready(RunningBroker broker) {
        return broker.management("/health/ready");
    }

    private void allow(String... rules) {
        String[] all = new String[rules.length + 3];
        System.arraycopy(new String[] {"ACL", "SETUSER", "tailrace"}, 0, all, 0, 3);
        System.arraycopy(rules, 0, all, 3, rules.length);
        redis.command(all);
    }

    private long entries() {
        return (Long) redis.command("XLEN", "tailrace:{" + device + "}:ring");
    }

    private HttpResponse<String> post(RunningBroker broker) {
        return broker.request("POST", "/api/v1/devices/" + device + "/logs", "line", "Content-Type", "text/plain");
    }

    @Test
    void documentedUser_isRefusedNothing() {
        try (RunningBroker broker = broker(Map.of(Setting.AUTH_ADMIN_TOKEN, ADMIN))) {
            await().atMost(10, SECONDS).until(() -> ready(broker).statusCode() == 200);
            String logs = "/api/v1/devices/" + device + "/logs";
            assertThat(as(broker, "POST", logs + "?producer=p", "{\"message\":\"one\",\"seq\":1}"))
                    .isEqualTo(202);
            assertThat(as(broker, "PUT", "/api/v1/devices/" + device + "/fleet", "{\"fleet\":\"f\"}"))
                    .isEqualTo(204);
            assertThat(as(broker, "GET", logs, "")).isEqualTo(200);
            assertThat(as(broker, "GET", "/api/v1/devices", "")).isEqualTo(200);
            assertThat(as(broker, "GET", "/api/v1/fleets", "")).isEqualTo(200);
            String body = "{\"grants\":[\"logs:read@device/" + device + "\"]}";
            HttpResponse<String> key = broker.request("POST", "/api/v1/keys", body, "Authorization", "Bearer " + ADMIN);
            String token = new JsonObject(key.body()).getString("token");
            HttpResponse<String> ticket =
                    broker.request("POST", "/api/v1/tickets", "{}", "Authorization", "Bearer " + token);
            String path = logs + "/stream?tail=1&ticket=" + new JsonObject(ticket.body()).getString("ticket");
            try (SseReader reader = SseReader.open(broker.port(), path)) {
                assertThat(reader.entry()).isEqualTo("one");
            }
            assertThat(as(broker, "DELETE", "/api/v1/keys/" + token.split("_", 3)[1], ""))
                    .isEqualTo(204);
            assertThat(as(broker, "DELETE", logs, "")).isEqualTo(204);
            assertThat((List<?>) redis.command("ACL", "LOG")).isEmpty();
        }
    }

    private static int as(RunningBroker broker, String method, String path, String body) {
        String type = path.contains("/logs") ? "application/x-ndjson" : "application/json";
        return broker.request(method, path, body, "Authorization", "Bearer " + ADMIN, "Content-Type", type)
                .statusCode();
    }

    @ParameterizedTest
    @ValueSource(strings = {"xrange", "ssubscribe", "spublish", "hset", "getdel"})
    void startWithoutARight_isNotReady_namesIt_andGoesOnWhenItIsThere(String command) {
        allow("-" + command);
        try (RunningBroker broker = broker(Map.of())) {
            await().atMost(10, SECONDS)
                    .untilAsserted(() -> assertThat(new JsonObject(ready(broker).body()).getString("reason"))
                            .contains("refuses its user " + command));
            assertThat(ready(broker).statusCode()).isEqualTo(503);
            assertThat(post(broker).statusCode()).isEqualTo(503);
            assertThat(entries()).isZero();
            allow("+" + command);
            await().atMost(10, SECONDS).until(() -> ready(broker).statusCode() == 200);
            assertThat(post(broker).statusCode()).isEqualTo(202);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spublish", "hset", "xadd", "pexpire", "hmget"})
    void rightRevoked_linesThatAreRefusedAreNotStored_andTheRingGoesOn(String command) {
        try (RunningBroker broker = broker(Map.of())) {
            await().atMost(10, SECONDS).until(() -> ready(broker).statusCode() == 200);
            assertThat(post(broker).statusCode()).isEqualTo(202);
            int stored = 1;
            allow("-" + command);
            for (int i = 0; i < 2; i++) {
                stored += post(broker).statusCode() == 202 ? 1 : 0;
            }
            allow("+" + command);
            await().atMost(10, SECONDS).until(() -> ready(broker).statusCode() == 200);
            assertThat(post(broker).statusCode()).isEqualTo(202);
            assertThat(broker.messages(device)).hasSize(stored + 1);
            assertThat(broker.unaccountedLines()).isZero();
            assertThat(broker.metric("tailrace_ring_damaged_total")).isZero();
        }
    }
}
