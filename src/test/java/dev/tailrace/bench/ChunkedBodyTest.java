package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class ChunkedBodyTest {

    private static final byte[] BODY =
            ascii("3\r\nabc\r\n1a;name=value\r\n0123456789\r\n0123456789\r\n\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n");

    private static final String DATA = "abc0123456789\r\n0123456789\r\n\r\n0123456789";

    @Test
    void body_cutAnywhere_keepsItsData() throws IOException {
        for (int cut = 0; cut <= BODY.length; cut++) {
            var body = new ChunkedBody();
            byte[] out = new byte[BODY.length];
            int end = body.copy(BODY, 0, cut, out, 0);
            end = body.copy(BODY, cut, BODY.length, out, end);
            assertThat(new String(out, 0, end, StandardCharsets.US_ASCII))
                    .as("cut at %d", cut)
                    .isEqualTo(DATA);
            assertThat(body.isEnded()).isTrue();
        }
    }

    @Test
    void bodyWithoutItsLastChunk_isNotEnded() throws IOException {
        var body = new ChunkedBody();
        body.copy(ascii("1\r\na\r\n"), 0, 6, new byte[10], 0);
        assertThat(body.isEnded()).isFalse();
    }

    @Test
    void bodyThatIsNotChunked_isRefused() {
        byte[] body = ascii("{\"type\":");
        assertThatThrownBy(() -> new ChunkedBody().copy(body, 0, body.length, new byte[100], 0))
                .isInstanceOf(IOException.class);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
