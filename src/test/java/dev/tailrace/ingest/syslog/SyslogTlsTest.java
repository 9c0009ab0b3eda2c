package dev.tailrace.ingest.syslog;

import static dev.tailrace.testing.RawSocket.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Syslog over TLS (RFC 5425), with the certificates of HTTP. */
class SyslogTlsTest {

    private final TestAuthority authority = new TestAuthority();
    private final String device = RunningBroker.newDevice();

    @TempDir
    Path folder;

    private RunningBroker start(Map<Setting, String> more) {
        Map<Setting, String> settings = new EnumMap<>(Map.of(Setting.SYSLOG_TLS_PORT, "0"));
        settings.putAll(more);
        return RunningBroker.start(authority, folder, settings);
    }

    private SSLSocket connect(RunningBroker broker, SSLContext context, String... versions) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", broker.server().syslogTlsPort());
        socket.setSoTimeout(10_000);
        if (versions.length > 0) {
            socket.setEnabledProtocols(versions);
        }
        return socket;
    }

    private static void write(SSLSocket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(ascii(text));
        out.flush();
    }

    private String frame(String text) {
        String message = "<13>1 - " + device + " app - - - " + text;
        return message.length() + " " + message;
    }

    private void awaitMessages(RunningBroker broker, String... messages) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(broker.messages(device)).containsExactly(messages));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void messages_areStoredWhileTheConnectionIsOpen(String version) throws Exception {
        try (RunningBroker broker = start(Map.of());
                SSLSocket socket = connect(broker, authority.context(), version)) {
            write(socket, frame("a") + frame("b"));
            awaitMessages(broker, "a", "b");
            write(socket, "<13>1 - " + device + " app - - - c\n" + frame("d"));
            awaitMessages(broker, "a", "b", "c", "d");
            assertThat(broker.metric("tailrace_connections{port=\"syslog-tls\"}"))
                    .isOne();
            assertThat(broker.server().syslogPort()).as("without TLS").isNegative();
        }
    }

    @Test
    void burst_isStoredInOrder() throws Exception {
        String[] texts = IntStream.range(0, 1000).mapToObj(i -> "line " + i).toArray(String[]::new);
        try (RunningBroker broker = start(Map.of());
                SSLSocket socket = connect(broker, authority.context())) {
            StringBuilder burst = new StringBuilder();
            for (String text : texts) {
                burst.append(frame(text));
            }
            write(socket, burst.toString());
            awaitMessages(broker, texts);
            assertThat(broker.unaccountedLines()).isZero();
        }
    }

    @Test
    void certificateOfTheSender_isRequired_ifTheSettingsSaySo() throws Exception {
        Map<Setting, String> settings =
                Map.of(Setting.TLS_CLIENT_CA, authority.file(folder).toString(), Setting.TLS_CLIENT_AUTH, "required");
        try (RunningBroker broker = start(settings)) {
            try (SSLSocket known = connect(broker, authority.context(authority.client("pump-7")))) {
                write(known, frame("known"));
                await().until(() -> broker.metric("tailrace_lines_stored_total") == 1);
            }
            for (SSLContext unknown :
                    List.of(authority.context(), authority.context(new TestAuthority().client("pump-7")))) {
                try (SSLSocket socket = connect(broker, unknown)) {
                    assertThatThrownBy(() -> {
                                write(socket, frame("unknown"));
                                int end = socket.getInputStream().read();
                                throw new IOException("closed with " + end);
                            })
                            .isInstanceOf(IOException.class);
                }
            }
            assertThat(broker.metric("tailrace_lines_received_total")).isOne();
        }
    }

    @Test
    void pageThatSpeaksHttps_writesNothing() throws Exception {
        try (RunningBroker broker = start(Map.of());
                SSLSocket socket = connect(broker, authority.context())) {
            write(socket, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n" + frame("forged") + "\n");
            assertThat(socket.getInputStream().read()).isNegative();
            assertThat(broker.metric("tailrace_syslog_foreign_total{protocol=\"http\"}"))
                    .isOne();
            assertThat(broker.messages(device)).isEmpty();
        }
    }

    @Test
    void senderWithoutTls_writesNothing_andDelaysNobody() throws Exception {
        try (RunningBroker broker = start(Map.of());
                RawSocket plain = new RawSocket(broker.server().syslogTlsPort())) {
            plain.write(frame("plain") + "\n");
            try (SSLSocket socket = connect(broker, authority.context())) {
                write(socket, frame("over TLS"));
                awaitMessages(broker, "over TLS");
            }
            assertThat(plain.isClosedByPeer()).isTrue();
            assertThat(broker.messages(device)).containsExactly("over TLS");
        }
    }

    @Test
    void changedCertificate_isShownToNewConnections_andOpenOnesContinue() throws Exception {
        try (RunningBroker broker = start(Map.of(Setting.TLS_RELOAD_INTERVAL, "50ms"));
                SSLSocket old = connect(broker, authority.context())) {
            write(old, frame("before"));
            awaitMessages(broker, "before");
            TestAuthority.lay(authority.server("second"), folder);
            await().atMost(Duration.ofSeconds(20)).until(() -> shown(broker), "CN=second"::equals);
            for (int i = 0; i < 8; i++) { // on every loop
                assertThat(shown(broker)).isEqualTo("CN=second");
            }
            write(old, frame("after"));
            awaitMessages(broker, "before", "after");
        }
    }

    private String shown(RunningBroker broker) throws IOException {
        try (SSLSocket socket = connect(broker, authority.context())) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    @Test
    void leavingBroker_closesTheConnection() throws Exception {
        RunningBroker broker = start(Map.of());
        try (SSLSocket socket = connect(broker, authority.context())) {
            write(socket, frame("a"));
            awaitMessages(broker, "a");
            broker.close();
            assertThat(socket.getInputStream().read()).isNegative();
        }
    }

    @Test
    void withoutACertificate_theStartFails() {
        assertThatThrownBy(() -> RunningBroker.start(Map.of(Setting.SYSLOG_TLS_PORT, "0")))
                .hasMessageContaining("--syslog-tls-port")
                .hasMessageContaining("--tls-cert");
    }

    @Test
    void openssl_isHeard() throws Exception {
        Require.program("openssl");
        Path input = Files.writeString(folder.resolve("input"), frame("from openssl"));
        try (RunningBroker broker = start(Map.of())) {
            Process openssl = Processes.start(
                    List.of(
                            "sh",
                            "-c",
                            "openssl s_client -quiet -verify_return_error -CAfile " + authority.file(folder)
                                    + " -connect localhost:" + broker.server().syslogTlsPort() + " < " + input),
                    folder,
                    folder.resolve("output"));
            try {
                awaitMessages(broker, "from openssl");
            } finally {
                openssl.destroy();
                openssl.waitFor(10, TimeUnit.SECONDS);
            }
        }
    }
}
