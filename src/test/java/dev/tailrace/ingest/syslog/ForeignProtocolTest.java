package dev.tailrace.ingest.syslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.syslog.SyslogMeters.Foreign;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Syslog, and the protocols that a browser can be made to send in its place. */
@Tag("unit")
final class ForeignProtocolTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The protocol that is found in pieces of this size. */
    private static @Nullable Foreign found(byte[] all, int size) {
        var opening = new ForeignProtocol();
        for (int from = 0; from < all.length && !opening.isDecided(); from += size) {
            Foreign found = opening.feed(Arrays.copyOfRange(all, from, Math.min(all.length, from + size)));
            if (found != null) {
                assertThat(opening.isDecided()).isTrue();
                return found;
            }
        }
        return null;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "POST /x?<13>1 HTTP/1.1",
                "OPTIONS * HTTP/1.0",
                "CONNECT localhost:514 HTTP/1.1",
                "GET http://localhost:514/ HTTP/1.1",
                "PRI * HTTP/2.0",
                "made-up!method /a HTTP/1.1",
                "47 / HTTP/1.1",
                "\r\n\r\nPUT / HTTP/1.1",
                "get / http/1.1"
            })
    void requestOfHttp_isFoundBeforeItsLineEnds(String line) {
        for (int size : new int[] {1, 2, 5, 1000}) {
            assertThat(found(bytes(line), size)).as(size + " at a time").isEqualTo(Foreign.HTTP);
        }
    }

    @Test
    void requestOfHttp_isFoundHoweverLongItsTargetIs() {
        assertThat(found(bytes("POST /" + "x".repeat(5 << 20) + " HTTP/1.1"), 64 * 1024))
                .isEqualTo(Foreign.HTTP);
    }

    @ParameterizedTest
    @CsvSource({"1603010200010001fc0303, TLS", "000100002112a442, STUN", "000300082112a442, STUN"})
    void binaryProtocol_isFound(String hex, Foreign protocol) {
        for (int size : new int[] {1, 1000}) {
            assertThat(found(HexFormat.of().parseHex(hex), size)).isEqualTo(protocol);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<13>1 - d app - - - GET / HTTP/1.1\n",
                "<13>Nov 22 12:00:00 d app: GET / HTTP/1.1\n",
                "36 <13>1 - d app - - - GET / HTTP/1.1",
                "Nov 22 12:00:00 d app: GET / HTTP/1.1\n",
                "192.0.2.1 - - [22/Nov/2026] \"GET / HTTP/1.1\" 200\n",
                "GET /\nHTTP/1.1\n",
                "GET / HTTPS\n",
                "GET / more HTTP/1.1\n",
                "GET  / HTTP/1.1\n",
                "kernel: / HTTP/x\n",
                "\n\u0000text\n",
                "\u0000\n",
                "M\u00fcller / HTTP/1.1\n"
            })
    void whatIsNoRequest_isSyslog(String text) {
        for (int size : new int[] {1, 7, 1000}) {
            assertThat(found(bytes(text), size)).as(size + " at a time").isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "000100002112a442000000000000000000000000, STUN",
        "000300082112a442000000000000000000000000, STUN",
        "16fefd0000000000000000003601000000, TLS",
        "16030100c8010000c40303, TLS",
        "c00000000108aabbccddeeff0011, QUIC",
        "d06b3343cf08aabbccddeeff0011, QUIC",
        "ca1a2a3a4a08aabbccddeeff0011, QUIC",
        "cfff00001d08aabbccddeeff0011, QUIC"
    })
    void datagramOfABrowser_isFound(String hex, Foreign protocol) {
        assertThat(ForeignProtocol.ofDatagram(HexFormat.of().parseHex(hex))).isEqualTo(protocol);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<13>1 - d app - - - a",
                "a",
                "",
                "\u00c4rger mit dem L\u00fcfter",
                "GET / HTTP/1.1",
                "ABCDEFGHIJKL"
            })
    void otherDatagram_isSyslog(String text) {
        assertThat(ForeignProtocol.ofDatagram(bytes(text))).isNull();
        assertThat(ForeignProtocol.ofDatagram(text.getBytes(StandardCharsets.UTF_8)))
                .isNull();
    }
}
