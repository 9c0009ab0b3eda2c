package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class FramesTest {

    // ---- to the broker

    @Test
    void frame_holdsItsLinesNumberedAndTimed() {
        List<JsonObject> lines = lines(frame(150, 3, 41, 12_345));

        assertThat(lines).hasSize(3);
        assertThat(lines.get(2).getLong("seq")).isEqualTo(LineFormat.FIRST + 43);
        byte[] message = lines.get(2).getString("message").getBytes(StandardCharsets.US_ASCII);
        assertThat(message).hasSize(150);
        assertThat(LineFormat.isMessage(message, 0)).isTrue();
        assertThat(LineFormat.number(message, 0)).isEqualTo(43);
        assertThat(LineFormat.sentNanos(message, 0)).isEqualTo(12_345);
    }

    @Test
    void frame_ofAnyLength_namesIt() {
        assertThat(lines(frame(LineFormat.MIN_BYTES, 1, 1, 0))).hasSize(1); // one byte of length
        assertThat(lines(frame(1000, 60, 1, 0))).hasSize(60); // two
        assertThat(lines(frame(1000, 70, 1, 0))).hasSize(70); // eight
    }

    private static ByteBuffer frame(int lineBytes, int batch, long number, long sentNanos) {
        ByteBuffer out = ByteBuffer.allocate(100_000);
        var template = new FrameTemplate(lineBytes, batch, true);
        template.put(out, 7, 99); // what is left of an earlier one must not show
        out.clear();
        template.put(out, number, sentNanos);
        assertThat(out.position()).isEqualTo(template.bytes());
        return out.flip();
    }

    private static List<JsonObject> lines(ByteBuffer frame) {
        assertThat(frame.get()).isEqualTo((byte) 0x81);
        int length = frame.get() & 0x7f;
        length = length == 127 ? (int) frame.getLong() : length == 126 ? frame.getShort() & 0xffff : length;
        int mask = frame.getInt();
        assertThat(frame.remaining()).isEqualTo(length);
        byte[] payload = new byte[length];
        frame.get(payload);
        for (int i = 0; i < length; i++) {
            payload[i] ^= (byte) (mask >> 8 * (3 - i % 4));
        }
        return new String(payload, StandardCharsets.US_ASCII)
                .lines()
                .map(JsonObject::new)
                .toList();
    }

    // ---- from the broker

    @Test
    void frames_cutAnywhere_giveTheSameEvents() {
        ByteBuffer all = ByteBuffer.allocate(1000);
        String complaint = "{\"error\":{\"line\":3,\"reason\":\"" + "x".repeat(120) + "\"}}";
        text(all, "{\"ack\":1000000041}");
        all.put((byte) 0x89).put((byte) 2).put(ascii("hi"));
        text(all, complaint);
        text(all, "{\"ack\":1000000043}");
        all.put((byte) 0x88).put((byte) 2).putShort((short) 1001);
        byte[] bytes = Arrays.copyOf(all.array(), all.position());

        for (int cut = 0; cut <= bytes.length; cut++) {
            List<String> recorded = new ArrayList<>();
            var scanner = new FrameScanner(new Received(recorded));
            int at = scanner.scan(Arrays.copyOf(bytes, cut), 0, cut);
            assertThat(scanner.scan(bytes, at, bytes.length)).isEqualTo(bytes.length);
            assertThat(recorded)
                    .as("cut at %d", cut)
                    .containsExactly("ack 1000000041", "ping hi", complaint, "ack 1000000043", "close 1001");
        }
    }

    private static void text(ByteBuffer out, String text) {
        out.put((byte) 0x81);
        if (text.length() < 126) {
            out.put((byte) text.length());
        } else {
            out.put((byte) 126).putShort((short) text.length());
        }
        out.put(ascii(text));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private record Received(List<String> recorded) implements FrameScanner.Frames {
        @Override
        public void acknowledged(long seq) {
            recorded.add("ack " + seq);
        }

        @Override
        public void onText(String text) {
            recorded.add(text);
        }

        @Override
        public void pinged(byte[] payload) {
            recorded.add("ping " + new String(payload, StandardCharsets.US_ASCII));
        }

        @Override
        public void closed(int code) {
            recorded.add("close " + code);
        }
    }
}
