package dev.tailrace.ingest.body;

import static dev.tailrace.ingest.body.GzipDecoderTest.join;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.tailrace.ingest.Decoding;
import dev.tailrace.ingest.FairRoom;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
public class ZstdDecoderTest {

    private static final byte[] TEXT =
            "{\"message\":\"a\"}\n{\"message\":\"b\"}\n".repeat(3).getBytes(StandardCharsets.UTF_8);

    @Test
    void body_isDecoded() throws IOException {
        assertThat(decode(zstd(TEXT))).isEqualTo(TEXT);
        assertThat(decode(zstd(new byte[0]))).isEmpty();
        assertThat(decode(new byte[0])).isEmpty();
    }

    @Test
    void body_cutAnywhere_isDecoded() throws IOException {
        byte[] body = join(zstd(TEXT), zstd(new byte[0]), zstd(TEXT));
        byte[] expected = join(TEXT, TEXT);
        for (int first = 0; first <= body.length; first++) {
            for (int second = first; second <= body.length; second++) {
                assertThat(decode(body, first, second)).isEqualTo(expected);
            }
        }
    }

    @Test
    void body_readByTheByte_isDecoded() throws IOException {
        byte[] body = zstd(TEXT);
        int[] everywhere = java.util.stream.IntStream.range(0, body.length).toArray();

        assertThat(Decoding.decode(new ZstdDecoder(new FairRoom(Long.MAX_VALUE)), 1, body, everywhere))
                .isEqualTo(TEXT);
        assertThat(Decoding.decode(new ZstdDecoder(new FairRoom(Long.MAX_VALUE)), TEXT.length, body))
                .isEqualTo(TEXT);
    }

    @Test
    void randomBody_cutAtRandom_isDecoded() throws IOException {
        Random random = new Random(29);
        for (int round = 0; round < 100; round++) {
            byte[] text = new byte[random.nextInt(200_000)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) random.nextInt(1 + round);
            }
            byte[] body = round % 2 == 0 ? zstd(text) : streamed(text, 17);
            int[] cuts =
                    random.ints(random.nextInt(30), 0, body.length + 1).sorted().toArray();

            assertThat(Arrays.equals(
                            Decoding.decode(new ZstdDecoder(new FairRoom(Long.MAX_VALUE)), 65_536, body, cuts), text))
                    .isTrue();
        }
    }

    @Test
    void truncatedBody_isNotComplete() {
        byte[] body = zstd(TEXT);
        for (int length = 1; length < body.length; length++) {
            byte[] part = Arrays.copyOf(body, length);
            assertThatIOException().isThrownBy(() -> decode(part)).withMessage("cut off");
        }
        byte[] secondCut = join(body, Arrays.copyOf(body, 5));
        for (int cut = 0; cut <= secondCut.length; cut++) {
            int at = cut;
            assertThatIOException().isThrownBy(() -> decode(secondCut, at)).withMessage("cut off");
        }
    }

    @Test
    void garbage_isRefused() {
        assertThatIOException().isThrownBy(() -> decode(TEXT)).withMessage("not valid zstd");
        assertThatIOException().isThrownBy(() -> decode(join(zstd(TEXT), TEXT))).withMessage("not valid zstd");
    }

    /** RFC 9659: HTTP allows 8 MiB; each sender costs the broker its window in memory. */
    @Test
    void windowOverEightMebibytes_isRefused() throws IOException {
        byte[] text = new byte[100_000];

        assertThat(decode(streamed(text, 23))).hasSize(text.length);
        assertThatIOException().isThrownBy(() -> decode(streamed(text, 24))).withMessage("not valid zstd");
        assertThatIOException().isThrownBy(() -> decode(streamed(text, 27))).withMessage("not valid zstd");
    }

    @Test
    void damagedBody_isDecodedOrRefused() {
        Random random = new Random(31);
        byte[] whole = join(zstd(TEXT), streamed(TEXT, 17));
        for (int round = 0; round < 5000; round++) {
            byte[] body = whole.clone();
            body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                decode(body, random.nextInt(body.length));
            } catch (IOException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        }
    }

    /** A few bytes ask for a window of megabytes: it is counted before it is allocated. */
    @Test
    void windowOfABody_isCounted_orRefusedWithoutRoom() throws IOException {
        FairRoom room = new FairRoom(10 << 20);
        ZstdDecoder small = new ZstdDecoder(room);
        small.input(zstd(TEXT));
        assertThat(small.read(new byte[1000])).isEqualTo(TEXT.length);
        assertThat(room.held()).isBetween(100L << 10, 300L << 10);

        byte[] asking = streamed(new byte[100], 23);
        ZstdDecoder large = new ZstdDecoder(room);
        large.input(asking);
        assertThat(large.read(new byte[1000])).isEqualTo(100);
        assertThat(room.held()).isGreaterThan(8 << 20);
        ZstdDecoder another = new ZstdDecoder(room);
        another.input(asking);
        assertThatIOException()
                .isThrownBy(() -> another.read(new byte[1000]))
                .isInstanceOf(BodyDecoder.NoRoomException.class);

        small.close();
        large.close();
        another.close();
        assertThat(room.held()).isZero();
    }

    private static byte[] decode(byte[] body, int... cuts) throws IOException {
        return Decoding.decode(new ZstdDecoder(new FairRoom(Long.MAX_VALUE)), 64, body, cuts);
    }

    public static byte[] zstd(byte[] text) {
        return Zstd.compress(text);
    }

    /** Compresses as a program that does not know the length in advance. */
    private static byte[] streamed(byte[] text, int windowLog) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ZstdOutputStreamNoFinalizer zstd = new ZstdOutputStreamNoFinalizer(out)) {
                zstd.setLong(windowLog);
                for (int i = 0; i < text.length; i += 10_000) {
                    zstd.write(text, i, Math.min(10_000, text.length - i));
                    zstd.flush();
                }
            }
            return out.toByteArray();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
