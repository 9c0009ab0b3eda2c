package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of browsers for web pages. They are sent over raw sockets, which can choose Host and Origin. */
final class OriginsTest {

    private static final String LOGS = "/api/v1/devices/lathe/logs";
    private static RunningBroker open;
    private static RunningBroker closed;

    @BeforeAll
    static void start() {
        Map<Setting, String> pages = Map.of(
                Setting.ALLOWED_ORIGINS,
                "https://Ops.example.com, http://wall:3000",
                Setting.HOSTS,
                "broker, Logs.lan");
        open = RunningBroker.start(pages);
        closed = RunningBroker.start(Map.of(
                Setting.ALLOWED_ORIGINS,
                pages.get(Setting.ALLOWED_ORIGINS),
                Setting.AUTH_ADMIN_TOKEN,
                "a secret that nobody guesses"));
    }

    @AfterAll
    static void stop() {
        open.close();
        closed.close();
    }

    /** The complete head of the response. */
    private static String ask(RunningBroker broker, String method, String path, String... headers) {
        try (RawSocket socket = new RawSocket(broker.port())) {
            String head = method + " " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers);
            return socket.write(head + "\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi")
                    .readHead();
        }
    }

    private static String host(RunningBroker broker) {
        return "Host: localhost:" + broker.port();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "http://localhost:1",
                "http://localhost.evil.example",
                "https://ops.example.com.evil.example",
                "http://ops.example.com",
                "file://",
                "not an origin"
            })
    void foreignPage_mayNotWrite_evenWithoutConfiguredCredentials(String origin) {
        assertThat(ask(open, "POST", LOGS, host(open), "Origin: " + origin)).startsWith("HTTP/1.1 403 ");
        assertThat(ask(open, "DELETE", LOGS, host(open), "Origin: " + origin)).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void refusal_namesTheSetting_andIsHiddenFromThePage() {
        var answer = open.request("POST", LOGS, "hi", "Origin", "https://evil.example");
        assertThat(answer.body()).contains("--allowed-origins").contains("TAILRACE_ALLOWED_ORIGINS");
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void foreignPage_mayNotOpenAWebSocket() {
        String[] headers = {
            host(open),
            "Origin: https://evil.example",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        };
        assertThat(ask(open, "GET", "/api/v1/devices/lathe/ingest", headers)).startsWith("HTTP/1.1 403 ");
        assertThat(ask(open, "GET", LOGS + "/stream", headers)).startsWith("HTTP/1.1 403 ");
        headers[1] = "Origin: http://localhost:" + open.port();
        assertThat(ask(open, "GET", LOGS + "/stream", headers)).startsWith("HTTP/1.1 101 ");
    }

    @Test
    void foreignPage_cannotReadResponses() {
        String head = ask(open, "GET", "/api/v1/devices", host(open), "Origin: https://evil.example");
        assertThat(head).startsWith("HTTP/1.1 200 ").doesNotContainIgnoringCase("access-control");
    }

    @Test
    void ownPage_mayWrite() {
        String origin = "Origin: http://localhost:" + open.port();
        assertThat(ask(open, "POST", LOGS, host(open), origin)).startsWith("HTTP/1.1 202 ");
        assertThat(ask(closed, "POST", LOGS, "Host: logs.example.com", "Origin: https://logs.example.com"))
                .startsWith("HTTP/1.1 401 ");
        assertThat(ask(closed, "POST", LOGS, "Host: logs.example.com:443", "Origin: https://LOGS.example.com"))
                .startsWith("HTTP/1.1 401 ");
        assertThat(ask(closed, "POST", LOGS, "Host: [::1]:80", "Origin: http://[::1]"))
                .startsWith("HTTP/1.1 401 ");
    }

    @Test
    void pageWithoutTls_isForeign_toABrokerWithTls() {
        String host = "Host: logs.example.com";
        String proxy = "X-Forwarded-Proto: https";
        assertThat(ask(closed, "POST", LOGS, host, proxy, "Origin: http://logs.example.com"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(ask(closed, "POST", LOGS, host, proxy, "Origin: https://logs.example.com"))
                .startsWith("HTTP/1.1 401 ");
    }

    @Test
    void allowedPage_readsAndWrites_withItsCookies() {
        String origin = "Origin: https://ops.example.com";
        assertThat(ask(open, "POST", LOGS, host(open), origin))
                .startsWith("HTTP/1.1 202 ")
                .containsIgnoringCase("access-control-allow-origin: https://ops.example.com\r\n")
                .containsIgnoringCase("access-control-allow-credentials: true\r\n")
                .containsIgnoringCase("access-control-expose-headers: ")
                .contains("tailrace-position");
        assertThat(ask(closed, "POST", LOGS, host(closed), "Origin: http://wall:3000"))
                .startsWith("HTTP/1.1 401 ")
                .containsIgnoringCase("access-control-allow-origin: http://wall:3000\r\n");
    }

    @Test
    void preflight_isAnswered_withoutCredentials() {
        String asks = "Access-Control-Request-Method: DELETE";
        // Those of event-source-polyfill, eventsource-polyfill and fetch-event-source, and of senders.
        String headers = "Access-Control-Request-Headers: accept, authorization, cache-control, content-encoding,"
                + " content-type, last-event-id, pragma, x-requested-with";
        String answer = ask(closed, "OPTIONS", LOGS, host(closed), "Origin: https://ops.example.com", asks, headers);
        assertThat(answer)
                .startsWith("HTTP/1.1 20")
                .containsIgnoringCase("access-control-allow-origin: https://ops.example.com")
                .contains("delete");
        assertThat(allowedHeaders(answer))
                .contains(
                        "accept",
                        "authorization",
                        "cache-control",
                        "content-encoding",
                        "content-type",
                        "last-event-id",
                        "pragma",
                        "x-requested-with");
        assertThat(ask(closed, "OPTIONS", LOGS, host(closed), "Origin: https://evil.example", asks, headers))
                .doesNotContainIgnoringCase("access-control-allow");
    }

    private static List<String> allowedHeaders(String answer) {
        return answer.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("access-control-allow-headers:"))
                .flatMap(line ->
                        Arrays.stream(line.substring(line.indexOf(':') + 1).split(",")))
                .map(name -> name.trim().toLowerCase(Locale.ROOT))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rebound.example:8080",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "192.0.2.1",
                "[::2]",
                "wiki",
                "wiki:8080",
                "wiki.",
                "broker.evil.example",
                "2130706433",
                "0x7f000001"
            })
    void foreignHostName_isRefused_withoutConfiguredCredentials(String host) {
        assertThat(ask(open, "GET", "/api/v1/devices", "Host: " + host)).startsWith("HTTP/1.1 403 ");
        assertThat(ask(closed, "GET", "/api/v1/devices", "Host: " + host)).startsWith("HTTP/1.1 401 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:80",
                "127.0.0.1",
                "127.1.2.3:8080",
                "[::1]:8080",
                "broker",
                "BROKER.:8080",
                "logs.lan",
                "localhost.",
                "a.localhost",
                "wall",
                "ops.example.com"
            })
    void nameOfThisMachine_isAnswered(String host) {
        assertThat(ask(open, "GET", "/api/v1/devices", "Host: " + host)).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void insecure_acceptsAnyHostName() {
        try (RunningBroker broker = RunningBroker.start(Map.of(Setting.INSECURE, "true"))) {
            assertThat(ask(broker, "GET", "/api/v1/devices", "Host: logs.example.com"))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void everyResponse_hasNoSniff() {
        for (String path : new String[] {"/", "/web/main.js", "/api/v1/devices", "/nowhere"}) {
            assertThat(open.get(path).headers().firstValue("X-Content-Type-Options"))
                    .as(path)
                    .hasValue("nosniff");
            assertThat(open.get(path).headers().firstValue("Cross-Origin-Resource-Policy"))
                    .as(path)
                    .hasValue("same-origin");
        }
    }

    @Test
    void page_cannotBeFramed_andSendsNoReferrer() {
        var headers = open.get("/").headers();
        assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'")
                .contains("frame-ancestors 'none'");
        assertThat(headers.firstValue("Referrer-Policy")).hasValue("no-referrer");
        assertThat(headers.firstValue("X-Frame-Options")).hasValue("DENY");
        assertThat(headers.firstValue("Strict-Transport-Security")).isEmpty(); // which has no effect without TLS
    }
}
