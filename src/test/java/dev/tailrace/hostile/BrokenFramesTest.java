package dev.tailrace.hostile;

import static dev.tailrace.testing.RawSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that break RFC 6455, sent to the broker's own routes: the socket is closed with a code, what came before is kept. */
final class BrokenFramesTest {

    private static final String GOOD = "{\"message\":\"good\"}";

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        await().untilAsserted(() ->
                assertThat(broker.metric("tailrace_device_connections")).isZero());
        assertThat(broker.unaccountedLines()).isZero();
        broker.close();
    }

    private RawSocket device() {
        return RawSocket.webSocket(broker.port(), "/api/v1/devices/" + device + "/ingest");
    }

    private static int closeCode(RawSocket socket) {
        RawSocket.Frame frame = socket.readDataOrClose();
        while (frame.kind() != RawSocket.CLOSE) {
            frame = socket.readDataOrClose();
        }
        assertThat(socket.readToEnd()).as("nothing after the close").isEmpty();
        return frame.closeCode();
    }

    /** Reserved kinds of frames, data and control, and reserved bits. */
    @ParameterizedTest
    @ValueSource(
            ints = {0x83, 0x84, 0x85, 0x86, 0x87, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0xC1, 0xA1, 0x91, 0xF1, 0xC9, 0xA8, 0xD2
            })
    void reservedKindOrBit_closesWithProtocolError(int first) {
        try (RawSocket socket = device()) {
            socket.write(frame(RawSocket.TEXT, GOOD)).write(frame(first, "{\"message\":\"bad\"}"));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
        await().until(() -> broker.messages(device).equals(List.of("good")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x09, 0x0A, 0x08})
    void fragmentedControlFrame_closesWithProtocolError(int first) {
        try (RawSocket socket = device()) {
            socket.write(frame(first, "part"));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawSocket.PING, RawSocket.PONG, RawSocket.CLOSE})
    void controlFrameOver125Bytes_closesWithProtocolError(int first) {
        try (RawSocket socket = device()) {
            socket.write(frame(first, "p".repeat(126)));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void continuationOfNothing_closesWithProtocolError() {
        try (RawSocket socket = device()) {
            socket.write(frame(0x80, GOOD));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void newMessageWithinAMessage_closesWithProtocolError() {
        try (RawSocket socket = device()) {
            socket.write(frame(0x01, "{\"message\":")).write(frame(RawSocket.TEXT, GOOD));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999})
    void closeCodeThatIsNone_closesWithProtocolError(int code) {
        try (RawSocket socket = device()) {
            socket.write(frame(RawSocket.CLOSE, new byte[] {(byte) (code >> 8), (byte) code}));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void closeFrameOfOneByte_closesWithProtocolError() {
        try (RawSocket socket = device()) {
            socket.write(frame(RawSocket.CLOSE, new byte[] {3}));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
    }

    @Test
    void closeReasonThatIsNoUtf8_closesAsInvalid() {
        try (RawSocket socket = device()) {
            socket.write(frame(RawSocket.CLOSE, new byte[] {3, (byte) 0xE8, (byte) 0xFF, (byte) 0xFE}));
            assertThat(closeCode(socket)).isIn(1002, 1007);
        }
    }

    /** Devices are forgiven text that is no UTF-8, as each way in does: what is none is replaced. */
    @Test
    void textThatIsNoUtf8_isReplacedAndStored() {
        try (RawSocket socket = device()) {
            socket.write(frame(RawSocket.TEXT, RawSocket.ascii("{\"message\":\"a\u00ed\u00a0\u0080b\"}")));
            await().until(() -> broker.messages(device).size() == 1);
            assertThat(broker.messages(device).get(0)).startsWith("a\ufffd").endsWith("\ufffdb");
        }
    }

    @Test
    void framesAfterTheCloseFrame_areNotRead() {
        try (RawSocket socket = device()) {
            socket.write(RawSocket.join(
                    frame(RawSocket.TEXT, GOOD),
                    frame(RawSocket.CLOSE, new byte[] {3, (byte) 0xE8}),
                    frame(RawSocket.TEXT, "{\"message\":\"too late\"}")));
            assertThat(closeCode(socket)).isEqualTo(1000);
        }
        await().until(() -> broker.messages(device).equals(List.of("good")));
    }

    /** The same of a reader's socket, which nothing but control frames are expected on. */
    @ParameterizedTest
    @ValueSource(ints = {0x83, 0x8F, 0xC1, 0x09, 0x80})
    void readersBadFrame_closesWithProtocolError(int first) {
        try (RawSocket socket = RawSocket.webSocket(broker.port(), "/api/v1/devices/" + device + "/logs/stream")) {
            socket.write(frame(first, "x"));
            assertThat(closeCode(socket)).isEqualTo(1002);
        }
        await().untilAsserted(
                        () -> assertThat(broker.metric("tailrace_subscribers{")).isZero());
    }

    @Test
    void compression_isNotAgreedTo() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            String head = socket.write("GET /api/v1/devices/" + device
                            + "/ingest HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n")
                    .readHead();
            assertThat(head).startsWith("HTTP/1.1 101 ").doesNotContain("sec-websocket-extensions");
        }
    }
}
