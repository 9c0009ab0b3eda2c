package dev.tailrace.ingest.lines;

import static dev.tailrace.testing.RawSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestReader;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices that stream over real sockets. */
class WebSocketIngestTest {

    private static final int FRAME_LIMIT = 64 * 1024;

    /** More bytes than the kernel holds between two sockets, with any settings. */
    private static final long MUCH = 128L << 20;

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.INGEST_FRAME_BYTES, "64KiB", Setting.INGEST_LINE_BYTES, "128KiB"));
    }

    @AfterAll
    static void stop() {
        await().untilAsserted(() ->
                assertThat(broker.metric("tailrace_device_connections")).isZero());
        assertThat(broker.unaccountedLines()).isZero();
        assertThat(broker.metric("tailrace_lines_received_total")).isPositive();
        assertThat(broker.metric("tailrace_pending_bytes")).isZero();
        assertThat(broker.metric("tailrace_devices_paused")).isZero();
        broker.close();
    }

    // ---- frames and lines

    @Test
    void textAndBinaryFrames_areLinesAlike() {
        IngestSocket sender = connect("");
        sender.text("{\"message\":\"text\"}");
        sender.binary("{\"message\":\"binary\"}\n");
        sender.text("{\"message\":\"one\"}\n\n{\"message\":\"two\"}\r\n{\"message\":\"three\"}");

        awaitMessages("text", "binary", "one", "two", "three");
        sender.close();
    }

    @Test
    void line_maySpanFragments_butNotMessages() {
        IngestSocket sender = connect("");
        sender.part("{\"mess");
        sender.part("age\":\"a\"}\n{\"message\":");
        sender.text("\"b\"}");
        sender.text("{\"message\":\"c\"}"); // the end of the message ends the line
        sender.text("{\"message\":");
        sender.text("\"d\"}");

        awaitMessages("a", "b", "c");
        await().until(() -> sender.replies.size() == 2);
        assertThat(sender.replies)
                .containsExactly(
                        "{\"error\":{\"line\":4,\"reason\":\"not valid JSON\"}}",
                        "{\"error\":{\"line\":5,\"reason\":\"not valid JSON\"}}");
        sender.close();
    }

    @Test
    void anyLayoutOfJson_isReadInAMessage() {
        IngestSocket sender = connect("?producer=layouts");
        sender.text("[{\"message\":\"a\",\"seq\":1},{\"msg\":\"b\",\"seq\":2}]");
        sender.text("{\"message\":\"c\",\"seq\":3}{\n  \"message\": \"d\",\n  \"seq\": 4\n}");
        sender.part("[{\"message\":\"e\",\"se");
        sender.text("q\":5}"); // the end of the message ends the array
        sender.text("{\"level\":30,\"time\":1705922660000,\"msg\":\"f\",\"seq\":6}");
        await().until(() -> sender.replies.contains("{\"ack\":6}"));

        assertThat(broker.messages(device)).containsExactly("a", "b", "c", "d", "e", "f");
        assertThat(sender.replies).noneMatch(reply -> reply.contains("error"));
        sender.close();
    }

    @Test
    void allFields_arriveInHistory() {
        IngestSocket sender = connect("");
        sender.text(
                "{\"message\":\"m\\u0000\\n\uD83D\uDE00\",\"timestamp\":\"2025-11-22T14:00:00.1Z\",\"service\":\"main\","
                        + "\"stream\":\"stderr\",\"system\":true,\"level\":\"WARN\",\"unknown\":[{}]}");
        await().until(() -> !broker.messages(device).isEmpty());

        JsonObject entry = broker.history(device).get(0);
        assertThat(entry.getLong("receivedAt")).isPositive();
        assertThat(entry.getString("id")).matches("[a-z0-9]+-1");
        assertThat(entry.getMap())
                .containsEntry("message", "m\0\n\uD83D\uDE00")
                .containsEntry("timestamp", 1_763_820_000_100L)
                .containsEntry("service", "main")
                .containsEntry("stream", "stderr")
                .containsEntry("system", true)
                .containsEntry("level", "warn")
                .containsEntry("attributes", Map.of("unknown", List.of(Map.of())))
                .hasSize(9);
        sender.close();
    }

    @Test
    void invalidUtf8_isReplaced() {
        try (RawSocket socket = open("")) {
            byte[] line = RawSocket.ascii("{\"message\":\"a\u00FFb\"}");
            socket.write(frame(RawSocket.TEXT, line)).write(frame(RawSocket.BINARY, line));
            awaitMessages("a\uFFFDb", "a\uFFFDb");
        }
    }

    @Test
    void framesRightAfterTheHandshake_areRead() {
        for (int i = 0; i < 200; i++) {
            try (RawSocket socket = open("")) {
                socket.write(frame(RawSocket.TEXT, "{\"message\":\"early\"}"));
            }
        }
        await().until(() -> broker.messages(device).size() == 200);
    }

    @Test
    void tenThousandLinesInOneMessage_areAllStoredAndAllReachALiveReader() throws Exception {
        List<String> expected =
                IntStream.range(0, 10_000).mapToObj(i -> "burst " + i).toList();
        String message =
                expected.stream().map(text -> "{\"message\":\"" + text + "\"}").collect(Collectors.joining("\n"));
        try (TestReader reader = TestReader.open(broker, device)) {
            IngestSocket sender = connect("");
            sender.text(message); // cut into frames by the client, each under the limit
            assertThat(reader.messages(10_000)).isEqualTo(expected);
            assertThat(broker.messages(device)).isEqualTo(expected.subList(9000, 10_000));
            sender.close();
        }
    }

    @Test
    void pings_areAnswered() {
        try (RawSocket socket = open("")) {
            socket.write(frame(RawSocket.PING, "hello"));
            RawSocket.Frame pong = socket.readFrame();
            assertThat(pong.kind()).isEqualTo(RawSocket.PONG);
            assertThat(pong.text()).isEqualTo("hello");
        }
    }

    @Test
    void pongBetweenFragments_isNoPartOfTheMessage() {
        int firstFragment = 0x01;
        int lastFragment = 0x80;
        try (RawSocket socket = open("")) {
            socket.write(frame(firstFragment, "{\"message\":"))
                    .write(frame(RawSocket.PONG, "tailrace"))
                    .write(frame(lastFragment, "\"whole\"}"));
            awaitMessages("whole");
        }
    }

    // ---- producers

    @Test
    void producersLines_areAcknowledged() {
        IngestSocket sender = connect("?producer=p1");
        sender.text("{\"message\":\"a\",\"seq\":1}\n{\"message\":\"b\",\"seq\":2}");
        await().until(() -> sender.replies.contains("{\"ack\":2}"));
        sender.text("{\"message\":\"c\",\"seq\":7}");
        await().until(() -> sender.replies.contains("{\"ack\":7}"));

        assertThat(broker.messages(device)).containsExactly("a", "b", "c");
        sender.close();
    }

    @Test
    void linesResentOnANewConnection_areStoredOnce() {
        IngestSocket first = connect("?producer=p2");
        first.text(numbered(1, 10));
        await().until(() -> first.replies.contains("{\"ack\":10}"));
        first.abort();

        IngestSocket second = connect("?producer=p2");
        second.text(numbered(1, 10));
        await().until(() -> second.replies.contains("{\"ack\":10}"));
        second.text(numbered(6, 15)); // half of them are new
        await().until(() -> second.replies.contains("{\"ack\":15}"));
        second.close();

        assertThat(broker.messages(device))
                .isEqualTo(IntStream.rangeClosed(1, 15).mapToObj(i -> "n" + i).toList());
    }

    @Test
    void linesOfAnotherProducer_areOthers() {
        for (String producer : List.of("p3", "p4")) {
            IngestSocket sender = connect("?producer=" + producer);
            sender.text(numbered(1, 2));
            await().until(() -> sender.replies.contains("{\"ack\":2}"));
            sender.close();
        }
        assertThat(broker.messages(device)).containsExactly("n1", "n2", "n1", "n2");
    }

    @Test
    void invalidLinesOfAProducer_areReportedAndAcknowledged() {
        IngestSocket sender = connect("?producer=p5");
        sender.text(
                "{\"message\":\"a\",\"seq\":1}\n{\"message\":null,\"seq\":2}\n{\"message\":\"c\"}\n{\"message\":\"d\",\"seq\":4}");
        await().until(() -> sender.replies.contains("{\"ack\":4}"));

        assertThat(sender.replies)
                .containsExactlyInAnyOrder(
                        "{\"error\":{\"line\":2,\"reason\":\"message is missing\"}}",
                        "{\"error\":{\"line\":3,\"reason\":\"seq is missing: a producer numbers each of its lines\"}}",
                        "{\"ack\":4}");
        assertThat(broker.messages(device)).containsExactly("a", "d");
        sender.close();
    }

    @Test
    void invalidLines_areReportedWithTheirNumber_andOtherLinesAreStored() {
        IngestSocket sender = connect("");
        String tooLong = "{\"message\":\"" + "x".repeat(130 * 1024) + "\"}";
        sender.text("{\"message\":\"a\"}\nnonsense\n{\"message\":\"b\"}\n" + tooLong + "\n{\"message\":\"c\"}");

        awaitMessages("a", "b", "c");
        await().until(() -> sender.replies.size() == 2);
        assertThat(sender.replies)
                .containsExactly(
                        "{\"error\":{\"line\":2,\"reason\":\"not a JSON object\"}}",
                        "{\"error\":{\"line\":4,\"reason\":\"longer than 131072 bytes\"}}");
        sender.close();
    }

    @Test
    void senderThatDoesNotReadItsErrors_isServed() {
        try (RawSocket socket = open("")) {
            byte[] garbage = frame(RawSocket.TEXT, "x\n".repeat(FRAME_LIMIT / 2 - 10));
            for (int i = 0; i < 40; i++) {
                socket.write(garbage);
            }
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"after all\"}"));
            awaitMessages("after all");
            assertThat(broker.get("/api/v1/devices").statusCode()).isEqualTo(200);
        }
    }

    // ---- the text protocol

    @Test
    void textProtocol_takesLinesAsTheyStand() {
        IngestSocket sender = connect("", "tailrace.text");
        assertThat(sender.socket.getSubprotocol()).isEqualTo("tailrace.text");
        sender.text("plain\n{\"message\":\"not read\"}\r\n\n  spaces \n");
        sender.text("last");

        awaitMessages("plain", "{\"message\":\"not read\"}", "", "  spaces ", "last");
        sender.close();
    }

    /** A frame of newlines has the most lines per byte. */
    @Test
    void frameOfNewlines_isStoredWhole() {
        RunningBroker small = RunningBroker.start(Map.of());
        try (small) {
            IngestSocket sender = new IngestSocket(small, path(""), "tailrace.text");
            sender.binary("\n".repeat(4_000_000));
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(small.metric("tailrace_lines_stored_total"))
                            .isEqualTo(4_000_000));
            assertThat(small.unaccountedLines()).isZero();
            sender.close();
        }
    }

    // ---- what is no WebSocket

    @Test
    void unmaskedFrame_closesWithProtocolError() {
        try (RawSocket socket = open("")) {
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"before\"}"))
                    .write(RawSocket.join(RawSocket.head(RawSocket.TEXT, 0, 5), RawSocket.ascii("hello")));
            assertThat(socket.readDataOrClose().closeCode()).isEqualTo(1002);
            assertThat(socket.isClosedByPeer()).isTrue();
        }
        awaitMessages("before");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "b180", "8380", "8bff", "09", "88ff", "8000", "c180", "8181"})
    void garbageFrame_endsItsConnectionOnly(String hex) {
        IngestSocket neighbour = connect("");
        try (RawSocket socket = open("")) {
            byte[] bytes = java.util.HexFormat.of().parseHex(hex);
            socket.write(RawSocket.join(bytes, new byte[200]));
            while (socket.read() >= 0) {
                // a close frame or nothing, and then the end
            }
        }
        neighbour.text("{\"message\":\"neighbour\"}");
        awaitMessages("neighbour");
        neighbour.close();
    }

    @Test
    void frameOverTheLimit_closesWithTooBig() {
        try (RawSocket socket = open("")) {
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"before\"}"));
            awaitMessages("before");
            socket.write(frame(RawSocket.TEXT, "x".repeat(FRAME_LIMIT + 1)));
            assertThat(socket.readDataOrClose().closeCode()).isEqualTo(1009);
            assertThat(socket.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void frameAtTheLimit_isRead() {
        try (RawSocket socket = open("")) {
            String line = "{\"message\":\"" + "x".repeat(FRAME_LIMIT - 14) + "\"}";
            assertThat(line).hasSize(FRAME_LIMIT);
            socket.write(frame(RawSocket.TEXT, line));
            await().until(() -> broker.messages(device).size() == 1);
        }
    }

    @Test
    void frameThatNamesAnAbsurdLength_closesWithTooBig() {
        try (RawSocket socket = open("")) {
            socket.write(RawSocket.head(RawSocket.BINARY, 0x80, Long.MAX_VALUE));
            assertThat(socket.readDataOrClose().closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void abortedConnection_keepsWhatCameBefore() {
        RawSocket socket = open("");
        socket.write(frame(RawSocket.TEXT, "{\"message\":\"a\"}\n{\"message\":\"b\"}\n"))
                .write(frame(0x01, "{\"message\":\"half")); // a fragment, its line not ended
        awaitMessages("a", "b");
        socket.abort();
        await().untilAsserted(() ->
                assertThat(broker.get("/api/v1/devices/" + device).body()).contains("\"connections\":0"));
        assertThat(broker.messages(device)).containsExactly("a", "b");
    }

    @Test
    void closeFrame_isAnsweredInKind() {
        try (RawSocket socket = open("")) {
            socket.write(frame(RawSocket.TEXT, "{\"message\":\"last\"}"))
                    .write(frame(RawSocket.CLOSE, new byte[] {0x03, (byte) 0xE8}));
            assertThat(socket.readDataOrClose().closeCode()).isEqualTo(1000);
            assertThat(socket.isClosedByPeer()).isTrue();
        }
        awaitMessages("last");
    }

    // ---- the handshake

    @ParameterizedTest
    @ValueSource(strings = {"a%2Fb", "a%20b", "%00", "%C3%A4", "a%5Cb", "a;b", "%252e"})
    void invalidDevice_isRefusedBeforeTheUpgrade(String name) {
        HttpResponse<String> response = broker.get("/api/v1/devices/" + name + "/ingest");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(response.body()).contains("urn:tailrace:problem:bad-device");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/devices/../ingest", "/api/v1/devices/%2e%2e/ingest", "/api/v1/devices//ingest"})
    void dotsAndNothing_areNoDevice(String path) {
        try (RawSocket socket = new RawSocket(broker.port())) {
            String answer = socket.write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .readResponse();
            assertThat(answer).matches("(?s)HTTP/1.1 40[04] .*application/problem\\+json.*");
        }
    }

    @Test
    void deviceOverItsLength_isRefused() {
        assertThat(broker.get("/api/v1/devices/" + "a".repeat(129) + "/ingest").statusCode())
                .isEqualTo(400);
        assertThat(broker.get("/api/v1/devices/" + "a".repeat(60_000) + "/ingest")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void brokenEscape_isTheCallersFault() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            String answer = socket.write("GET /api/v1/devices/%zz/ingest HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .readResponse();
            assertThat(answer).startsWith("HTTP/1.1 400 ").contains("application/problem+json");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "..", "a%20b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    void invalidProducer_isRefused(String producer) {
        HttpResponse<String> response = broker.get(path("?producer=" + producer));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("bad-parameter");
    }

    @Test
    void plainRequest_is426() {
        HttpResponse<String> response = broker.get(path(""));
        assertThat(response.statusCode()).isEqualTo(426);
        assertThat(response.body()).contains("websocket-only");
    }

    @Test
    void handshakeWithoutKey_isRefused() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            String answer = socket.write("GET " + path("") + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n")
                    .readResponse();
            assertThat(answer).startsWith("HTTP/1.1 400 ");
        }
    }

    // ---- answers that nobody reads

    @Test
    void deviceThatPingsAndReadsNothing_isPaused_andContinuesWhenItReads() throws Exception {
        try (RunningBroker small = RunningBroker.start(Map.of(Setting.SOCKET_SEND_BUFFER, "16KiB"));
                RawSocket socket = new RawSocket(small.port(), 4096).upgrade(path(""))) {
            byte[] ping = frame(RawSocket.PING, "p".repeat(125));
            byte[] burst = new byte[0];
            for (int i = 0; i < 100; i++) {
                burst = RawSocket.join(burst, ping);
            }
            byte[] pings = burst;
            var sent = new AtomicLong();
            var enough = new AtomicBoolean();
            Thread flood = new Thread(() -> {
                // Blocks when the broker does not read, because it sends more than fits into the kernel's buffers.
                while (sent.get() * 127 < MUCH && !enough.get()) {
                    socket.write(pings);
                    sent.addAndGet(100);
                }
                socket.write(frame(RawSocket.TEXT, "{\"message\":\"after the flood\"}"));
            });
            flood.start();
            await().atMost(30, TimeUnit.SECONDS).until(() -> small.metric("tailrace_devices_paused") == 1);
            var before = new AtomicLong(-1);
            await().atMost(60, TimeUnit.SECONDS)
                    .during(500, TimeUnit.MILLISECONDS)
                    .until(() -> before.getAndSet(sent.get()) == sent.get());
            assertThat(sent.get() * 127).as("more is not read").isLessThan(MUCH);
            enough.set(true);

            long answered = 0;
            while (flood.isAlive() || answered < sent.get()) {
                int kind = socket.readFrame().kind();
                if (kind == RawSocket.PING) {
                    continue; // a ping of the broker to a silent device
                }
                assertThat(kind).isEqualTo(RawSocket.PONG);
                answered++;
            }
            await().until(() -> small.messages(device).equals(List.of("after the flood")));
            await().until(() -> small.metric("tailrace_devices_paused") == 0);
        }
    }

    // ---- helpers

    private String path(String query) {
        return "/api/v1/devices/" + device + "/ingest" + query;
    }

    private RawSocket open(String query) {
        return RawSocket.webSocket(broker.port(), path(query));
    }

    private IngestSocket connect(String query, String... subprotocols) {
        return new IngestSocket(broker, path(query), subprotocols);
    }

    private void awaitMessages(String... messages) {
        await().untilAsserted(() -> assertThat(broker.messages(device)).containsExactly(messages));
    }

    private static String numbered(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(i -> "{\"message\":\"n" + i + "\",\"seq\":" + i + "}\n")
                .collect(Collectors.joining());
    }

    /** A connection on which a test sends each frame itself, by the JDK's WebSocket. */
    private static final class IngestSocket implements WebSocket.Listener {
        final List<String> replies = new CopyOnWriteArrayList<>();
        final WebSocket socket;
        private final StringBuilder reply = new StringBuilder();

        IngestSocket(RunningBroker broker, String path, String... subprotocols) {
            WebSocket.Builder builder = broker.http.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10));
            if (subprotocols.length > 0) {
                builder.subprotocols(subprotocols[0]);
            }
            socket = builder.buildAsync(broker.wsUri(path), this)
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            reply.append(data);
            if (last) {
                replies.add(reply.toString());
                reply.setLength(0);
            }
            from.request(1);
            return null;
        }

        void part(String text) {
            socket.sendText(text, false).orTimeout(60, TimeUnit.SECONDS).join();
        }

        void text(String text) {
            socket.sendText(text, true).orTimeout(60, TimeUnit.SECONDS).join();
        }

        void binary(String text) {
            socket.sendBinary(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), true)
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
        }

        void close() {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "")
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
        }

        void abort() {
            socket.abort();
        }
    }
}
