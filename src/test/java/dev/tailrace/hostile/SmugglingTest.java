package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests whose end two readers could see at different places are refused, and nothing after them is read as a request. */
final class SmugglingTest {

    private static final String TYPE = "Content-Type: application/x-ndjson\r\n";

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();
    private final String smuggled = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Arguments bad(String name, String head, String body) {
        return Arguments.of(name, head, body);
    }

    /** Header lines and bodies that hide a request; SMUGGLED stands for that request. */
    static Stream<Arguments> ambiguous() {
        String chunks = "0\r\n\r\nSMUGGLED";
        return Stream.of(
                bad("both lengths", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks),
                bad("both lengths, turned around", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks),
                bad("two different lengths", "Content-Length: 0\r\nContent-Length: 300\r\n", "SMUGGLED"),
                bad("a list of different lengths", "Content-Length: 0, 300\r\n", "SMUGGLED"),
                bad("a negative length", "Content-Length: -1\r\n", "SMUGGLED"),
                bad("a length with a plus sign", "Content-Length: +0\r\n", "SMUGGLED"),
                bad("a length that is hexadecimal", "Content-Length: 0x0\r\n", "SMUGGLED"),
                bad("a length beyond 64 bits", "Content-Length: 18446744073709551616\r\n", "SMUGGLED"),
                bad("an empty length", "Content-Length:\r\n", "SMUGGLED"),
                bad("a length with a blank inside", "Content-Length: 0 0\r\n", "SMUGGLED"),
                bad("chunked, then identity", "Transfer-Encoding: chunked, identity\r\n", chunks),
                bad("identity, then chunked", "Transfer-Encoding: identity, chunked\r\n", chunks),
                bad("an encoding that is none", "Transfer-Encoding: xchunked\r\n", chunks),
                bad("an encoding behind a control character", "Transfer-Encoding: \u000bchunked\r\n", chunks),
                bad("two encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunks),
                bad("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks),
                bad("a blank before the colon", "Transfer-Encoding : chunked\r\n", chunks),
                bad("a length with a blank before the colon", "Content-Length : 0\r\n", "SMUGGLED"),
                bad("a folded line", "Transfer-Encoding:\r\n chunked\r\n", chunks),
                bad("a folded length", "Content-Length:\r\n 0\r\n", "SMUGGLED"),
                bad("a length that goes on in the next line", "Content-Length: 0\r\n 0\r\n", "SMUGGLED"),
                bad("a line that ends with LF", "Transfer-Encoding: chunked\n", chunks),
                bad("a line end inside a value", "X-A: b\rTransfer-Encoding: chunked\r\n", chunks),
                bad("NUL in a value", "X-A: b\u0000c\r\nContent-Length: 0\r\n", "SMUGGLED"),
                bad("a header without a colon", "Garbage\r\nContent-Length: 0\r\n", "SMUGGLED"),
                bad("a header without a name", ": b\r\nContent-Length: 0\r\n", "SMUGGLED"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ambiguous")
    void ambiguousEnd_isRefusedAndTheConnectionClosed(String name, String head, String body) {
        String inner = line("smuggled", smuggled);
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(RawSocket.ascii("POST /api/v1/devices/" + device + "/logs HTTP/1.1\r\nHost: localhost\r\n"
                    + TYPE + head + "\r\n" + body.replace("SMUGGLED", inner)));
            String answers = socket.readToEnd();
            assertThat(answers).startsWith("HTTP/1.1 400 ");
            assertThat(answers.split("HTTP/1\\.1 ", -1))
                    .as("one answer: " + answers)
                    .hasSize(2);
        }
        assertThat(broker.messages(smuggled)).isEmpty();
        assertThat(broker.messages(device)).isEmpty();
    }

    static Stream<Arguments> badChunks() {
        return Stream.of(
                Arguments.of("a chunk size that is none", "xyz\r\n\r\nSMUGGLED"),
                Arguments.of("a negative chunk size", "-1\r\n\r\nSMUGGLED"),
                Arguments.of("a chunk size with a plus sign", "+0\r\n\r\nSMUGGLED"),
                Arguments.of("a chunk size with 0x", "0x0\r\n\r\nSMUGGLED"),
                Arguments.of("a chunk size beyond 32 bits", "100000000\r\n\r\nSMUGGLED"),
                Arguments.of("a chunk size beyond 64 bits", "10000000000000000\r\n\r\nSMUGGLED"),
                Arguments.of("an empty chunk size", "\r\n\r\nSMUGGLED"),
                Arguments.of("a chunk size that ends with LF", "0\n\r\nSMUGGLED"),
                Arguments.of("a chunk longer than its size", "1\r\nxx0\r\n\r\nSMUGGLED"),
                Arguments.of("an extension with LF", "0;a\nb\r\n\r\nSMUGGLED"));
    }

    /** At that point the request is being served, so that Netty cannot answer it and closes the connection at once. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("badChunks")
    void badChunk_closesTheConnection(String name, String body) {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(RawSocket.ascii("POST /api/v1/devices/" + device + "/logs HTTP/1.1\r\nHost: localhost\r\n"
                    + TYPE + "Transfer-Encoding: chunked\r\n\r\n"
                    + body.replace("SMUGGLED", line("smuggled", smuggled))));
            assertThat(socket.readToEnd()).doesNotContain(" 20");
        }
        assertThat(broker.messages(smuggled)).isEmpty();
    }

    /** RFC 9112, 5.2: such a line continues the one before it; nobody can see another header or another end in it. */
    @Test
    void foldedLineOfAHeaderWithoutMeaning_isReadAsOneLine() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            String json = "{\"message\":\"one\"}";
            socket.write("POST /api/v1/devices/" + device + "/logs HTTP/1.1\r\nHost: localhost\r\n" + TYPE
                    + "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: " + json.length() + "\r\n\r\n" + json);
            assertThat(socket.readResponse()).startsWith("HTTP/1.1 202 ");
        }
        assertThat(broker.messages(device)).containsExactly("one");
    }

    private static String line(String message, String to) {
        String json = "{\"message\":\"" + message + "\"}";
        return "POST /api/v1/devices/" + to + "/logs HTTP/1.1\r\nHost: localhost\r\n" + TYPE + "Content-Length: "
                + json.length() + "\r\n\r\n" + json;
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("no version", "GET /\r\n\r\n"),
                Arguments.of("a version that is none", "GET / HTTP/1.x\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a version of the future", "GET / HTTP/3.7\r\nHost: localhost\r\n\r\n"),
                Arguments.of("four words", "GET / x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("NUL in the path", "GET /\u0000 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("no host", "GET / HTTP/1.1\r\n\r\n"),
                Arguments.of("a host with a blank", "GET / HTTP/1.1\r\nHost: localhost\r\n b\r\n\r\n"),
                Arguments.of("chunks of HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n"),
                Arguments.of("a folded first line", "GET / HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void malformedHead_isRefusedAndTheConnectionClosed(String name, String request) {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(RawSocket.ascii(request + line("behind it", smuggled)));
            String answers = socket.readToEnd();
            assertThat(answers.split("HTTP/\\d\\.\\d ", -1))
                    .as("one answer: " + answers)
                    .hasSizeLessThanOrEqualTo(2);
            assertThat(answers).matches("(?s)HTTP/\\d\\.\\d (400|501|505) .*");
        }
        assertThat(broker.messages(smuggled)).isEmpty();
    }

    @Test
    void requestsThatAreWhatTheySeem_areServedOnOneConnection() {
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write(line("one", device)).write(line("two", device));
            assertThat(socket.readResponse()).startsWith("HTTP/1.1 202 ");
            assertThat(socket.readResponse()).startsWith("HTTP/1.1 202 ");
            socket.write("POST /api/v1/devices/" + device
                    + "/logs HTTP/1.1\r\nHost: localhost\r\n" + TYPE + "Transfer-Encoding: chunked\r\n\r\n"
                    + "13;note=x\r\n{\"message\":\"three\"}\r\n0\r\nTrailer: y\r\n\r\n");
            assertThat(socket.readResponse()).startsWith("HTTP/1.1 202 ");
        }
        assertThat(broker.messages(device)).containsExactly("one", "two", "three");
    }
}
