package dev.tailrace.ingest.syslog;

import static dev.tailrace.testing.RawSocket.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Syslog over real sockets. */
class SyslogTest {

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(
                Setting.SYSLOG_PORT, "0", Setting.INGEST_WINDOW_LINES, "100", Setting.INGEST_LINE_BYTES, "128KiB"));
    }

    @AfterAll
    static void stop() {
        await().untilAsserted(() -> assertThat(broker.unaccountedLines()).isZero());
        assertThat(broker.metric("tailrace_pending_bytes")).isZero();
        assertThat(broker.metric("tailrace_devices_paused")).isZero();
        broker.close();
    }

    private static int port() {
        return broker.server().syslogPort();
    }

    private static void awaitMessages(String device, List<String> messages) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(broker.messages(device)).isEqualTo(messages));
    }

    private static void datagram(int port, String text) {
        try (DatagramSocket socket = new DatagramSocket()) {
            byte[] bytes = ascii(text);
            socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void oneConnection_speaksForManyDevices() {
        try (RawSocket socket = new RawSocket(port())) {
            socket.write("<13>1 - " + device + " app - - - a\n<13>1 - " + device + "-b app - - - b\n")
                    .write("<13>1 - " + device + " app - - - c\n<13>1 - - app - - - d\n");
            awaitMessages(device, List.of("a", "c"));
            awaitMessages(device + "-b", List.of("b"));
            await().untilAsserted(() -> assertThat(broker.messages("127.0.0.1")).contains("d"));
        }
    }

    @Test
    void burst_isStoredInOrder() {
        String burst = IntStream.range(0, 1000)
                .mapToObj(i -> "<13>1 - " + device + " app - - - line " + i + "\n")
                .collect(Collectors.joining());
        try (RawSocket socket = new RawSocket(port())) {
            socket.write(burst);
        }
        awaitMessages(
                device, IntStream.range(0, 1000).mapToObj(i -> "line " + i).toList());
    }

    @Test
    void tooLongMessage_sparesItsNeighbours() {
        double before = broker.metric("tailrace_lines_rejected_total{reason=\"too_long\"");
        try (RawSocket socket = new RawSocket(port())) {
            socket.write("<13>1 - " + device + " app - - - a\n<13>1 - " + device + " app - - - "
                    + "x".repeat(128 * 1024) + "\n<13>1 - " + device + " app - - - b\n");
            awaitMessages(device, List.of("a", "b"));
        }
        assertThat(broker.metric("tailrace_lines_rejected_total{reason=\"too_long\""))
                .isEqualTo(before + 1);
    }

    @Test
    void datagrams_areMessages() {
        String large = "x".repeat(60_000);
        datagram(port(), "<13>Nov 22 12:00:00 " + device + " app: a\n");
        awaitMessages(device, List.of("a"));
        datagram(port(), "<13>1 - " + device + " app - - - " + large);
        awaitMessages(device, List.of("a", large));
        datagram(port(), "");
        datagram(port(), "\n");
        datagram(port(), "<13>1 - " + device + " app - - - b");
        awaitMessages(device, List.of("a", large, "b"));
    }

    /** The body of a request that a page may send without permission. */
    private String forged() {
        return "<13>1 - " + device + " app - - - forged by a page\n";
    }

    private static double foreign(String protocol) {
        return broker.metric("tailrace_syslog_foreign_total{protocol=\"" + protocol + "\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST / HTTP/1.1", "47 / HTTP/1.1", "PRI * HTTP/2.0", "PUT /LONG HTTP/1.1"})
    void pageThatSpeaksHttp_writesNothing(String line) {
        double before = foreign("http");
        double stored = broker.metric("tailrace_lines_stored_total");
        String target = "x".repeat(200 * 1024); // longer than a line may be
        try (RawSocket socket = new RawSocket(port())) {
            socket.write(line.replace("LONG", target) + "\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n"
                    + "Content-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + forged());
            assertThat(socket.isClosedByPeer()).isTrue();
        }
        assertThat(foreign("http")).isEqualTo(before + 1);
        assertThat(broker.metric("tailrace_lines_stored_total")).isEqualTo(stored);
        assertThat(broker.messages(device)).isEmpty();
    }

    @Test
    void pageThatSpeaksTls_writesNothing() {
        double before = foreign("tls");
        try (RawSocket socket = new RawSocket(port())) {
            byte[] head = HexFormat.of().parseHex("16030102000100");
            // In the place of a session ticket, which the page's own server has made.
            socket.write(RawSocket.join(head, ascii("\n" + forged())));
            assertThat(socket.isClosedByPeer()).isTrue();
        }
        assertThat(foreign("tls")).isEqualTo(before + 1);
        assertThat(broker.messages(device)).isEmpty();
    }

    @Test
    void pageThatSendsDatagrams_writesNothing() throws IOException {
        double before = foreign("stun");
        byte[] stun = RawSocket.join(HexFormat.of().parseHex("000100402112a442"), ascii("\n" + forged()));
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(stun, stun.length, InetAddress.getLoopbackAddress(), port()));
        }
        await().untilAsserted(() -> assertThat(foreign("stun")).isEqualTo(before + 1));
        datagram(port(), "<13>1 - " + device + " app - - - real");
        awaitMessages(device, List.of("real"));
    }

    @Test
    void countTooLarge_isStoredWhileTheConnectionIsOpen() {
        try (RawSocket socket = new RawSocket(port())) {
            for (int i = 0; i < 3; i++) {
                socket.write("300 <13>1 - " + device + " app - - - line " + i + "\n");
            }
            awaitMessages(device, List.of("line 0", "line 1", "line 2"));
            socket.write("300 <13>1 - " + device + " app - - - line 3\n");
            awaitMessages(device, List.of("line 0", "line 1", "line 2", "line 3"));
        }
    }

    @Test
    void nulFramedMessages_areStoredWhileTheConnectionIsOpen() {
        try (RawSocket socket = new RawSocket(port())) {
            socket.write("<13>1 - " + device + " app - - - one\0<13>1 - " + device + " app - - - two\0");
            awaitMessages(device, List.of("one", "two"));
        }
    }

    @Test
    void lineThatBeginsWithANumber_isALine() {
        try (RawSocket socket = new RawSocket(port())) {
            socket.write("2026 was a good year " + device + "\n<13>1 - " + device + " app - - - after\n");
            awaitMessages(device, List.of("after"));
            assertThat(broker.messages("127.0.0.1")).contains("2026 was a good year " + device);
        }
    }

    @Test
    void restOfAMessageWithAWrongCount_isCounted_andItsNeighboursStored() {
        double before = broker.metric("tailrace_lines_rejected_total{reason=\"invalid\"");
        try (RawSocket socket = new RawSocket(port())) {
            String message = "<13>1 - " + device + " app - - - ";
            socket.write((message.length() + 1) + " " + message + "a");
            awaitMessages(device, List.of("a"));
            socket.write("rest" + (message.length() + 1) + " " + message + "b");
            awaitMessages(device, List.of("a", "b"));
        }
        await().untilAsserted(() -> assertThat(broker.metric("tailrace_lines_rejected_total{reason=\"invalid\""))
                .isEqualTo(before + 1));
    }

    @Test
    void datagramWithACount_isAMessage() {
        String message = "<13>Nov 22 12:00:00 " + device + " app: counted";
        datagram(port(), message.length() + " " + message);
        awaitMessages(device, List.of("counted"));
    }

    @Test
    void requestInALaterLine_isAMessage() {
        try (RawSocket socket = new RawSocket(port())) {
            socket.write("<13>1 - " + device + " app - - - a\nPOST / HTTP/1.1\n<13>1 - " + device + " app - - - b\n");
            awaitMessages(device, List.of("a", "b"));
        }
    }

    @Test
    void connectionThatSendsNothingForLong_isClosed_andOneThatSendsIsNot() {
        try (RunningBroker impatient =
                        RunningBroker.start(Map.of(Setting.SYSLOG_PORT, "0", Setting.SYSLOG_IDLE, "2s"));
                RawSocket busy = new RawSocket(impatient.server().syslogPort());
                RawSocket silent = new RawSocket(impatient.server().syslogPort())) {
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                busy.write("<13>1 - " + device + " app - - - more\n");
                return impatient.metric("tailrace_refused_total{limit=\"syslog-idle\"}") == 1;
            });
            assertThat(silent.isClosedByPeer()).isTrue();
            busy.write("<13>1 - " + device + " app - - - last\n");
            await().untilAsserted(() -> assertThat(impatient.messages(device)).endsWith("last"));
        }
    }

    @Test
    void leavingBroker_storesWhatItRead() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            Map<Setting, String> settings = Map.of(Setting.SYSLOG_PORT, "0", Setting.REDIS, redis.url());
            RunningBroker leaving = RunningBroker.start(settings);
            try (RawSocket socket = new RawSocket(leaving.server().syslogPort())) {
                socket.write("<13>1 - " + device + " app - - - a\n");
                await().until(() -> leaving.metric("tailrace_lines_stored_total") == 1);
                leaving.close();
                assertThat(socket.isClosedByPeer()).isTrue();
            }
            try (RunningBroker other = RunningBroker.start(settings)) {
                assertThat(other.messages(device)).containsExactly("a");
            }
        }
    }

    @Test
    void storageUnavailable_pausesConnections_dropsDatagrams_andContinues() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            Map<Setting, String> settings =
                    Map.of(Setting.SYSLOG_PORT, "0", Setting.REDIS, redis.url(), Setting.INGEST_WINDOW_LINES, "10");
            try (RunningBroker slow = RunningBroker.start(settings);
                    RawSocket socket = new RawSocket(slow.server().syslogPort())) {
                int syslog = slow.server().syslogPort();
                socket.write("<13>1 - " + device + " app - - - 0\n");
                await().until(() -> slow.metric("tailrace_lines_stored_total") == 1);
                redis.suspend();
                for (int i = 1; i <= 20; i++) {
                    socket.write("<13>1 - " + device + " app - - - " + i + "\n");
                    datagram(syslog, "<13>1 - " + device + "-u app - - - " + i);
                }
                await().until(() -> slow.metric("tailrace_devices_paused") == 1);
                await().until(() -> {
                    datagram(syslog, "<13>1 - " + device + "-u app - - - more");
                    return slow.metric("tailrace_lines_rejected_total{reason=\"unavailable\"") > 0;
                });
                redis.resume();

                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(slow.messages(device))
                                .isEqualTo(IntStream.rangeClosed(0, 20)
                                        .mapToObj(Integer::toString)
                                        .toList()));
                await().untilAsserted(() -> assertThat(slow.unaccountedLines()).isZero());
                assertThat(slow.messages(device + "-u"))
                        .hasSizeGreaterThanOrEqualTo(10)
                        .startsWith("1", "2", "3");
            }
        }
    }

    @Test
    void withoutPort_thereIsNoSyslog() {
        try (RunningBroker silent = RunningBroker.start()) {
            assertThat(silent.server().syslogPort()).isNegative();
        }
    }
}
