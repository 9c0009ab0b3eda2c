package dev.tailrace.ingest.loki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class LokiLabelsTest {

    @Test
    void labelSet_isRead() {
        assertThat(LokiLabels.parse("{}")).isEmpty();
        assertThat(LokiLabels.parse(" { app = \"x\" ,host=\"a, b}\", } "))
                .isEqualTo(Map.of("app", "x", "host", "a, b}"));
        assertThat(LokiLabels.parse("{a=`raw \\n`, \"odd name\"=\"\"}"))
                .isEqualTo(Map.of("a", "raw \\n", "odd name", ""));
    }

    @Test
    void escapes_areAsInGo() {
        assertThat(LokiLabels.parse("{a=\"\\\"\\\\\\n\\t\\u00e9\\U0001F600\\xc3\\xa9\\101\u00e9\"}"))
                .isEqualTo(Map.of("a", "\"\\\n\t\u00e9\uD83D\uDE00\u00e9A\u00e9"));
    }

    @Test
    void backslashThatEscapesNothing_staysOne() {
        assertThat(LokiLabels.parse("{a=\"b\\c\\8\u00e9\\\u00e9\"}")).isEqualTo(Map.of("a", "b\\c\\8\u00e9\\\u00e9"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{a",
                "{a=",
                "{a=\"",
                "{a=\"x\"",
                "{a=\"x\"}}",
                "{=\"x\"}",
                "{a=\"\\x4\"}",
                "{a=`x}",
                "{a=\"\\UFFFFFFFF\"}",
                "{a=\"x\" b=\"y\"}",
                "app"
            })
    void anythingElse_isRefused(String text) {
        assertThatThrownBy(() -> LokiLabels.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is expected at character");
    }
}
