package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths that name another device, or something that is none, to one of several readers of them. */
final class PathsTest {

    private static final String LINE = "{\"message\":\"stolen\"}";

    private static RunningBroker broker;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
        broker.say("victim", "kept");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String send(String method, String path, String body) {
        try (RawSocket socket = new RawSocket(broker.port())) {
            return socket.write(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            + "Content-Type: application/x-ndjson\r\nContent-Length: " + body.length() + "\r\n\r\n"
                            + body)
                    .readResponse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "%2e%2e",
                "%2E.",
                "%252e%252e",
                "%2f",
                "..%2fvictim",
                "a%2f..%2fvictim",
                "a%5c..%5cvictim",
                "%00",
                "victim%00",
                "victim%20",
                "victim%0a",
                "victim%0d%0aX:%20y",
                "%c0%ae%c0%ae",
                "%e2%80%ae",
                "victim;a=b",
                "victim%3f",
                "victim%23x",
                "%ff",
                "%",
                "%zz",
                "%u002e",
                "victim*",
                "{victim}",
                "tailrace:%7Bvictim%7D:ring"
            })
    void deviceThatIsNone_isRefusedOnEachWay(String device) {
        for (String method : new String[] {"GET", "POST", "DELETE"}) {
            String answer = send(method, "/api/v1/devices/" + device + "/logs", "GET".equals(method) ? "" : LINE);
            assertThat(answer).as(method).matches("(?s)HTTP/1\\.1 4\\d\\d .*");
        }
        assertThat(send("POST", "/device/v2/" + device + "/logs", "[]")).matches("(?s)HTTP/1\\.1 4\\d\\d .*");
        assertThat(broker.messages("victim")).containsExactly("kept");
    }

    /** Every reader of these paths takes them for paths of the device itself. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/devices/v%69ctim/logs",
                "/api/v1/devices/%76ictim/logs",
                "/api/v1/devices/x/../victim/logs"
            })
    void otherSpellingOfADevice_isThatDeviceOrRefused(String path) {
        assertThat(send("GET", path, "")).matches("(?s)HTTP/1\\.1 (200|400|404) .*");
    }

    @ParameterizedTest
    @ValueSource(ints = {129, 1000, 8000, 60_000, 70_000})
    void deviceThatIsTooLong_isRefused(int length) {
        assertThat(send("GET", "/api/v1/devices/" + "a".repeat(length) + "/logs", ""))
                .matches("(?s)HTTP/1\\.[01] 4\\d\\d .*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../../etc/passwd",
                "/..%2f..%2fetc/passwd",
                "/%2e%2e/%2e%2e/etc/passwd",
                "/api/v1/../../../etc/passwd",
                "//etc/passwd",
                "/api/v1/openapi.yaml/../../../application.properties",
                "/META-INF/MANIFEST.MF",
                "/dev/tailrace/cli/Main.class",
                "/logback.xml",
                "/api/v1/openapi.yaml%00.html",
                "http://127.0.0.1/etc/passwd"
            })
    void fileOfTheBroker_isNotServed(String path) {
        assertThat(send("GET", path, "")).matches("(?s)HTTP/1\\.1 4\\d\\d .*");
    }
}
