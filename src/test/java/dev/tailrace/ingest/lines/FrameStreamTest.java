package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.testing.RawSocket;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Netty's decoder reads frames that were cut before it. */
class FrameStreamTest {

    private static final int LIMIT = 200_000;

    private final FrameStream frames = new FrameStream(LIMIT);
    private final EmbeddedChannel channel =
            new EmbeddedChannel(frames, new WebSocket13FrameDecoder(true, false, LIMIT, false));

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void halfOfAFrame_isHandedOverAtOnce_andTheRestContinuesIt() {
        byte[] payload = noise(100_000, 1);
        byte[] frame = RawSocket.frame(RawSocket.BINARY, payload);
        byte[] taken = new byte[0];
        int at = 0;
        for (int size : new int[] {1, 3, 5, 7, 40_000, 1, 2, 50_000, frame.length}) {
            int end = Math.min(frame.length, at + size);
            send(Arrays.copyOfRange(frame, at, end));
            at = end;
            for (WebSocketFrame piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
                assertThat(piece.getClass())
                        .isEqualTo(taken.length == 0 ? BinaryWebSocketFrame.class : ContinuationWebSocketFrame.class);
                assertThat(piece.isFinalFragment()).isEqualTo(at == frame.length);
                taken = RawSocket.join(taken, ByteBufUtil.getBytes(piece.content()));
                piece.release();
            }
            int head = frame.length - payload.length;
            assertThat(taken).hasSize(Math.max(0, at - head)); // no byte waits for the next
        }
        assertThat(taken).isEqualTo(payload);
        assertThat(frames.unread()).isEqualTo(payload.length);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void messagesAndControlFrames_areTheSame_whereverTheyAreCut(long seed) {
        Random random = new Random(seed);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int size = List.of(0, 1, 125, 126, 1000, 65_535, 65_536, 70_000).get(random.nextInt(8));
            boolean control = random.nextInt(4) == 0;
            byte[] payload = noise(control ? Math.min(size, 125) : size, random.nextLong());
            int kind = control ? RawSocket.PING : random.nextBoolean() ? RawSocket.TEXT : RawSocket.BINARY;
            sent.writeBytes(RawSocket.frame(kind, payload));
            wanted.add(kind + " " + Arrays.hashCode(payload));
        }
        byte[] bytes = sent.toByteArray();
        List<String> heard = new ArrayList<>();
        byte[] message = new byte[0];
        int kind = 0;
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(random.nextBoolean() ? 20 : 65_536));
            send(Arrays.copyOfRange(bytes, at, end));
            at = end;
            for (WebSocketFrame piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
                byte[] content = ByteBufUtil.getBytes(piece.content());
                piece.release();
                if (!(piece instanceof ContinuationWebSocketFrame)) {
                    message = new byte[0];
                    kind = kind(piece);
                }
                message = RawSocket.join(message, content);
                if (piece.isFinalFragment()) {
                    heard.add(kind + " " + Arrays.hashCode(message));
                }
            }
        }
        assertThat(heard).isEqualTo(wanted);
    }

    private static int kind(WebSocketFrame frame) {
        return switch (frame.getClass().getSimpleName()) {
            case "PingWebSocketFrame" -> RawSocket.PING;
            case "TextWebSocketFrame" -> RawSocket.TEXT;
            default -> RawSocket.BINARY;
        };
    }

    @Test
    void fragmentsOfTheClient_stayFragments() {
        send(
                RawSocket.frame(0x01, noise(10, 1)),
                RawSocket.frame(RawSocket.PING, noise(3, 2)),
                RawSocket.frame(0x00, noise(10, 3)));
        byte[] last = RawSocket.frame(0x80, noise(10, 4));
        send(Arrays.copyOf(last, 10));
        send(Arrays.copyOfRange(last, 10, last.length));
        List<Boolean> ends = new ArrayList<>();
        for (WebSocketFrame piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
            ends.add(piece.isFinalFragment());
            piece.release();
        }
        assertThat(ends).containsExactly(false, true, false, false, true); // the second is the ping
    }

    @Test
    void frameOverTheLimit_isRefusedByItsHead() {
        assertThatThrownBy(() -> send(RawSocket.head(RawSocket.BINARY, 0x80, LIMIT + 1), new byte[4]))
                .isInstanceOf(CorruptedWebSocketFrameException.class)
                .hasMessageContaining("length");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"81 05 61 62 63 64 65", "09 80 00 00 00 00", "89 FE 00 80 00 00 00 00", "F1 81 00 00 00 00 61"})
    void whatIsNoFrame_isRefused_howeverItIsCut(String hex) {
        byte[] bytes = ByteBufUtil.decodeHexDump(hex.replace(" ", ""));
        assertThatThrownBy(() -> {
                    for (byte b : bytes) {
                        send(new byte[] {b});
                    }
                })
                .isInstanceOf(CorruptedWebSocketFrameException.class);
    }

    private void send(byte[]... pieces) {
        channel.writeInbound(Unpooled.copiedBuffer(pieces));
    }

    private static byte[] noise(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
