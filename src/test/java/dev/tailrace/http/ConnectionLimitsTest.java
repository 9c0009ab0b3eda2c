package dev.tailrace.http;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.server.Acceptor;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections without a request, with a slow one, and too many connections. */
final class ConnectionLimitsTest {

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final List<Socket> open = new ArrayList<>();
    private RunningBroker broker;

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        broker.close();
    }

    private Socket connect() throws IOException {
        return connect(broker.port());
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isServed(Socket socket) throws IOException {
        write(socket, REQUEST);
        return socket.getInputStream().read() == 'H';
    }

    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    private double refused(String limit) {
        return broker.metric("tailrace_refused_total{limit=\"" + limit + "\"}");
    }

    @Test
    void connectionWithoutACompleteHead_isClosed_evenIfBytesTrickle() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.REQUEST_TIMEOUT, "500ms"));
        Socket silent = connect();
        Socket slow = connect();
        write(slow, "GET / HTTP/1.1\r\nX: ");
        var trickle = Executors.newSingleThreadScheduledExecutor();
        Future<?> trickling = trickle.scheduleAtFixedRate(() -> trickle(slow), 0, 20, MILLISECONDS);
        assertThat(isClosed(silent)).isTrue();
        assertThat(isClosed(slow)).isTrue();
        trickling.cancel(true);
        trickle.shutdownNow();
        assertThat(refused("request-timeout")).isEqualTo(2);
        assertThat(isServed(connect())).isTrue();
    }

    private static void trickle(Socket slow) {
        try {
            write(slow, "x");
        } catch (IOException closed) {
            throw new UncheckedIOException(closed); // nothing more was written
        }
    }

    @Test
    void openStream_isNotIdle() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.REQUEST_TIMEOUT, "100ms", Setting.STREAM_HEARTBEAT, "100ms"));
        Socket reader = connect();
        write(reader, "GET /api/v1/devices/d/logs/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        byte[] beats = reader.getInputStream().readNBytes(500); // these heartbeats take several times the limit
        assertThat(new String(beats, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 200");
        assertThat(refused("request-timeout")).isZero();
    }

    @Test
    void connectionWithoutAnotherRequest_isClosed() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.KEEP_ALIVE, "300ms"));
        Socket idle = connect();
        write(idle, REQUEST.replace("GET", "HEAD"));
        while (idle.getInputStream().read() >= 0) {} // to the end; otherwise the socket's timeout fails the test
        assertThat(refused("request-timeout")).isZero();
    }

    @Test
    void webSocketAndStream_areNotClosedAsIdle() throws Exception {
        broker = RunningBroker.start(
                Map.of(Setting.KEEP_ALIVE, "100ms", Setting.STREAM_HEARTBEAT, "100ms", Setting.BODY_TIMEOUT, "100ms"));
        Socket device = connect();
        write(
                device,
                "GET /api/v1/devices/d/ingest HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Socket reader = connect();
        write(reader, "GET /api/v1/devices/d/logs/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Socket writer = connect();
        write(
                writer,
                "POST /api/v1/devices/d/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n");
        reader.getInputStream().readNBytes(500); // these heartbeats take several times the limit
        assertThat(broker.metric("tailrace_device_connections")).isEqualTo(2);
        write(writer, "0\r\n\r\n");
        assertThat(new String(writer.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 202");
    }

    @Test
    void bodyThatIsNotCompleteInTime_isRefused_andItsConnectionClosed() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.BODY_TIMEOUT, "300ms"));
        for (String path : List.of("/v1/logs", "/loki/api/v1/push", "/api/v1/session", "/api/v1/devices/d/fleet")) {
            Socket slow = connect();
            String method = path.endsWith("fleet") ? "PUT " : "POST ";
            write(
                    slow,
                    method + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 100\r\n\r\n{");
            String answer = new String(slow.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 408").contains("urn:tailrace:problem:body-too-slow");
        }
        assertThat(refused("body-timeout")).isEqualTo(4);
    }

    @Test
    void headThatIsTooLong_isRefused_andCounted() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.HEADER_BYTES, "4KiB"));
        String large = "x".repeat(5000);
        Socket one = connect();
        write(one, "GET /" + large + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(new String(one.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .contains(" 414 ")
                .contains("application/problem+json")
                .contains("--header-bytes");
        Socket other = connect();
        write(other, "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + large + "\r\n\r\n");
        assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .contains(" 431 ")
                .contains("--header-bytes");
        assertThat(refused("header-bytes")).isEqualTo(2);
    }

    @Test
    void connectionsBeyondTheLimit_areClosed_untilOthersEnd() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.CONNECTIONS, "3"));
        List<Socket> held = List.of(connect(), connect(), connect());
        for (Socket socket : held) {
            assertThat(isServed(socket)).isTrue();
        }
        assertThat(isClosed(connect())).isTrue();
        assertThat(refused("connections")).isEqualTo(1);
        held.get(0).close();
        await().atMost(20, SECONDS).until(() -> isServed(connect()));
    }

    @Test
    void connectionsOfOneAddressBeyondItsLimit_areClosed() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.CONNECTIONS_PER_ADDRESS, "2"));
        assertThat(isServed(connect())).isTrue();
        assertThat(isServed(connect())).isTrue();
        assertThat(isClosed(connect())).isTrue();
        assertThat(refused("connections-per-address")).isEqualTo(1);
    }

    private Socket connect(int port) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        open.add(socket);
        return socket;
    }

    private double connections(String port) {
        return broker.metric("tailrace_connections{port=\"" + port + "\"}");
    }

    @Test
    void connectionsOfSyslog_countAsOthers_andEachAddressHasItsShare() throws Exception {
        broker = RunningBroker.start(
                Map.of(Setting.SYSLOG_PORT, "0", Setting.CONNECTIONS, "4", Setting.CONNECTIONS_PER_ADDRESS, "3"));
        int syslog = broker.server().syslogPort();
        Socket first = connect(syslog);
        connect(syslog);
        assertThat(isServed(connect())).isTrue();
        assertThat(isClosed(connect(syslog))).isTrue();
        assertThat(refused("connections-per-address")).isEqualTo(1);
        assertThat(connections("syslog")).isEqualTo(2);
        assertThat(connections("clients")).isEqualTo(1);
        first.close();
        await().until(() -> connections("syslog") == 1);
        assertThat(isServed(connect())).isTrue();
    }

    @Test
    void connectionsWithoutTls_count(@TempDir Path folder) throws Exception {
        broker = RunningBroker.start(new TestAuthority(), folder, Map.of(Setting.CONNECTIONS, "2"));
        connect();
        connect();
        assertThat(isClosed(connect())).isTrue();
        assertThat(refused("connections")).isEqualTo(1);
        assertThat(connections("clients")).isEqualTo(2);
    }

    @Test
    void probe_isAnswered_whenThePortHasManyConnections() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.CONNECTIONS, "1"));
        connect();
        List<Socket> held = new ArrayList<>();
        for (int i = 0; i < 2 * Acceptor.MANAGEMENT_CONNECTIONS; i++) {
            held.add(connect(broker.server().managementPort()));
        }
        assertThat(broker.management("/health/live").statusCode()).isEqualTo(200);
        assertThat(connections("management")).isLessThanOrEqualTo(Acceptor.MANAGEMENT_CONNECTIONS);
        assertThat(refused("management-connections")).isGreaterThanOrEqualTo(Acceptor.MANAGEMENT_CONNECTIONS);
        assertThat(isClosed(held.get(0))).as("the oldest").isTrue();
        assertThat(isServed(held.get(held.size() - 1))).as("the newest").isTrue();
    }

    @Test
    void managementConnection_withoutARequest_isClosed() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.REQUEST_TIMEOUT, "300ms"));
        Socket slow = connect(broker.server().managementPort());
        write(slow, "GET /health/live HTTP/1.1\r\nX: ");
        assertThat(isClosed(slow)).isTrue();
        assertThat(refused("request-timeout")).isEqualTo(1);
    }

    @Test
    void silentClient_takesNoTurnForAHandshake(@TempDir Path folder) throws Exception {
        broker = RunningBroker.start(
                new TestAuthority(),
                folder,
                Map.of(Setting.HANDSHAKES_PER_ADDRESS, "1", Setting.REQUEST_TIMEOUT, "1m"));
        connect();
        write(connect(), "\u0016\u0003\u0001\u0002"); // a part of a ClientHello
        assertThat(broker.get("/api/v1/devices").statusCode()).isEqualTo(200);
        assertThat(broker.metric("tailrace_handshakes_waiting")).isZero();
    }
}
