package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Brokers that listen on IPv6, and their clients. */
final class Ipv6Test {

    @BeforeAll
    static void needsIpv6() {
        boolean there = true;
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress("::1", 0));
        } catch (IOException none) {
            there = false;
        }
        Require.that(there, "needs ::1");
    }

    private static String ask(RunningBroker broker, int port, String path) {
        URI uri = URI.create("http://[::1]:" + port + path);
        return broker.send(HttpRequest.newBuilder(uri).build()).body();
    }

    /** The loopback address is safe without credentials; the other is all addresses, of IPv4 too. */
    @ParameterizedTest
    @ValueSource(strings = {"::1", "::"})
    void broker_servesOverIpv6(String host) throws Exception {
        try (RunningBroker broker = RunningBroker.start(Map.of(
                Setting.HOST, host, Setting.SYSLOG_PORT, "0", Setting.INSECURE, String.valueOf("::".equals(host))))) {
            HttpRequest post = HttpRequest.newBuilder(
                            URI.create("http://[::1]:" + broker.port() + "/api/v1/devices/lamp/logs"))
                    .header("Content-Type", "text/plain")
                    .header("Origin", "http://[::1]:" + broker.port())
                    .POST(HttpRequest.BodyPublishers.ofString("over HTTP\n"))
                    .build();
            assertThat(broker.send(post).statusCode()).isEqualTo(202);
            InetAddress loopback = InetAddress.getByName("::1");
            int syslog = broker.server().syslogPort();
            try (Socket tcp = new Socket(loopback, syslog);
                    DatagramSocket udp = new DatagramSocket()) {
                tcp.getOutputStream().write(bytes("<13>1 - lamp app - - - over TCP\n"));
                byte[] datagram = bytes("<13>1 - lamp app - - - over UDP");
                udp.send(new DatagramPacket(datagram, datagram.length, loopback, syslog));
                await().untilAsserted(() -> assertThat(ask(broker, broker.port(), "/api/v1/devices/lamp/logs"))
                        .contains("over HTTP", "over TCP", "over UDP"));
            }
            assertThat(ask(broker, broker.server().managementPort(), "/health/live"))
                    .contains("up");
        }
    }

    @Test
    void addressesOfOneHost_shareTheLimitOfOneAddress_andIpv4HasItsOwn() throws Exception {
        try (RunningBroker broker = RunningBroker.start(
                Map.of(Setting.HOST, "::", Setting.INSECURE, "true", Setting.CONNECTIONS_PER_ADDRESS, "1"))) {
            try (Socket first = new Socket("::1", broker.port());
                    Socket second = new Socket("::1", broker.port());
                    Socket other = new Socket("127.0.0.1", broker.port())) {
                assertThat(isServed(other)).as("IPv4 on a port of both").isTrue();
                assertThat(second.getInputStream().read()).isNegative();
                assertThat(isServed(first)).isTrue();
            }
        }
    }

    private static boolean isServed(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        InputStream in = socket.getInputStream();
        return in.read() == 'H';
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
