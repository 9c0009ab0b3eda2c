package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class SafeTextTest {

    @Test
    void harmlessText_staysTheSame() {
        String text = "größer\t🚰\nnext line";
        assertThat(SafeText.coloured(text)).isSameAs(text);
    }

    @Test
    void colours_stay_andEndWithTheText() {
        assertThat(SafeText.coloured("\u001b[1;31mred")).isEqualTo("\u001b[1;31mred\u001b[0m");
    }

    @Test
    void colours_unwanted_areRemoved() {
        assertThat(SafeText.plain("\u001b[1;31mred\u001b[m!")).isEqualTo("red!");
    }

    @Test
    void otherSequences_becomeVisible() {
        assertThat(SafeText.coloured("a\u001b[2Jb\u001b]0;title\u0007c\u001b"))
                .isEqualTo("a\\x1b[2Jb\\x1b]0;title\\x07c\\x1b");
    }

    @Test
    void cursorAndPrivateSequences_thatEndWithM_becomeVisible() {
        assertThat(SafeText.coloured("\u001b[?25m\u001b[>4;2m")).isEqualTo("\\x1b[?25m\\x1b[>4;2m");
    }

    @Test
    void eightBitControls_becomeVisible() {
        assertThat(SafeText.coloured("\u009b2J\u007f\r\b")).isEqualTo("\\x9b2J\\x7f\\x0d\\x08");
    }

    @Test
    void turnedText_becomesVisible() {
        assertThat(SafeText.coloured("a\u202eb")).isEqualTo("a\\u202eb");
    }
}
