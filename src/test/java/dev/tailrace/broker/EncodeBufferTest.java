package dev.tailrace.broker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A buffer for encoding. */
@Tag("unit")
final class EncodeBufferTest {

    private final EncodeBuffer buffer = new EncodeBuffer();

    private String text() {
        return new String(buffer.bytes(), 0, buffer.length(), US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9, 10, 99, 100, 1_763_820_000_123L, Long.MAX_VALUE})
    void number_isWrittenAsItsDigits(long number) {
        buffer.append('a').append(number).append('z');
        assertThat(text()).isEqualTo("a" + number + "z");
    }

    @Test
    void pieces_followEachOtherHoweverLongTheyAre() {
        byte[] much = "m".repeat(5000).getBytes(US_ASCII);
        buffer.append("epoch").append('-').append(much, 1, much.length).append(much);
        assertThat(text()).isEqualTo("epoch-" + "m".repeat(9999));
    }

    @Test
    void cleared_isEmptyAndReleasesALargeArray() {
        buffer.append(new byte[1_000_000]);
        buffer.clear().append("again");
        assertThat(text()).isEqualTo("again");
        assertThat(buffer.bytes()).hasSizeLessThan(1_000_000);
    }
}
