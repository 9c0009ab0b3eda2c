package dev.tailrace.egress;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.broker.EncodeBuffer;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.testing.SampleLines;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames as a third-party decoder reads them. */
@Tag("unit")
final class TextFramesTest {

    private static EmbeddedChannel decoder(byte[] bytes) {
        var channel = new EmbeddedChannel(new WebSocket13FrameDecoder(false, false, 1 << 24));
        channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        return channel;
    }

    private static @Nullable String text(EmbeddedChannel channel) {
        WebSocketFrame frame = channel.readInbound();
        if (frame == null) {
            return null;
        }
        assertThat(frame).isInstanceOf(TextWebSocketFrame.class);
        assertThat(frame.isFinalFragment()).isTrue();
        assertThat(frame.rsv()).isZero();
        String text = frame.content().toString(UTF_8);
        frame.release();
        return text;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 1_000_000})
    void text_ofAnyLength_isReadBack(int length) {
        String text = "x".repeat(length);
        EmbeddedChannel channel = decoder(TextFrames.text(text).getBytes());
        assertThat(text(channel)).isEqualTo(text);
        assertThat(text(channel)).as("nothing follows").isNull();
    }

    @Test
    void ping_isReadBack() {
        WebSocketFrame frame = decoder(TextFrames.ping().getBytes()).readInbound();
        assertThat(frame).isInstanceOf(PingWebSocketFrame.class);
        frame.release();
    }

    @Test
    void packed_isWrittenWhole() {
        Buffer frame = TextFrames.text("one");
        ByteBuf packed = TextFrames.packed(frame.getBytes(), frame.length());
        assertThat(packed.isDirect()).isTrue();
        ByteBuf written = HttpChunk.framed(packed);
        assertThat(written.readableBytes()).isEqualTo(frame.length());
        written.release();
        assertThat(packed.release()).as("it has no other holder").isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "kitchen"})
    void entries_areAMessageEach(String name) {
        DeviceId device = name.isEmpty() ? null : new DeviceId(name);
        var encoding = new EntryJson.Messages(device);
        Entries stored = SampleLines.entries(20);
        EncodeBuffer buffer = new EncodeBuffer();
        for (int i = 0; i < stored.size(); i++) {
            encoding.append(buffer, "k3f9", 95 + i, stored.bytes(), stored.start(i), stored.end(i));
        }
        ByteBuf packed = encoding.pack(buffer);
        byte[] bytes = new byte[packed.readableBytes()];
        packed.readBytes(bytes).release();
        EmbeddedChannel channel = decoder(bytes);
        for (int i = 0; i < stored.size(); i++) {
            JsonObject entry = new JsonObject(text(channel));
            assertThat(entry.getString("id")).isEqualTo("k3f9-" + (95 + i));
            assertThat(entry.getString("device")).isEqualTo(device == null ? null : name);
            assertThat(entry.getString("message")).isNotNull();
        }
        assertThat(text(channel)).isNull();
    }
}
