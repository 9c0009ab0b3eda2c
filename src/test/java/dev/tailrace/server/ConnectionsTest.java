package dev.tailrace.server;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that say nothing, too slowly, or are too many. */
final class ConnectionsTest {

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
        var socket = new Socket(InetAddress.getLoopbackAddress(), broker.port());
        socket.setSoTimeout(20_000);
        open.add(socket);
        return socket;
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
    void connectionThatBringsNoRequest_isClosed_howeverOftenItSendsAByteOfOne() throws Exception {
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
            throw new UncheckedIOException(closed); // and no more of it
        }
    }

    @Test
    void streamThatIsOpen_isNotSilent() throws Exception {
        broker = RunningBroker.start(Map.of(Setting.REQUEST_TIMEOUT, "100ms", Setting.STREAM_HEARTBEAT, "100ms"));
        Socket reader = connect();
        write(reader, "GET /api/v1/devices/d/logs/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        byte[] beats = reader.getInputStream().readNBytes(500); // as many heartbeats take many of the limit's times
        assertThat(new String(beats, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 200");
        assertThat(refused("request-timeout")).isZero();
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
}
