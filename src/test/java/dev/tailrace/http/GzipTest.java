package dev.tailrace.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compression piece by piece. */
@Tag("unit")
class GzipTest {

    @Test
    void eachPiece_canBeDecompressedWhenItArrives() throws Exception {
        Random random = new Random(5);
        Buffer all = Buffer.buffer();
        Buffer plain = Buffer.buffer();
        Inflater inflater = new Inflater(true);
        try (Gzip gzip = new Gzip()) {
            for (int i = 0; i < 50; i++) {
                byte[] piece = new byte[1 + random.nextInt(20_000)];
                random.nextBytes(piece); // which cannot be compressed
                Buffer flushed = gzip.flushed(piece);
                byte[] deflated = flushed.getBytes(i == 0 ? 10 : 0, flushed.length());
                inflater.setInput(deflated);
                byte[] read = new byte[piece.length];
                int count = 0;
                while (count < read.length) {
                    int more = inflater.inflate(read, count, read.length - count);
                    assertThat(more).isPositive();
                    count += more;
                }
                assertThat(read).isEqualTo(piece);
                all.appendBuffer(flushed);
                plain.appendBytes(piece);
            }
            all.appendBuffer(gzip.end());
        } finally {
            inflater.end();
        }
        assertThat(unzipped(all)).isEqualTo(plain.getBytes());
    }

    @Test
    void noPieces_areAnEmptyBody() throws Exception {
        try (Gzip gzip = new Gzip()) {
            assertThat(unzipped(gzip.end())).isEmpty();
        }
    }

    private static byte[] unzipped(Buffer bytes) throws IOException {
        return new GZIPInputStream(new ByteArrayInputStream(bytes.getBytes())).readAllBytes();
    }
}
