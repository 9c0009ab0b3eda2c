package dev.tailrace.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class PositionTest {

    @Test
    void position_writtenAndRead_isTheSame() {
        Position position = new Position("k3f9", 42);

        assertThat(position).hasToString("k3f9-42");
        assertThat(Position.parse("k3f9-42")).isEqualTo(position);
    }

    @Test
    void position_atItsLimits_isRead() {
        assertThat(Position.parse("a-0")).isEqualTo(new Position("a", 0));
        assertThat(Position.parse("z".repeat(32) + "-999999999999999999"))
                .isEqualTo(new Position("z".repeat(32), 999_999_999_999_999_999L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "k3f9",
                "k3f9-",
                "-42",
                "K3F9-42",
                "k3f9-4 2",
                "k3f9--42",
                "k3f9-+42",
                "k3f9-4-2",
                "k3f9-0x10",
                "k3f9-1000000000000000000",
                "k3f9-٤٢",
                "kÿ-1",
                " k3f9-42",
                "k3f9-42\n",
                "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-1"
            })
    void position_otherText_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Position.parse(text));
    }
}
