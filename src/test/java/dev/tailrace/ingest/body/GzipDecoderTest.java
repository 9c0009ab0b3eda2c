package dev.tailrace.ingest.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.tailrace.ingest.Decoding;
import dev.tailrace.ingest.FairRoom;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
public class GzipDecoderTest {

    private static final byte[] TEXT =
            "{\"message\":\"a\"}\n{\"message\":\"b\"}\n".repeat(3).getBytes(StandardCharsets.UTF_8);

    @Test
    void body_isDecoded() throws IOException {
        assertThat(decode(gzip(TEXT))).isEqualTo(TEXT);
        assertThat(decode(gzip(new byte[0]))).isEmpty();
        assertThat(decode(new byte[0])).isEmpty();
    }

    @Test
    void body_cutAnywhere_isDecoded() throws IOException {
        byte[] body = join(member(0x1F, TEXT), gzip(TEXT));
        byte[] expected = join(TEXT, TEXT);
        for (int first = 0; first <= body.length; first++) {
            for (int second = first; second <= body.length; second += 7) {
                assertThat(decode(body, first, second)).isEqualTo(expected);
            }
        }
    }

    @Test
    void body_readByTheByte_isDecoded() throws IOException {
        byte[] body = gzip(TEXT);
        int[] everywhere = java.util.stream.IntStream.range(0, body.length).toArray();

        assertThat(Decoding.decode(new GzipDecoder(new FairRoom(Long.MAX_VALUE)), 1, body, everywhere))
                .isEqualTo(TEXT);
        assertThat(Decoding.decode(new GzipDecoder(new FairRoom(Long.MAX_VALUE)), TEXT.length, body))
                .isEqualTo(TEXT);
    }

    @Test
    void members_areDecodedOneAfterTheOther() throws IOException {
        assertThat(decode(join(gzip(TEXT), gzip(new byte[0]), gzip(TEXT)))).isEqualTo(join(TEXT, TEXT));
    }

    @Test
    void optionalHeaders_areSkipped() throws IOException {
        for (int flags = 0; flags < 32; flags++) {
            assertThat(decode(join(member(flags, TEXT), member(31 - flags, TEXT))))
                    .isEqualTo(join(TEXT, TEXT));
        }
    }

    @Test
    void randomBody_cutAtRandom_isDecoded() throws IOException {
        Random random = new Random(19);
        for (int round = 0; round < 100; round++) {
            byte[] text = new byte[random.nextInt(200_000)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) random.nextInt(1 + round);
            }
            byte[] body = gzip(text);
            int[] cuts =
                    random.ints(random.nextInt(30), 0, body.length + 1).sorted().toArray();

            assertThat(Arrays.equals(
                            Decoding.decode(new GzipDecoder(new FairRoom(Long.MAX_VALUE)), 65_536, body, cuts), text))
                    .isTrue();
        }
    }

    @Test
    void truncatedBody_isNotComplete() {
        byte[] body = member(0x1F, TEXT);
        for (int length = 1; length < body.length; length++) {
            byte[] part = Arrays.copyOf(body, length);
            assertThatIOException().isThrownBy(() -> decode(part)).withMessage("cut off");
        }
    }

    @Test
    void wrongChecksumOrSize_isRefused() {
        for (int i = 1; i <= 8; i++) {
            byte[] body = gzip(TEXT);
            body[body.length - i] ^= 1;
            assertThatIOException().isThrownBy(() -> decode(body)).withMessage("gzip with a wrong checksum");
        }
    }

    @Test
    void garbage_isRefused() {
        assertThatIOException().isThrownBy(() -> decode(TEXT)).withMessage("not gzip");
        assertThatIOException().isThrownBy(() -> decode(join(gzip(TEXT), TEXT))).withMessage("not gzip");
        byte[] spoilt = gzip(TEXT);
        Arrays.fill(spoilt, 10, spoilt.length, (byte) 0xFF);
        assertThatIOException().isThrownBy(() -> decode(spoilt)).withMessage("not valid gzip");
        byte[] otherMethod = gzip(TEXT);
        otherMethod[2] = 7;
        assertThatIOException().isThrownBy(() -> decode(otherMethod)).withMessage("not gzip");
    }

    @Test
    void damagedBody_isDecodedOrRefused() {
        Random random = new Random(23);
        byte[] whole = join(member(0x1F, TEXT), gzip(TEXT));
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

    @Test
    void windowOutsideTheHeap_isCounted_fromTheFirstDataToTheEnd() throws IOException {
        FairRoom room = new FairRoom(GzipDecoder.NATIVE_BYTES);
        GzipDecoder decoder = new GzipDecoder(room);
        byte[] body = gzip(TEXT);
        decoder.input(Arrays.copyOf(body, 5));
        assertThat(decoder.read(new byte[10])).isZero();
        assertThat(room.held()).isZero();
        decoder.input(Arrays.copyOfRange(body, 5, body.length));
        assertThat(decoder.read(new byte[10])).isPositive();
        assertThat(room.held()).isEqualTo(GzipDecoder.NATIVE_BYTES);

        GzipDecoder other = new GzipDecoder(room);
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
        return Decoding.decode(new GzipDecoder(new FairRoom(Long.MAX_VALUE)), 64, body, cuts);
    }

    public static byte[] gzip(byte[] text) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(text);
            }
            return out.toByteArray();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** One gzip member with the optional headers that these flags ask for. */
    private static byte[] member(int flags, byte[] text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, (byte) flags, 1, 2, 3, 4, 0, (byte) 255});
        if ((flags & 4) != 0) {
            out.writeBytes(new byte[] {3, 0, 0, 1, 0});
        }
        if ((flags & 8) != 0) {
            out.writeBytes("name\0".getBytes(StandardCharsets.ISO_8859_1));
        }
        if ((flags & 16) != 0) {
            out.writeBytes("a comment\0".getBytes(StandardCharsets.ISO_8859_1));
        }
        if ((flags & 2) != 0) {
            CRC32 crc = new CRC32();
            crc.update(out.toByteArray());
            out.write((int) crc.getValue());
            out.write((int) (crc.getValue() >> 8));
        }
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        deflater.setInput(text);
        deflater.finish();
        byte[] deflated = new byte[1024];
        out.write(deflated, 0, deflater.deflate(deflated));
        deflater.end();
        CRC32 crc = new CRC32();
        crc.update(text);
        for (long number : new long[] {crc.getValue(), text.length}) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.write((int) (number >> shift));
            }
        }
        return out.toByteArray();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
