package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices that show certificates and nothing else. */
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
    void alternativeNames_nameTheDevice_whereTheyAreAskedFor() {
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
    void certificateWithoutOneDevice_isToldWhatToDo() {
        try (RunningBroker broker = start("cn")) {
            assertThat(whyNot(broker, "CN=pump 7")).contains("A-Z a-z 0-9", "whose common name is the device's id");
            assertThat(whyNot(broker, "O=pump-7")).contains("no common name");
            assertThat(whyNot(broker, "CN=pump-7,CN=pump-8")).contains("more than one common name");
            assertThat(whyNot(broker, "CN=pump-7+CN=pump-8")).contains("more than one common name");
            assertThat(whyNot(broker, "CN=a\\,CN\\=pump-7")).contains("names no device");
        }
    }

    private String whyNot(RunningBroker broker, String subject) {
        HttpResponse<String> answer = write(broker, authority.client(subject, more -> {}), "pump-7");
        assertThat(answer.statusCode()).isEqualTo(401);
        return new JsonObject(answer.body()).getString("detail");
    }

    @Test
    void noCertificate_andATokenThatIsNotGood_areRefused() {
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
    void certificateThatIsRevoked_isGoodNoLonger() throws Exception {
        X509Bundle pump = authority.client("pump-7");
        byte[] hash = MessageDigest.getInstance("SHA-256")
                .digest(pump.getCertificate().getEncoded());
        try (RunningBroker broker = start("cn")) {
            assertThat(write(broker, pump, "pump-7").statusCode()).isEqualTo(202);
            HttpResponse<String> revoked = broker.request(
                    "POST",
                    "/api/v1/revocations",
                    new JsonObject()
                            .put("credential", "cert:" + HexFormat.of().formatHex(hash))
                            .encode(),
                    "Authorization",
                    "Bearer " + ADMIN);
            assertThat(revoked.statusCode()).isEqualTo(204);
            assertThat(write(broker, pump, "pump-7").statusCode()).isEqualTo(401);
            assertThat(write(broker, authority.client("pump-7"), "pump-7").statusCode())
                    .isEqualTo(202);
        }
    }

    @Test
    void webSocket_whenItsCertificateRunsOut_isClosed() throws Exception {
        X509Bundle pump = authority.client(
                "CN=pump-7", more -> more.notAfter(Instant.now().plusSeconds(8)));
        try (RunningBroker broker = start("cn")) {
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
            assertThat(closed.get(30, TimeUnit.SECONDS)).isEqualTo(1008);
        }
    }

    @Test
    void setting_needsAuthoritiesOfClients() {
        assertThatThrownBy(() -> Settings.read(Map.of(Setting.AUTH_CERTIFICATE_DEVICE, "cn")))
                .isInstanceOf(Settings.InvalidSettingException.class)
                .hasMessageContaining("--tls-client-ca");
    }
}
