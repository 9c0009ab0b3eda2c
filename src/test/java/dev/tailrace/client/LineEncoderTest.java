package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class LineEncoderTest {

    private static final LineEncoder BARE = new LineEncoder(null, null, false, null);

    @Test
    void text_becomesTheMessage() {
        assertThat(text(BARE.encodeText(7, "a \"b\"\t\u001b", 1234)))
                .isEqualTo("{\"seq\":7,\"message\":\"a \\\"b\\\"\\t\\u001B\",\"timestamp\":1234}");
    }

    @Test
    void options_areFieldsOfEachLine() {
        var encoder = new LineEncoder("web", "stderr", true, "warn");
        assertThat(text(encoder.encodeText(1, "m", 5)))
                .isEqualTo("{\"seq\":1,\"message\":\"m\",\"timestamp\":5,\"service\":\"web\",\"stream\":\"stderr\","
                        + "\"system\":true,\"level\":\"warn\"}");
    }

    @Test
    void object_keepsItsFields_andGetsOurNumber() throws IOException {
        assertThat(text(BARE.encodeObject(3, " {\"message\":\"m\",\"seq\":99,\"x\":{\"y\":[1,2.50]}} ")))
                .isEqualTo("{\"seq\":3,\"message\":\"m\",\"x\":{\"y\":[1,2.50]}}");
    }

    @Test
    void object_overridesOptions() throws IOException {
        var encoder = new LineEncoder("web", "stderr", false, null);
        assertThat(text(encoder.encodeObject(1, "{\"message\":\"m\",\"service\":\"db\"}")))
                .isEqualTo("{\"seq\":1,\"message\":\"m\",\"service\":\"db\",\"stream\":\"stderr\"}");
    }

    @Test
    void object_withHalfASurrogatePair_isSent() throws IOException {
        assertThat(text(BARE.encodeObject(1, "{\"message\":\"a\\ud800b\"}")))
                .isEqualTo("{\"seq\":1,\"message\":\"a?b\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "[1]", "\"text\"", "{\"message\":", "{\"message\":\"m\"} x", "{} {}", "{\"a\":}"})
    void notOneObject_isRefused(String text) {
        assertThatThrownBy(() -> BARE.encodeObject(1, text)).isInstanceOf(IOException.class);
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }
}
