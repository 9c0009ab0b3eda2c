package dev.tailrace.ingest.gelf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GELF over UDP and TCP, over real sockets. */
class GelfServerTest {

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.GELF_PORT, "0", Setting.INGEST_LINE_BYTES, "100KiB"));
    }

    @AfterAll
    static void stop() {
        assertThat(broker.unaccountedLines()).isZero();
        broker.close();
    }

    private String message(String text) {
        return "{\"version\":\"1.1\",\"host\":\"" + device + "\",\"short_message\":\"" + text + "\",\"level\":3}";
    }

    private void stored(String... messages) {
        await().untilAsserted(() -> assertThat(broker.messages(device)).containsExactly(messages));
    }

    private static double rejected(String reason) {
        return broker.metric("tailrace_lines_rejected_total{reason=\"" + reason + "\"}");
    }

    private static double dropped(String reason) {
        return broker.metric("tailrace_gelf_chunks_dropped_total{reason=\"" + reason + "\"}");
    }

    // ---- UDP

    private static void send(byte[]... datagrams) {
        try (var socket = new DatagramSocket()) {
            for (byte[] bytes : datagrams) {
                socket.send(new DatagramPacket(
                        bytes,
                        bytes.length,
                        InetAddress.getLoopbackAddress(),
                        broker.server().gelfPort()));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static byte[] packed(String text, String how) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var packed = new ByteArrayOutputStream();
        try (OutputStream out = how.equals("gzip")
                ? new GZIPOutputStream(packed)
                : how.equals("zlib") ? new DeflaterOutputStream(packed) : packed) {
            out.write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static byte[][] chunked(byte[] payload, int size) {
        int count = (payload.length + size - 1) / size;
        return IntStream.range(0, count)
                .mapToObj(i -> RawSocket.join(
                        new byte[] {0x1E, 0x0F, 1, 2, 3, 4, 5, 6, 7, 8, (byte) i, (byte) count},
                        Arrays.copyOfRange(payload, i * size, Math.min(payload.length, (i + 1) * size))))
                .toArray(byte[][]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "gzip", "zlib"})
    void datagram_isAMessage_andSoAreChunks(String how) {
        send(packed(message("hey one"), how));
        stored("hey one");
        assertThat(broker.history(device).get(0).getString("level")).isEqualTo("error");

        byte[][] chunks = chunked(packed(message("hey two"), how), 20);
        assertThat(chunks.length).isGreaterThan(3);
        byte[] last = chunks[chunks.length - 1];
        chunks[chunks.length - 1] = chunks[0];
        chunks[0] = last;
        send(chunks);
        stored("hey one", "hey two");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\0", " \r\n "})
    void datagramWithSeveralMessages_isReadToItsEnd(String between) {
        double invalid = rejected("invalid");
        String broken = "{\"host\":\"x\"}";
        send((message("one") + between + broken + between + message("two") + between + "{\"host")
                .getBytes(StandardCharsets.UTF_8));
        stored("one", "two");
        await().untilAsserted(() -> assertThat(rejected("invalid")).isEqualTo(invalid + 2));
    }

    @Test
    void datagramThatDoesNotBeginWithAnObject_isNotRead() {
        double invalid = rejected("invalid");
        send(
                ("POST / HTTP/1.1\r\n\r\n" + message("evil") + "\n" + message("evil")).getBytes(StandardCharsets.UTF_8),
                message("after").getBytes(StandardCharsets.UTF_8));
        stored("after");
        assertThat(rejected("invalid")).isEqualTo(invalid + 1);
    }

    @Test
    void hostThatIsNone_isTheAddressOfTheSender() {
        send("{\"short_message\":\"from %s\"}".formatted(device).getBytes(StandardCharsets.UTF_8));
        await().untilAsserted(() -> assertThat(broker.messages("127.0.0.1")).contains("from " + device));
    }

    @Test
    void whatIsNoMessage_isCounted() {
        double invalid = rejected("invalid");
        double tooLong = rejected("too_long");
        double wrong = dropped("invalid");
        send(
                "nonsense".getBytes(StandardCharsets.UTF_8),
                "{}".getBytes(StandardCharsets.UTF_8),
                new byte[] {0x1F, (byte) 0x8B, 1, 2, 3},
                packed(message("x").substring(0, 40), "gzip"),
                packed(message("x".repeat(200_000)), "gzip"),
                new byte[] {0x1E, 0x0F, 1},
                message("after").getBytes(StandardCharsets.UTF_8));
        stored("after");
        await().untilAsserted(() -> {
            assertThat(rejected("invalid")).isEqualTo(invalid + 4);
            assertThat(rejected("too_long")).isEqualTo(tooLong + 1);
            assertThat(dropped("invalid")).isEqualTo(wrong + 1);
        });
    }

    @Test
    void messageWithoutAllOfItsChunks_isGivenUp_andCounted() {
        double incomplete = dropped("incomplete");
        byte[][] chunks = chunked(packed(message("never"), "plain"), 20);
        send(Arrays.copyOf(chunks, chunks.length - 1));
        await().untilAsserted(() -> assertThat(dropped("incomplete")).isEqualTo(incomplete + 1));
        assertThat(broker.messages(device)).isEmpty();
        assertThat(broker.metric("tailrace_pending_bytes")).isZero();
    }

    // ---- TCP

    private static RawSocket connect() {
        return new RawSocket(broker.server().gelfPort());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "\n", "", "\r\n", " \0\n ", "\0\0"})
    void connectionThatStaysOpen_hasMessages_whateverIsBetweenThem(String between) {
        try (RawSocket socket = connect()) {
            String two = message("one") + between + message("two {\\\"} \\\\") + between;
            for (char c : two.toCharArray()) {
                socket.write(String.valueOf(c));
            }
            socket.write(message("three").replace(",", ",\n  ") + between + message("four"));
            stored("one", "two {\"} \\", "three", "four");
        }
    }

    @Test
    void brokenMessage_sparesTheNext() {
        double invalid = rejected("invalid");
        double tooLong = rejected("too_long");
        try (RawSocket socket = connect()) {
            socket.write(message("one"));
            socket.write("{\"host\":\"x\",\"short_message\":\"cut\0" + message("two") + "\0");
            socket.write("{\"host\":\"x\",\"short_message\":\"cut\n" + message("three") + "\n");
            socket.write("garbage\0" + message("four") + "\0{}\0");
            socket.write(message("x".repeat(200_000)) + "\0" + message("five"));
            stored("one", "two", "three", "four", "five");
        }
        await().untilAsserted(() -> {
            assertThat(rejected("invalid")).isEqualTo(invalid + 4);
            assertThat(rejected("too_long")).isEqualTo(tooLong + 1);
        });
    }

    /** As a web page makes a browser send it. */
    @ParameterizedTest
    @ValueSource(strings = {"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "\u0016\u0003\u0001", "x ", "[", "\0\n7 "})
    void connectionThatDoesNotBeginWithAnObject_isClosed_andNothingIsStored(String begin) {
        try (RawSocket socket = connect()) {
            socket.write(begin + message("evil") + "\n" + message("evil") + "\0");
            assertThat(socket.isClosedByPeer()).isTrue();
        }
        assertThat(broker.messages(device)).isEmpty();
    }

    @Test
    void messageAtTheEndOfTheConnection_isNotComplete_andCounted() {
        double invalid = rejected("invalid");
        try (RawSocket socket = connect()) {
            socket.write(message("one") + message("two").substring(0, 30));
        }
        stored("one");
        await().untilAsserted(() -> assertThat(rejected("invalid")).isEqualTo(invalid + 1));
    }

    @Test
    void manyMessages_areAllStoredInOrder() {
        List<String> texts = IntStream.range(0, 900).mapToObj(i -> "line " + i).toList();
        try (RawSocket socket = connect()) {
            texts.forEach(text -> socket.write(message(text) + "\0"));
            await().untilAsserted(() -> assertThat(broker.messages(device)).isEqualTo(texts));
        }
    }
}
