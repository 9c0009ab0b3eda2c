package dev.tailrace.model.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
final class CleanTextTest {

    private static boolean isClean(byte[] bytes) {
        return CleanText.is(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "seven b",
                "eight by",
                "{\"message\":\"plain ASCII of more than sixteen bytes\"}",
                "häßlich",
                "日本語 日本語",
                "🚀🚀🚀🚀🚀",
                "x🚀",
                "\u007f",
                " ",
                "\u2028",
                "1234567é9",
                "12345678é"
            })
    void text_isClean(String text) {
        assertThat(isClean(text.getBytes(StandardCharsets.UTF_8))).isTrue();
    }

    @Test
    void controlCharacterOrBrokenUtf8_atAnyPlace_isFound() {
        for (int bad : new int[] {0, 1, 9, 10, 13, 27, 31, 0x80, 0xBF, 0xC0, 0xFF}) {
            for (int length = 1; length < 40; length++) {
                for (int at = 0; at < length; at++) {
                    byte[] bytes = "a".repeat(length).getBytes(StandardCharsets.US_ASCII);
                    bytes[at] = (byte) bad;
                    assertThat(isClean(bytes))
                            .as("%x at %d of %d", bad, at, length)
                            .isFalse();
                }
            }
        }
    }

    @Test
    void part_isJudgedAlone() {
        byte[] bytes = "\nclean\n".getBytes(StandardCharsets.US_ASCII);
        assertThat(CleanText.is(bytes, 1, 6)).isTrue();
        assertThat(CleanText.is(bytes, 0, 6)).isFalse();
        assertThat(CleanText.is(bytes, 1, 7)).isFalse();
    }
}
