package dev.tailrace.egress;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks as they are written to the socket. */
@Tag("unit")
final class HttpChunkTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 10, 15, 16, 255, 256, 4095, 4096, 65_536, 1_048_576})
    void framed_hasItsSizeBeforeAndALineEndAfter(int length) {
        String content = "x".repeat(length);
        ByteBuf chunk = HttpChunk.of((content + "not this").getBytes(US_ASCII), length);
        assertThat(chunk.toString(US_ASCII)).as("between the indices").isEqualTo(content);
        ByteBuf framed = HttpChunk.framed(chunk);
        assertThat(framed.toString(US_ASCII)).isEqualTo(Integer.toHexString(length) + "\r\n" + content + "\r\n");
        framed.release();
        assertThat(chunk.toString(US_ASCII))
                .as("the other's indices are its own")
                .isEqualTo(content);
        assertThat(chunk.release()).as("it has no other holder").isTrue();
    }

    @Test
    void chunk_liesOutsideTheHeap() {
        ByteBuf chunk = HttpChunk.of(new byte[1], 1);
        assertThat(chunk.isDirect()).isTrue();
        chunk.release();
    }
}
