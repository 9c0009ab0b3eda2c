package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices whose only credential is a certificate. */
final class CertificateTest {

    private static final String ADMIN = "the token of an admin";

    private final TestAuthority authority = new TestAuthority();

    @TempDir
    Path folder;

    private RunningBroker start(String where) {
        return RunningBroker.start(
                authority,
                folder,
                Map.of(
                        Setting.TLS_CLIENT_CA,
                        authority.file(folder).toString(),
                        Setting.AUTH_CERTIFICATE_DEVICE,
                        where,
                        Setting.AUTH_ADMIN_TOKEN,
                        ADMIN));
    }

    private HttpClient with(X509Bundle certificate, HttpClient.Version version) {
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(authority.context(certificate))
                .build();
    }

    private HttpResponse<String> write(RunningBroker broker, X509Bundle certificate, String device) {
        return write(broker, with(certificate, HttpClient.Version.HTTP_1_1), device);
    }

    private static HttpResponse<String> write(RunningBroker broker, HttpClient client, String device) {
        return broker.send(
                client,
                HttpRequest.newBuilder(broker.uri("/api/v1/devices/" + device + "/logs"))
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString("a line\n"))
                        .build());
    }

    private static int read(RunningBroker broker, HttpClient client, String device) {
        return broker.send(
                        client,
                        HttpRequest.newBuilder(broker.uri("/api/v1/devices/" + device + "/logs"))
                                .build())
                .statusCode();
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpClient.Version.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void certificate_letsItsDeviceWrite_andNothingElse(HttpClient.Version version) {
        try (RunningBroker broker = start("cn")) {
            HttpClient pump = with(authority.client("pump-7"), version);
            assertThat(write(broker, pump, "pump-7").statusCode()).isEqualTo(202);
            assertThat(write(broker, pump, "pump-8").statusCode()).isEqualTo(404);
            assertThat(read(broker, pump, "pump-7")).isEqualTo(404);
        }
    }

    @Test
    void alternativeNames_nameTheDevice_ifSet() {
        X509Bundle pump = authority.client(
                "CN=pump",
                more -> more.addSanDnsName("pump-7.plant.example")
                        .addSanUriName(URI.create("spiffe://plant.example/device/pump-9")));
        try (RunningBroker broker = start("san-dns")) {
            assertThat(write(broker, pump, "pump-7.plant.example").statusCode()).isEqualTo(202);
            assertThat(write(broker, pump, "pump-9").statusCode()).isEqualTo(404);
            assertThat(write(broker, pump, "pump").statusCode()).isEqualTo(404);
        }
        try (RunningBroker broker = start("san-uri")) {
            assertThat(write(broker, pump, "pump-9").statusCode()).isEqualTo(202);
            assertThat(write(broker, pump, "pump-7.plant.example").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void certificateWithoutExactlyOneDevice_isRefused_withTheReason() {
        try (RunningBroker broker = start("cn")) {
            assertThat(whyNot(broker, "CN=pump 7")).contains("A-Z a-z 0-9", "whose common name is the device id");
            assertThat(whyNot(broker, "O=pump-7")).contains("no common name");
            assertThat(whyNot(broker, "CN=pump-7,CN=pump-8")).contains("more than one common name");
            assertThat(whyNot(broker, "CN=pump-7+CN=pump-8")).contains("more than one common name");
            assertThat(whyNot(broker, "CN=a\\,CN\\=pump-7")).contains("is not a device id");
        }
    }

    private String whyNot(RunningBroker broker, String subject) {
        HttpResponse<String> answer = write(broker, authority.client(subject, more -> {}), "pump-7");
        assertThat(answer.statusCode()).isEqualTo(401);
        return new JsonObject(answer.body()).getString("detail");
    }

    @Test
    void noCertificate_andAnInvalidToken_areRefused() {
        try (RunningBroker broker = start("cn")) {
            assertThat(write(broker, broker.http, "pump-7").statusCode()).isEqualTo(401);
            HttpRequest withToken = HttpRequest.newBuilder(broker.uri("/api/v1/devices/pump-7/logs"))
                    .header("Authorization", "Bearer nonsense")
                    .POST(BodyPublishers.ofString("a line\n"))
                    .build();
            HttpClient pump = with(authority.client("pump-7"), HttpClient.Version.HTTP_1_1);
            assertThat(broker.send(pump, withToken).statusCode())
                    .as("the token counts")
                    .isEqualTo(401);
        }
    }

    @Test
    void revokedCertificate_isRefused() throws Exception {
        X509Bundle pump = authority.client("pump-7");
        try (RunningBroker broker = start("cn")) {
            assertThat(write(broker, pump, "pump-7").statusCode()).isEqualTo(202);
            revoke(broker, pump);
            assertThat(write(broker, pump, "pump-7").statusCode()).isEqualTo(401);
            assertThat(write(broker, authority.client("pump-7"), "pump-7").statusCode())
                    .isEqualTo(202);
        }
    }

    @Test
    void webSocket_whenItsCertificateExpires_isClosed() throws Exception {
        X509Bundle pump = authority.client(
                "CN=pump-7", more -> more.notAfter(Instant.now().plusSeconds(8)));
        try (RunningBroker broker = start("cn")) {
            assertThat(codeOfClose(broker, pump)).isEqualTo(1008);
        }
    }

    private int codeOfClose(RunningBroker broker, X509Bundle pump) throws Exception {
        var closed = new CompletableFuture<Integer>();
        with(pump, HttpClient.Version.HTTP_1_1)
                .newWebSocketBuilder()
                .buildAsync(broker.wsUri("/api/v1/devices/pump-7/ingest"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
                        closed.complete(status);
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);
        return closed.get(30, TimeUnit.SECONDS);
    }

    private static String fingerprint(X509Bundle certificate) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(certificate.getCertificate().getEncoded()));
    }

    private static void revoke(RunningBroker broker, X509Bundle certificate) throws Exception {
        HttpResponse<String> revoked = broker.request(
                "POST",
                "/api/v1/revocations",
                new JsonObject()
                        .put("credential", "cert:" + fingerprint(certificate))
                        .encode(),
                "Authorization",
                "Bearer " + ADMIN);
        assertThat(revoked.statusCode()).isEqualTo(204);
    }

    @Test
    void certificateOfAnIntermediateAuthority_isValid_untilThatIsRevoked() throws Exception {
        X509Bundle plant = authority.intermediate("plant", more -> {});
        X509Bundle other = authority.intermediate("other", more -> {});
        X509Bundle pump = TestAuthority.clientOf(plant, "CN=pump-7", more -> {});
        try (RunningBroker broker = start("cn")) {
            assertThat(write(broker, pump, "pump-7").statusCode()).isEqualTo(202);
            revoke(broker, plant);
            assertThat(write(broker, pump, "pump-7").statusCode()).isEqualTo(401);
            assertThat(write(broker, TestAuthority.clientOf(plant, "CN=pump-8", more -> {}), "pump-8")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(write(broker, TestAuthority.clientOf(other, "CN=pump-9", more -> {}), "pump-9")
                            .statusCode())
                    .isEqualTo(202);
        }
    }

    @Test
    void webSocket_whenTheAuthorityOfItsCertificateExpires_isClosed() throws Exception {
        X509Bundle plant = authority.intermediate(
                "plant", more -> more.notAfter(Instant.now().plusSeconds(8)));
        X509Bundle pump = TestAuthority.clientOf(plant, "CN=pump-7", more -> {});
        try (RunningBroker broker = start("cn")) {
            assertThat(codeOfClose(broker, pump)).isEqualTo(1008);
        }
    }

    /** All kinds of connections and bodies that a certificate opens, each with its beginning. */
    @Test
    @Tag("long") // opening all of them takes long on a busy machine
    void bodiesAndConnections_endWithTheirCertificate() throws Exception {
        try (RunningBroker broker = start("cn")) {
            X509Bundle pump = authority.client(
                    "CN=pump-7", more -> more.notAfter(Instant.now().plusSeconds(20)));
            Map<String, SSLSocket> open = new LinkedHashMap<>();
            String device = "/api/v1/devices/pump-7/";
            open.put(
                    "lines", begin(broker, pump, device + "logs", "application/x-ndjson", "{\"message\":\"early\"}\n"));
            open.put("array", begin(broker, pump, device + "logs", "application/json", "[{\"message\":\"early\"},"));
            open.put(
                    "journal",
                    begin(broker, pump, device + "upload", "application/vnd.fdo.journal", "MESSAGE=early\n"));
            open.put("OTLP", begin(broker, pump, "/v1/logs", "application/json", "{\"resourceLogs\":["));
            open.put("Loki", begin(broker, pump, "/loki/api/v1/push", "application/json", "{\"streams\":["));
            open.put("balena's batch", begin(broker, pump, "/device/v2/pump-7/logs", "application/json", "[{"));
            open.put(
                    "balena's stream",
                    begin(broker, pump, "/device/v2/pump-7/log-stream", "application/x-ndjson", "{}\n"));
            try (SSLSocket kept = connect(broker, pump)) {
                String last = ask(kept, device + "logs");
                assertThat(last).contains(" 202 ");
                long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
                while (last.contains(" 202 ") && System.nanoTime() < until) {
                    last = ask(kept, device + "logs");
                }
                assertThat(last).as("a connection that stays").contains(" 401 ");
            }
            for (Map.Entry<String, SSLSocket> one : open.entrySet()) {
                try (SSLSocket socket = one.getValue()) {
                    String head = head(socket);
                    while (head.startsWith("HTTP/1.1 102 ")) { // balena's API sends them periodically
                        head = head(socket);
                    }
                    assertThat(head).as(one.getKey()).startsWith("HTTP/1.1 401 ");
                }
            }
        }
    }

    /** The credential of a reader is its token, whatever the certificate of its connection is. */
    @Test
    void streamOfAValidToken_goesOn_whenTheCertificateOfItsConnectionExpires() throws Exception {
        try (RunningBroker broker = start("cn")) {
            X509Bundle pump = authority.client(
                    "CN=pump-7", more -> more.notAfter(Instant.now().plusSeconds(3)));
            String authorization = "Bearer " + ADMIN;
            try (SseReader reader = new SseReader(
                            authority.context(pump),
                            broker.port(),
                            64 * 1024,
                            "/api/v1/devices/pump-7/logs/stream?tail=1000",
                            "Authorization",
                            authorization);
                    SSLSocket kept = connect(broker, pump)) {
                while (ask(kept, "/api/v1/devices/pump-7/logs").contains(" 202 ")) {
                    assertThat(reader.message().json().getString("message")).isEqualTo("a line");
                }
                HttpRequest post = HttpRequest.newBuilder(broker.uri("/api/v1/devices/pump-7/logs"))
                        .headers("Authorization", authorization, "Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString("after it\n"))
                        .build();
                assertThat(broker.send(post).statusCode()).isEqualTo(202);
                assertThat(reader.message().json().getString("message")).isEqualTo("after it");
            }
        }
    }

    private SSLSocket connect(RunningBroker broker, X509Bundle certificate) throws IOException {
        SSLSocket socket =
                (SSLSocket) authority.context(certificate).getSocketFactory().createSocket("127.0.0.1", broker.port());
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** A body without an end. */
    private SSLSocket begin(RunningBroker broker, X509Bundle certificate, String path, String type, String beginning)
            throws IOException {
        SSLSocket socket = connect(broker, certificate);
        write(
                socket,
                "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(beginning.length()) + "\r\n"
                        + beginning + "\r\n");
        return socket;
    }

    /** Sends a line, reads the response, and returns its head. */
    private static String ask(SSLSocket socket, String path) throws IOException {
        write(
                socket,
                "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n"
                        + "a line\n");
        String head = head(socket);
        Matcher length = LENGTH.matcher(head);
        if (length.find()) {
            socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
        }
        return head;
    }

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    private static void write(SSLSocket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String head(SSLSocket socket) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = socket.getInputStream().read();
            if (b < 0) {
                return head + "(closed)";
            }
            head.append((char) b);
        }
        return head.toString();
    }

    /** TLS ends before there is a request. */
    @Test
    void invalidCertificate_reachesNothing() throws Exception {
        X509Bundle plain = authority.client("no authority");
        X509Bundle constrained = authority.intermediate(
                "constrained",
                more -> more.addExtensionOctetString(NAME_CONSTRAINTS, true, onlyBelow("plant.example")));
        Map<String, X509Bundle> bad = new LinkedHashMap<>();
        bad.put("of a stranger", new TestAuthority().client("pump-7"));
        bad.put("signed by a certificate that is no authority", TestAuthority.clientOf(plain, "CN=pump-7", more -> {}));
        bad.put(
                "expired",
                authority.client(
                        "CN=pump-7",
                        more -> more.notBefore(Instant.EPOCH)
                                .notAfter(Instant.now().minusSeconds(60))));
        bad.put(
                "not yet good",
                authority.client(
                        "CN=pump-7",
                        more -> more.notBefore(Instant.now().plusSeconds(3600))
                                .notAfter(Instant.now().plusSeconds(7200))));
        bad.put("of a server", authority.server("pump-7"));
        bad.put(
                "of a name that its authority may not give",
                TestAuthority.clientOf(constrained, "CN=pump-7", more -> more.addSanDnsName("pump-7.other.example")));
        X509Bundle allowed =
                TestAuthority.clientOf(constrained, "CN=pump-7", more -> more.addSanDnsName("pump-7.plant.example"));
        try (RunningBroker broker = start("san-dns")) {
            assertThat(write(broker, allowed, "pump-7.plant.example").statusCode())
                    .isEqualTo(202);
            bad.forEach((why, certificate) ->
                    assertThat(statusOrNone(broker, certificate)).as(why).isIn(0, 401));
            assertThat(broker.get("/api/v1/devices/pump-7/logs", "Authorization", "Bearer " + ADMIN)
                            .body())
                    .doesNotContain("a line");
        }
    }

    private static final String NAME_CONSTRAINTS = "2.5.29.30";

    /** The extension's DER: permitted subtrees with one DNS name. */
    private static byte[] onlyBelow(String domain) {
        byte[] name = domain.getBytes(StandardCharsets.US_ASCII);
        var der = new ByteArrayOutputStream();
        der.writeBytes(new byte[] {0x30, (byte) (name.length + 6), (byte) 0xa0, (byte) (name.length + 4)});
        der.writeBytes(new byte[] {0x30, (byte) (name.length + 2), (byte) 0x82, (byte) name.length});
        der.writeBytes(name);
        return der.toByteArray();
    }

    /** The status; 0 if the connection failed. */
    private int statusOrNone(RunningBroker broker, X509Bundle certificate) {
        try {
            return write(broker, certificate, "pump-7").statusCode();
        } catch (AssertionError | RuntimeException refused) {
            return 0;
        }
    }

    @Test
    void setting_needsAuthoritiesOfClients() {
        assertThatThrownBy(() -> Settings.read(Map.of(Setting.AUTH_CERTIFICATE_DEVICE, "cn")))
                .isInstanceOf(Settings.InvalidSettingException.class)
                .hasMessageContaining("--tls-client-ca");
    }
}
