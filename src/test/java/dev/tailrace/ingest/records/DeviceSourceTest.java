package dev.tailrace.ingest.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The device of records that name none, or another one than their sender may write for. */
class DeviceSourceTest {

    private static final String ADMIN = "a".repeat(40);
    private static final String OTLP = "/v1/logs";
    private static final String LOKI = "/loki/api/v1/push";

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.AUTH_ADMIN_TOKEN, ADMIN));
    }

    @AfterAll
    static void stop() {
        assertThat(broker.unaccountedLines()).isZero();
        broker.close();
    }

    private static HttpResponse<String> post(String token, String path, String body) {
        return broker.request(
                "POST", path, body, "Content-Type", "application/json", "Authorization", "Bearer " + token);
    }

    private static String key(String path, String body) {
        HttpResponse<String> answer = post(ADMIN, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body()).getString("token");
    }

    private static String keyOf(String device) {
        return key("/api/v1/devices/" + device + "/keys", "{}");
    }

    private static List<String> messages(String device) {
        HttpResponse<String> answer =
                broker.get("/api/v1/devices/" + device + "/logs?format=ndjson", "Authorization", "Bearer " + ADMIN);
        return answer.body()
                .lines()
                .map(line -> new JsonObject(line).getString("message"))
                .toList();
    }

    /** @param named the device that the record names, or nothing */
    private static String body(String path, String named, String message) {
        if (path.endsWith(OTLP)) {
            String attributes =
                    named.isEmpty() ? "" : "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"" + named + "\"}}";
            return "{\"resourceLogs\":[{\"resource\":{\"attributes\":[" + attributes
                    + "]},\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"" + message + "\"}}]}]}]}";
        }
        String labels = named.isEmpty() ? "" : "\"host\":\"" + named + "\"";
        return "{\"streams\":[{\"stream\":{" + labels + "},\"values\":[[\"1764410400000000000\",\"" + message
                + "\"]]}]}";
    }

    @ParameterizedTest
    @CsvSource({OTLP + ",200", LOKI + ",204"})
    void keyOfOneDevice_namesTheDevice_whereTheRecordDoesNot(String path, int stored) {
        String key = keyOf(device);
        assertThat(post(key, path, body(path, "", "unnamed")).statusCode()).isEqualTo(stored);
        assertThat(post(key, path, body(path, device, "named")).statusCode()).isEqualTo(stored);
        assertThat(post(key, path, body(path, "x".repeat(200), "not an id")).statusCode())
                .isEqualTo(stored);
        HttpResponse<String> foreign = post(key, path, body(path, "another", "foreign"));
        assertThat(foreign.statusCode()).isEqualTo(400);
        assertThat(foreign.body()).contains("no permission");
        assertThat(messages(device)).containsExactly("unnamed", "named", "not an id");
        assertThat(messages("another")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({OTLP + ",200", LOKI + ",204"})
    void deviceOfThePath_isThatOfAllRecords(String path, int stored) {
        String key = keyOf(device);
        String own = "/api/v1/devices/" + device + path;
        assertThat(post(key, own, body(path, "", "unnamed")).statusCode()).isEqualTo(stored);
        assertThat(post(key, own, body(path, "container-7", "named")).statusCode())
                .isEqualTo(stored);
        assertThat(messages(device)).containsExactly("unnamed", "named");
        assertThat(messages("container-7")).isEmpty();

        String foreign = "/api/v1/devices/another" + path;
        assertThat(post(key, foreign, body(path, device, "foreign")).statusCode())
                .isEqualTo(404);
        assertThat(post("wrong", own, body(path, "", "x")).statusCode()).isEqualTo(401);
        assertThat(post(ADMIN, "/api/v1/devices/not%20an%20id" + path, body(path, "", "x"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(messages(device)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({OTLP, LOKI})
    void credentialForSeveralDevices_namesNone(String path) {
        for (String grants : List.of(
                "\"logs:write@*\"", "\"logs:write@fleet/eu\"", "\"logs:write@device/a\",\"logs:write@device/b\"")) {
            String key = key("/api/v1/keys", "{\"grants\":[" + grants + "]}");
            HttpResponse<String> answer = post(key, path, body(path, "", "unnamed"));
            assertThat(answer.statusCode()).as(grants).isEqualTo(400);
            assertThat(answer.body()).contains("the device is missing");
        }
    }

    @Test
    void nameOfTheDeviceThatIsNotUsed_staysAnAttribute() {
        post(ADMIN, "/api/v1/devices/" + device + OTLP, body(OTLP, "container-7", "named"));
        HttpResponse<String> answer =
                broker.get("/api/v1/devices/" + device + "/logs?format=ndjson", "Authorization", "Bearer " + ADMIN);
        assertThat(new JsonObject(answer.body()).getJsonObject("attributes"))
                .isEqualTo(new JsonObject().put("host.name", "container-7"));
    }
}
