package dev.tailrace.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The port with TLS: certificates, their changes, and client certificates. */
final class TlsTest {

    private static final String STREAM = "/api/v1/devices/d/logs/stream";

    private final TestAuthority authority = new TestAuthority();

    @TempDir
    Path folder;

    // ---- speaking it

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void port_speaksThisVersionOfTls(String version) throws Exception {
        try (RunningBroker broker = RunningBroker.start(authority, folder, Map.of())) {
            assertThat(shakeHands(broker.port(), authority.context(), version).getProtocol())
                    .isEqualTo(version);
        }
    }

    private static javax.net.ssl.SSLSession shakeHands(int port, SSLContext context, String... versions)
            throws IOException {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            if (versions.length > 0) {
                socket.setEnabledProtocols(versions);
            }
            socket.startHandshake();
            return socket.getSession();
        }
    }

    private String servedBy(int port) throws IOException {
        X509Certificate shown =
                (X509Certificate) shakeHands(port, authority.context()).getPeerCertificates()[0];
        return shown.getSubjectX500Principal().getName();
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpClient.Version.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void alpn_choosesTheVersion(HttpClient.Version version) {
        try (RunningBroker broker = RunningBroker.start(authority, folder, Map.of())) {
            HttpClient client = HttpClient.newBuilder()
                    .version(version)
                    .sslContext(authority.context())
                    .build();
            HttpRequest request =
                    HttpRequest.newBuilder(broker.uri("/api/v1/devices")).build();
            assertThat(broker.send(client, request).version()).isEqualTo(version);
        }
    }

    @Test
    void page_hasStrictTransportSecurity() {
        try (RunningBroker broker = RunningBroker.start(authority, folder, Map.of())) {
            assertThat(broker.get("/").headers().firstValue("Strict-Transport-Security"))
                    .hasValue("max-age=31536000");
        }
    }

    @Test
    void webSocket_carriesEntriesInOrder() throws Exception {
        try (RunningBroker broker = RunningBroker.start(authority, folder, Map.of())) {
            var messages = new LinkedBlockingQueue<String>();
            WebSocket socket = broker.http
                    .newWebSocketBuilder()
                    .buildAsync(broker.wsUri(STREAM), new WebSocket.Listener() {
                        private final StringBuilder message = new StringBuilder();

                        @Override
                        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
                            message.append(text);
                            if (last) {
                                messages.add(message.toString());
                                message.setLength(0);
                            }
                            from.request(1);
                            return null;
                        }
                    })
                    .get(10, TimeUnit.SECONDS);
            assertThat(messages.poll(10, TimeUnit.SECONDS)).contains("\"event\":\"place\"");
            String[] lines = IntStream.range(0, 500).mapToObj(i -> "line " + i).toArray(String[]::new);
            broker.say("d", lines);
            for (String line : lines) {
                assertThat(messages.poll(10, TimeUnit.SECONDS)).contains("\"message\":\"" + line + "\"");
            }
            socket.abort();
        }
    }

    @Test
    void plainHttp_getsNoResponse() {
        try (RunningBroker broker = RunningBroker.start(authority, folder, Map.of())) {
            URI plain = URI.create("http://127.0.0.1:" + broker.port() + "/api/v1/devices");
            assertThatThrownBy(() -> HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(plain).build(), HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void managementPort_speaksTlsIfSet_andRequestsNoCertificate() throws Exception {
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.MANAGEMENT_TLS, "true");
        settings.put(Setting.TLS_CLIENT_CA, authority.file(folder).toString());
        settings.put(Setting.TLS_CLIENT_AUTH, "required");
        try (RunningBroker broker = RunningBroker.start(authority, folder, settings)) {
            URI live = URI.create("https://127.0.0.1:" + broker.server().managementPort() + "/health/live");
            assertThat(broker.send(HttpRequest.newBuilder(live).build()).statusCode())
                    .isEqualTo(200);
        }
    }

    // ---- what is wrong with the files

    @ParameterizedTest
    @CsvSource({
        "TLS_CERT, missing, no such file",
        "TLS_KEY, missing, no such file",
        "TLS_CLIENT_CA, missing, no such file",
        "TLS_CERT, garbage, not a PEM certificate",
        "TLS_KEY, garbage, PKCS #8",
        "TLS_CLIENT_CA, garbage, not a PEM certificate",
        "TLS_KEY, other, does not match the certificate",
        "TLS_KEY, elliptic, does not match the certificate"
    })
    void wrongFile_stopsTheStart_andIsNamed(Setting setting, String file, String why) {
        Map<Setting, String> settings = TestAuthority.settings(TestAuthority.lay(authority.server("broker"), folder));
        settings.put(Setting.TLS_CLIENT_CA, authority.file(folder).toString());
        TestAuthority.write(folder.resolve("garbage"), "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END");
        TestAuthority.write(folder.resolve("other"), authority.server("other").getPrivateKeyPEM());
        TestAuthority.write(
                folder.resolve("elliptic"), authority.client("other").getPrivateKeyPEM());
        settings.put(setting, folder.resolve(file).toString());
        assertThatThrownBy(() -> RunningBroker.start(settings))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("--" + setting.option() + " (" + setting.variable() + ")")
                .hasMessageContaining(why);
    }

    @Test
    void ellipticCurveKey_isAccepted() throws Exception {
        TlsFiles files = new TlsFiles(
                authority.client("curve").getCertificatePathPEM(),
                authority.client("curve").getPrivateKeyPEM(),
                null);
        assertThatThrownBy(() -> Tls.of(files, false)).as("of another").isInstanceOf(IllegalStateException.class);
        X509Bundle curve = authority.client("curve");
        Tls.of(new TlsFiles(curve.getCertificatePathPEM(), curve.getPrivateKeyPEM(), null), false);
        assertThat(files.toString()).doesNotContain("PRIVATE");
    }

    // ---- changing them

    /** The layout of Kubernetes: the files are links into a folder that is a link itself, which is replaced. */
    private void swap(X509Bundle certificate, String version) throws IOException {
        TestAuthority.lay(certificate, Files.createDirectory(folder.resolve(version)));
        Path next = Files.createSymbolicLink(folder.resolve("next-" + version), folder.resolve(version));
        Files.move(next, folder.resolve("data"), StandardCopyOption.ATOMIC_MOVE);
    }

    private Map<Setting, String> swapped() throws IOException {
        swap(authority.server("first"), "v1");
        for (String name : new String[] {"cert.pem", "key.pem"}) {
            Files.createSymbolicLink(
                    folder.resolve(name), folder.resolve("data").resolve(name));
        }
        Map<Setting, String> settings = TestAuthority.settings(folder);
        settings.put(Setting.TLS_RELOAD_INTERVAL, "50ms");
        return settings;
    }

    @Test
    void changedFiles_applyToNewConnections_andOpenOnesGoOn() throws Exception {
        try (RunningBroker broker = RunningBroker.start(swapped());
                SseReader old = new SseReader(authority.context(), broker.port(), 64 * 1024, STREAM)) {
            assertThat(old.status()).isEqualTo(200);
            assertThat(servedBy(broker.port())).isEqualTo("CN=first");
            double expires = broker.metric("tailrace_tls_certificate_expires");
            assertThat(expires).isGreaterThan(System.currentTimeMillis() / 1000.0);

            swap(authority.server("second"), "v2");

            await().atMost(Duration.ofSeconds(20)).until(() -> servedBy(broker.port()), "CN=second"::equals);
            assertThat(IntStream.range(0, 8).mapToObj(i -> name(broker.port())))
                    .as("on every loop")
                    .containsOnly("CN=second");
            say(broker, "still there");
            assertThat(old.entry()).isEqualTo("still there");
        }
    }

    private String name(int port) {
        try {
            return servedBy(port);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void say(RunningBroker broker, String message) {
        HttpClient client =
                HttpClient.newBuilder().sslContext(authority.context()).build();
        URI logs = URI.create("https://127.0.0.1:" + broker.port() + "/api/v1/devices/d/logs");
        HttpRequest post = HttpRequest.newBuilder(logs)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(message))
                .build();
        assertThat(broker.send(client, post).statusCode()).isEqualTo(202);
    }

    @Test
    void brokenFiles_areIgnored_andGoodOnesAfterThemApply() throws Exception {
        try (RunningBroker broker = RunningBroker.start(swapped())) {
            Path cert = folder.resolve("v1").resolve("cert.pem");
            String before = Files.readString(cert);
            TestAuthority.write(cert, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
            assertStays(broker);
            TestAuthority.write(cert, authority.server("no key").getCertificatePathPEM());
            assertStays(broker);
            Files.delete(cert);
            assertStays(broker);
            TestAuthority.write(cert, before);
            assertStays(broker);

            swap(authority.server("second"), "v2");

            await().atMost(Duration.ofSeconds(20)).until(() -> servedBy(broker.port()), "CN=second"::equals);
        }
    }

    private void assertStays(RunningBroker broker) {
        await().during(Duration.ofMillis(200))
                .atMost(Duration.ofSeconds(20))
                .until(() -> servedBy(broker.port()), "CN=first"::equals);
    }

    // ---- certificates of clients

    /** The client certificate of a request, at a server with these files. */
    private X509Certificate clientOf(HttpClient.Version version, boolean required, SSLContext client) throws Exception {
        X509Bundle server = authority.server("broker");
        TlsFiles files = new TlsFiles(server.getCertificatePathPEM(), server.getPrivateKeyPEM(), authority.pem());
        AtomicReference<X509Certificate> seen = new AtomicReference<>();
        Vertx vertx = Vertx.vertx();
        try {
            HttpServer http = RunningBroker.await(
                    vertx.createHttpServer(Tls.of(files, required).secure(new HttpServerOptions()))
                            .requestHandler(request -> {
                                seen.set(certificate(request));
                                request.response().end();
                            })
                            .listen(0, "127.0.0.1"));
            HttpClient asking =
                    HttpClient.newBuilder().version(version).sslContext(client).build();
            URI uri = URI.create("https://127.0.0.1:" + http.actualPort() + "/");
            assertThat(asking.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                            .version())
                    .isEqualTo(version);
            return seen.get();
        } finally {
            RunningBroker.await(vertx.close());
        }
    }

    private static X509Certificate certificate(HttpServerRequest request) {
        try {
            return (X509Certificate) request.connection().peerCertificates().get(0);
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpClient.Version.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void clientCertificate_isPartOfTheRequest(HttpClient.Version version) throws Exception {
        SSLContext pump = authority.context(authority.client("pump-7"));
        for (boolean required : new boolean[] {false, true}) {
            assertThat(clientOf(version, required, pump)
                            .getSubjectX500Principal()
                            .getName())
                    .isEqualTo("CN=pump-7");
        }
    }

    @Test
    void noCertificate_isAccepted_ifItIsOnlyRequested() throws Exception {
        assertThat(clientOf(HttpClient.Version.HTTP_1_1, false, authority.context()))
                .isNull();
        assertThatThrownBy(() -> clientOf(HttpClient.Version.HTTP_1_1, true, authority.context()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void certificateOfAnotherAuthority_isRefused() {
        X509Bundle stranger = new TestAuthority().client("pump-7");
        for (boolean required : new boolean[] {false, true}) { // a certificate that is sent must be valid
            assertThatThrownBy(() -> clientOf(HttpClient.Version.HTTP_1_1, required, authority.context(stranger)))
                    .isInstanceOf(IOException.class);
        }
    }
}
