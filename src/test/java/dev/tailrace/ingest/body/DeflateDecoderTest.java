package dev.tailrace.ingest.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.tailrace.ingest.Decoding;
import dev.tailrace.ingest.FairRoom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
public class DeflateDecoderTest {

    private static final byte[] TEXT =
            "{\"message\":\"a\"}\n{\"message\":\"b\"}\n".repeat(3).getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void body_ofEitherForm_isDecoded(boolean bare) throws IOException {
        assertThat(decode(deflate(TEXT, bare))).isEqualTo(TEXT);
        assertThat(decode(deflate(new byte[0], bare))).isEmpty();
        assertThat(decode(new byte[0])).isEmpty();
        for (int level = Deflater.NO_COMPRESSION; level <= Deflater.BEST_COMPRESSION; level++) {
            for (int strategy : new int[] {Deflater.DEFAULT_STRATEGY, Deflater.FILTERED, Deflater.HUFFMAN_ONLY}) {
                assertThat(decode(deflate(TEXT, bare, level, strategy)))
                        .as("level %d, strategy %d", level, strategy)
                        .isEqualTo(TEXT);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void body_cutAnywhere_isDecoded(boolean bare) throws IOException {
        byte[] body = deflate(TEXT, bare);
        for (int first = 0; first <= body.length; first++) {
            for (int second = first; second <= body.length; second++) {
                assertThat(decode(body, first, second)).isEqualTo(TEXT);
            }
        }
        int[] everywhere = IntStream.range(0, body.length).toArray();
        assertThat(Decoding.decode(new DeflateDecoder(new FairRoom(Long.MAX_VALUE)), 1, body, everywhere))
                .isEqualTo(TEXT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void randomBody_cutAtRandom_isDecoded(boolean bare) throws IOException {
        Random random = new Random(29);
        for (int round = 0; round < 100; round++) {
            byte[] text = new byte[random.nextInt(200_000)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) random.nextInt(1 + round);
            }
            byte[] body = deflate(text, bare);
            int[] cuts =
                    random.ints(random.nextInt(30), 0, body.length + 1).sorted().toArray();

            assertThat(Arrays.equals(
                            Decoding.decode(new DeflateDecoder(new FairRoom(Long.MAX_VALUE)), 65_536, body, cuts),
                            text))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void truncatedBody_isNotComplete(boolean bare) {
        byte[] body = deflate(TEXT, bare);
        for (int length = 1; length < body.length; length++) {
            byte[] part = Arrays.copyOf(body, length);
            assertThatIOException().isThrownBy(() -> decode(part)).withMessage("cut off");
        }
    }

    @Test
    void wrongChecksum_orBytesAfterTheEnd_orGarbage_areRefused() {
        byte[] wrong = deflate(TEXT, false);
        wrong[wrong.length - 1] ^= 1;
        assertThatIOException().isThrownBy(() -> decode(wrong)).withMessage("not valid deflate");
        for (boolean bare : new boolean[] {false, true}) {
            byte[] longer = GzipDecoderTest.join(deflate(TEXT, bare), new byte[] {1});
            assertThatIOException().isThrownBy(() -> decode(longer)).withMessage("not deflate: bytes follow its end");
        }
        assertThatIOException().isThrownBy(() -> decode(TEXT)).withMessage("not valid deflate");
        assertThatIOException()
                .isThrownBy(() -> decode(GzipDecoderTest.gzip(TEXT)))
                .withMessage("not valid deflate");
        byte[] dictionary = {0x78, (byte) 0xBB, 0, 0, 0, 0, 1, 2, 3};
        assertThatIOException()
                .isThrownBy(() -> decode(dictionary))
                .withMessage("not deflate: it needs a preset dictionary");
    }

    @Test
    void windowOutsideTheHeap_isCounted_fromTheFirstDataToTheEnd() throws IOException {
        FairRoom room = new FairRoom(GzipDecoder.NATIVE_BYTES);
        DeflateDecoder decoder = new DeflateDecoder(room);
        byte[] body = deflate(TEXT, false);
        decoder.input(Arrays.copyOf(body, 1));
        assertThat(decoder.read(new byte[10])).isZero();
        assertThat(room.held()).isZero();
        decoder.input(Arrays.copyOfRange(body, 1, body.length));
        assertThat(decoder.read(new byte[10])).isPositive();
        assertThat(room.held()).isEqualTo(GzipDecoder.NATIVE_BYTES);

        DeflateDecoder other = new DeflateDecoder(room);
        other.input(body);
        assertThatIOException()
                .isThrownBy(() -> other.read(new byte[10]))
                .isInstanceOf(BodyDecoder.NoRoomException.class);
        other.close();
        decoder.close();
        decoder.close();
        assertThat(room.held()).isZero();
    }

    private static byte[] decode(byte[] body, int... cuts) throws IOException {
        return Decoding.decode(new DeflateDecoder(new FairRoom(Long.MAX_VALUE)), 64, body, cuts);
    }

    /** @param bare without the header and checksum of zlib */
    public static byte[] deflate(byte[] text, boolean bare) {
        return deflate(text, bare, Deflater.DEFAULT_COMPRESSION, Deflater.DEFAULT_STRATEGY);
    }

    private static byte[] deflate(byte[] text, boolean bare, int level, int strategy) {
        Deflater deflater = new Deflater(level, bare);
        deflater.setStrategy(strategy);
        deflater.setInput(text);
        deflater.finish();
        byte[] out = new byte[text.length + text.length / 100 + 64];
        int length = 0;
        while (!deflater.finished()) {
            length += deflater.deflate(out, length, out.length - length);
        }
        deflater.end();
        return Arrays.copyOf(out, length);
    }
}
