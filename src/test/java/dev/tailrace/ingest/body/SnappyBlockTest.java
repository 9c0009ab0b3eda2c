package dev.tailrace.ingest.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.ingest.FairRoom;
import dev.tailrace.ingest.records.RecordsPostTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnappyBlockTest {

    private static byte[] expand(byte[] block, int limit) throws IOException {
        Document document = document(block);
        SnappyBlock snappy = new SnappyBlock(document, SnappyBlock.size(document, limit));
        while (snappy.step()) {}
        return snappy.bytes();
    }

    /** The block in segments, as it arrives. */
    private static Document document(byte[] bytes) {
        var document = new Document(new FairRoom(Long.MAX_VALUE));
        document.add(bytes, 0, bytes.length);
        return document;
    }

    @Test
    void block_isExpandedInPieces() throws IOException {
        byte[] noise = new byte[300_000];
        new Random(5).nextBytes(noise);
        Arrays.fill(noise, 100_000, 200_000, (byte) 'x');

        assertThat(expand(RecordsPostTest.snappy(noise), noise.length)).isEqualTo(noise);
        assertThat(expand(new byte[] {0}, 10)).isEmpty();
    }

    @Test
    void spoiltBlock_isRefused() {
        byte[] block =
                RecordsPostTest.snappy("a text that repeats, a text that repeats".getBytes(StandardCharsets.UTF_8));
        for (int length = 0; length < block.length; length++) {
            byte[] cut = Arrays.copyOf(block, length);
            assertThatThrownBy(() -> expand(cut, 1000)).isInstanceOf(IOException.class);
        }
        byte[] small = block.clone();
        small[0]--; // claims one byte less than it has
        assertThatThrownBy(() -> expand(small, 1000)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> expand(block, 39)).isInstanceOf(SnappyBlock.TooLargeException.class);
    }
}
