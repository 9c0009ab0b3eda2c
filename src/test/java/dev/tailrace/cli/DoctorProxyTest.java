package dev.tailrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.ReverseProxy;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The doctor, behind real proxies with the configurations of docs/PROXIES.md, unchanged and with one fault each. */
class DoctorProxyTest {

    private static final String FOLDER = "/etc/(nginx|haproxy)/";

    @TempDir
    private static Path certificates;

    @TempDir
    private Path folder;

    private static RunningBroker broker;
    private static Path authorities;

    @BeforeAll
    static void start() {
        TestAuthority authority = new TestAuthority();
        authorities = authority.file(certificates);
        var server = authority.server("proxy");
        TestAuthority.write(certificates.resolve("logs.example.pem"), server.getCertificatePathPEM());
        TestAuthority.write(certificates.resolve("logs.example.key"), server.getPrivateKeyPEM());
        TestAuthority.write(
                certificates.resolve("both.pem"), server.getCertificatePathPEM() + server.getPrivateKeyPEM());
        broker = RunningBroker.start(Map.of(Setting.STREAM_HEARTBEAT, "3s"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    /** A configuration of docs/PROXIES.md, with the ports and files of this test. */
    private static String snippet(String language, int port) throws IOException {
        String text = Files.readString(Path.of("docs/PROXIES.md"));
        Matcher fence =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(text);
        assertThat(fence.find()).as("%s in docs/PROXIES.md", language).isTrue();
        String pem = language.equals("haproxy") ? "both.pem" : "logs.example.pem";
        return fence.group(1)
                .replaceAll(
                        FOLDER + "logs.example.pem", certificates.resolve(pem).toString())
                .replaceAll(FOLDER, certificates + "/")
                .replace("listen 443", "listen 127.0.0.1:" + port)
                .replace("bind :443", "bind 127.0.0.1:" + port)
                .replace("127.0.0.1:8080", "127.0.0.1:" + broker.port());
    }

    private static String change(String text, String from, String to) {
        assertThat(text).contains(from);
        return text.replace(from, to);
    }

    /** The findings of the doctor, by its exit code and its JSON. */
    private static List<String> findings(int port, String... options) {
        List<String> command = new ArrayList<>(List.of("doctor", "--json", "--ca", authorities.toString()));
        command.addAll(Arrays.asList(options));
        command.add("https://127.0.0.1:" + port);
        TestConsole console = TestConsole.withInput("");
        int code = Main.run(console.console(), command.toArray(String[]::new));
        JsonObject answer = new JsonObject(console.out());
        List<String> found = new ArrayList<>();
        answer.getJsonArray("checks").forEach(item -> {
            JsonObject check = (JsonObject) item;
            if (!check.getString("result").equals("ok")) {
                found.add(check.getString("check"));
                assertThat(check.getString("change"))
                        .as(check.getString("check"))
                        .isNotBlank();
            }
        });
        assertThat(code).as(console.out()).isEqualTo(found.isEmpty() ? 0 : 1);
        assertThat(answer.getBoolean("ok")).isEqualTo(found.isEmpty());
        return found;
    }

    // ---- nginx

    @Test
    void nginx_asDocumented_hasNoFindings() throws IOException {
        int port = Ports.free();
        try (ReverseProxy proxy = ReverseProxy.nginx(folder, port, snippet("nginx", port))) {
            assertThat(findings(proxy.port(), "--idle")).isEmpty();
        }
    }

    static Stream<Arguments> faults() {
        String location = "proxy_http_version 1.1;";
        return Stream.of(
                fault(
                        "buffers", // answers over HTTP/1.0, its default towards the upstream
                        "proxy_cache off;",
                        "location = /api/v1/doctor/stream { proxy_pass http://127.0.0.1:8080; proxy_http_version 1.0; proxy_buffering on;"
                                + " proxy_ignore_headers X-Accel-Buffering; }",
                        "stream"),
                fault(
                        "compresses",
                        "gzip off;",
                        "gzip on; gzip_min_length 0; gzip_proxied any; gzip_types text/event-stream;",
                        "encoding"),
                fault("dropsUpgrade", "proxy_set_header Upgrade $http_upgrade;", "", "websocket"),
                fault("dropsConnection", "proxy_set_header Connection $connection_upgrade;", "", "websocket"),
                fault("dropsOrigin", "proxy_set_header Host $http_host;", "", "host", "websocket"),
                fault("keepsSchemeSecret", "proxy_set_header X-Forwarded-Proto $scheme;", "", "tls"),
                fault("dropsCookie", location, location + " proxy_set_header Cookie '';", "cookies"),
                fault("hidesCookie", location, location + " proxy_hide_header Set-Cookie;", "cookies"),
                fault("movesCookie", location, location + " proxy_cookie_path / /elsewhere/;", "cookies"),
                fault("dropsToken", location, location + " proxy_set_header Authorization '';", "authorization"),
                fault("dropsPlace", location, location + " proxy_set_header Last-Event-ID '';", "resume"),
                fault(
                        "letsCache",
                        location,
                        location + " proxy_hide_header Cache-Control; add_header Cache-Control max-age=60;",
                        "cache"),
                fault(
                        "caches",
                        "proxy_cache off;",
                        "location = /api/v1/doctor { proxy_pass http://127.0.0.1:8080; proxy_set_header Host $http_host;"
                                + " proxy_set_header X-Forwarded-Proto $scheme; proxy_buffering on; proxy_cache all;"
                                + " proxy_cache_valid any 1m; proxy_cache_key $request_uri;"
                                + " proxy_ignore_headers Cache-Control Set-Cookie; }",
                        "cache"),
                fault("oldProtocol", " http2;", ";", "connections"),
                fault(
                        "cutsSoon",
                        "proxy_cache off;",
                        "location = /api/v1/doctor/stream { proxy_pass http://127.0.0.1:8080; proxy_read_timeout 100ms; }",
                        "stream"));
    }

    private static Arguments fault(String name, String from, String to, String... found) {
        return Arguments.of(name, from, to, List.of(found));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void nginx_withAFault_isDetected(String name, String from, String to, List<String> found) throws IOException {
        int port = Ports.free();
        String upstream = "127.0.0.1:" + broker.port();
        String http = change(snippet("nginx", port), from, to.replace("127.0.0.1:8080", upstream));
        String cache = "proxy_cache_path " + folder.resolve("cache") + " keys_zone=all:1m;\n";
        try (ReverseProxy proxy = ReverseProxy.nginx(folder, port, cache + http)) {
            assertThat(findings(proxy.port())).isEqualTo(found);
        }
    }

    @Test
    void nginx_thatClosesSilentStreams_isDetected() throws IOException {
        int port = Ports.free();
        String http = change(snippet("nginx", port), "proxy_read_timeout 1h;", "proxy_read_timeout 2s;");
        try (ReverseProxy proxy = ReverseProxy.nginx(folder, port, http)) {
            assertThat(findings(proxy.port(), "--idle")).containsExactly("idle");
        }
    }

    @Test
    void nginx_withoutItsBroker_isNoBroker() throws IOException {
        int port = Ports.free();
        String http = snippet("nginx", port).replace("127.0.0.1:" + broker.port(), "127.0.0.1:1");
        try (ReverseProxy proxy = ReverseProxy.nginx(folder, port, http)) {
            assertThat(findings(proxy.port())).containsExactly("reach");
        }
    }

    // ---- HAProxy

    @Test
    void haproxy_asDocumented_hasNoFindings() throws IOException {
        int port = Ports.free();
        try (ReverseProxy proxy = ReverseProxy.haproxy(folder, port, snippet("haproxy", port))) {
            assertThat(findings(proxy.port(), "--idle")).isEmpty();
        }
    }

    @Test
    void haproxy_thatClosesSilentStreams_isDetected() throws IOException {
        int port = Ports.free();
        String text = change(snippet("haproxy", port), "timeout server 1h", "timeout server 2s");
        try (ReverseProxy proxy = ReverseProxy.haproxy(folder, port, text)) {
            assertThat(findings(proxy.port(), "--idle")).containsExactly("idle");
        }
    }
}
