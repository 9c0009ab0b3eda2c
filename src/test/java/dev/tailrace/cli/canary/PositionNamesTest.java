package dev.tailrace.cli.canary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.Position;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class PositionNamesTest {

    private final PositionNames names = new PositionNames();

    private boolean add(String position, long number) {
        return names.add(Position.parse(position), number);
    }

    @Test
    void samePositions_ofSeveralReaders_nameTheSameLines() {
        assertThat(add("e-1", 1)).isTrue();
        assertThat(add("e-3", 3)).isTrue();
        assertThat(add("e-2", 2)).isTrue();
        assertThat(add("e-4", 7)).isTrue();
        for (int i = 1; i <= 3; i++) {
            assertThat(add("e-" + i, i)).isTrue();
        }
        assertThat(add("e-4", 7)).isTrue();
        assertThat(names.renamed()).isZero();
    }

    @Test
    void positionThatNamesAnotherLine_isFound() {
        add("e-1", 1);
        add("e-2", 2);
        add("e-3", 3);
        assertThat(add("e-2", 4)).isFalse();
        assertThat(add("e-3", 5)).isFalse();
        assertThat(add("e-4", 6)).isTrue();
        assertThat(names.renamed()).isEqualTo(2);
    }

    @Test
    void offsetsOfAnotherEpoch_sayNothing() {
        add("e-1", 1);
        assertThat(add("f-1", 2)).isTrue();
        assertThat(add("f-1", 1)).isFalse();
    }

    @Test
    void manyRanges_keepTheLatest() {
        for (int i = 1; i <= 5000; i++) {
            add("e-" + i, 2L * i);
        }
        assertThat(add("e-5000", 1)).isFalse();
        assertThat(add("e-1", 1)).as("forgotten").isTrue();
        for (int i = 1; i <= 200; i++) {
            add("e" + i + "-1", 1);
        }
        assertThat(add("e-5000", 1)).as("forgotten").isTrue();
    }
}
