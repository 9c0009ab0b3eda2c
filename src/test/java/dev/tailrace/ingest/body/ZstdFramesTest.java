package dev.tailrace.ingest.body;

import static dev.tailrace.ingest.body.GzipDecoderTest.join;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class ZstdFramesTest {

    private static byte[] frame(byte[] text, int windowLog, boolean size, boolean checksum) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            return context.setLong(windowLog)
                    .setContentSize(size)
                    .setChecksum(checksum)
                    .compress(text);
        }
    }

    /** The largest window of all pieces. */
    private static long largest(byte[] body, int... cuts) {
        var frames = new ZstdFrames();
        long largest = 0;
        int from = 0;
        for (int cut : cuts) {
            largest = Math.max(largest, frames.largestWindow(Arrays.copyOfRange(body, from, cut)));
            from = cut;
        }
        return Math.max(largest, frames.largestWindow(Arrays.copyOfRange(body, from, body.length)));
    }

    @Test
    void windowOfAFrame_isWhatItsHeadSays() {
        byte[] text = new byte[3 << 20];
        new Random(3).nextBytes(text);
        assertThat(largest(frame(text, 21, false, false))).isEqualTo(1 << 21);
        assertThat(largest(frame(new byte[1 << 24], 23, false, true))).isEqualTo(1 << 23);
        assertThat(largest(Zstd.compress(new byte[200]))).isEqualTo(200); // its content is its window
        assertThat(largest(Zstd.compress(new byte[1000]))).isEqualTo(1000);
        assertThat(largest(Zstd.compress(new byte[100_000]))).isEqualTo(100_000);
    }

    @Test
    void framesOneAfterTheOther_areFollowed_whereverTheyAreCut() {
        byte[] skippable = ByteBuffer.allocate(8 + 5)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x184D2A53)
                .putInt(5)
                .array();
        byte[] noise = new byte[300_000];
        new Random(5).nextBytes(noise);
        byte[] body = join(
                join(Zstd.compress(new byte[300]), frame(noise, 18, false, true)),
                join(skippable, join(Zstd.compress(new byte[0]), frame(new byte[1 << 24], 22, false, false))));
        assertThat(largest(body)).isEqualTo(1 << 22);
        Random random = new Random(9);
        for (int round = 0; round < 200; round++) {
            int[] cuts =
                    random.ints(random.nextInt(40), 0, body.length + 1).sorted().toArray();
            assertThat(largest(body, cuts)).isEqualTo(1 << 22);
        }
    }

    @Test
    void whatIsNoFrame_asksForNothing_andIsNeverFatal() {
        assertThat(largest("no frame".repeat(100).getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isZero();
        byte[] body = frame(new byte[1 << 20], 20, false, true);
        Random random = new Random(13);
        for (int round = 0; round < 2000; round++) {
            byte[] damaged = body.clone();
            damaged[random.nextInt(Math.min(20, body.length))] ^= (byte) (1 << random.nextInt(8));
            assertThat(largest(damaged, random.nextInt(damaged.length))).isNotNegative();
        }
    }
}
