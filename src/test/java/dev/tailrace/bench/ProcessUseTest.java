package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class ProcessUseTest {

    @Test
    void stat_ofACommandWithSpacesAndBrackets_isRead() {
        ProcessUse use = ProcessUse.parse("42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 30 0 12345"
                + " 4000000000 1000 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0");

        assertThat(use.cpuSeconds()).isEqualTo(3.0);
        assertThat(use.rssBytes()).isEqualTo(4_096_000);
    }

    @Test
    void processThatIsNotThere_usesNothing() {
        assertThat(ProcessUse.of(null)).isNull();
        assertThat(ProcessUse.of(Long.MAX_VALUE)).isNull();
    }
}
