package dev.tailrace.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawHttp2;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadDecoderTest {

    private static final String BEGIN = "GET /api/v1/limits HTTP/1.1\r\nHost: localhost\r\n";

    private static RunningBroker broker;
    private static RunningBroker withHttp2;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
        withHttp2 = RunningBroker.start(Map.of(Setting.HTTP2_CLEARTEXT, "true"));
    }

    @AfterAll
    static void stop() {
        broker.close();
        withHttp2.close();
    }

    private static RunningBroker broker(boolean http2) {
        return http2 ? withHttp2 : broker;
    }

    private static String head(int headers) {
        return BEGIN + "a:b\r\n".repeat(headers - 1) + "\r\n";
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void headersUpToTheLimit_areRead_inEachRequestOfAConnection(boolean http2) {
        try (RawSocket socket = new RawSocket(broker(http2).port())) {
            for (int i = 0; i < 3; i++) {
                socket.write(head(HeadDecoder.MAX_HEADERS));
                assertThat(socket.readResponse()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void headersBeyondTheLimit_are431_whetherTheHeadEndsOrNot_inEachRequest(boolean http2) {
        RunningBroker asked = broker(http2);
        for (String head : new String[] {head(HeadDecoder.MAX_HEADERS + 1), BEGIN + "a:b\r\n".repeat(12_000)}) {
            for (boolean first : new boolean[] {true, false}) {
                double refused = asked.metric("tailrace_refused_total{limit=\"header-bytes\"");
                try (RawSocket socket = new RawSocket(asked.port())) {
                    if (!first) {
                        assertThat(socket.write(head(1)).readResponse()).startsWith("HTTP/1.1 200");
                    }
                    socket.write(head);
                    assertThat(socket.readHead()).startsWith("HTTP/1.1 431");
                }
                assertThat(asked.metric("tailrace_refused_total{limit=\"header-bytes\""))
                        .isEqualTo(refused + 1);
            }
        }
    }

    /** The first bytes, which decide whether it is HTTP/2, are split anywhere; with a body and a second request. */
    @ParameterizedTest
    @ValueSource(strings = {"POST", "GET", "PRI", "PRI * HTTP"})
    void firstBytesInAnyPieces_areReadCompletely(String begin) {
        String device = RunningBroker.newDevice();
        String path = "/api/v1/devices/" + device + "/logs";
        String post = "POST " + path
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\none\n";
        String first = begin.equals("POST") ? post : begin.equals("GET") ? head(1) : begin + "X";
        for (int piece = 1; piece <= 30; piece += piece < 4 ? 1 : 13) {
            try (RawSocket socket = new RawSocket(withHttp2.port())) {
                for (int at = 0; at < first.length(); at += piece) {
                    socket.write(first.substring(at, Math.min(first.length(), at + piece)));
                }
                if (begin.startsWith("PRI")) {
                    socket.write(" / HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    assertThat(socket.readHead()).matches("(?s)HTTP/1.[01] 4\\d\\d .*");
                } else {
                    assertThat(socket.readResponse()).startsWith("HTTP/1.1 20");
                    assertThat(socket.write(head(1)).readResponse()).startsWith("HTTP/1.1 200");
                }
            }
        }
        if (begin.equals("POST")) {
            assertThat(withHttp2.messages(device)).isNotEmpty().containsOnly("one");
        }
    }

    @Test
    void prefaceOfHttp2InPieces_isReadWhole() {
        for (int piece = 1; piece <= 25; piece += 8) {
            try (RawHttp2 client = new RawHttp2(withHttp2.port(), piece)) {
                client.get(1, "/api/v1/limits");
                assertThat(client.next(RawHttp2.DATA).stream()).isEqualTo(1);
            }
        }
    }

    @Test
    void headersOfHttp2BeyondTheLimit_areRefused_andTheConnectionGoesOn() {
        String[] most = new String[2 * HeadDecoder.MAX_HEADERS];
        String[] more = new String[most.length + 2];
        for (int i = 0; i < more.length; i += 2) {
            more[i] = i % 4 == 0 ? "a" : "a" + i; // a repeated name, and different ones
            more[i + 1] = "b";
        }
        System.arraycopy(more, 0, most, 0, most.length);
        double refused = withHttp2.metric("tailrace_refused_total{limit=\"header-bytes\"");
        try (RawHttp2 client = new RawHttp2(withHttp2.port(), 64 * 1024, 1024 * 1024)) {
            client.get(1, "/api/v1/limits", more);
            assertThat(new String(client.next(RawHttp2.DATA).payload(), StandardCharsets.UTF_8))
                    .contains("urn:tailrace:problem:headers-too-large", "\"status\":431");
            client.get(3, "/api/v1/limits", most);
            assertThat(new String(client.next(RawHttp2.DATA).payload(), StandardCharsets.UTF_8))
                    .contains("ringCapacity");
        }
        assertThat(withHttp2.metric("tailrace_refused_total{limit=\"header-bytes\""))
                .isEqualTo(refused + 1);
    }
}
