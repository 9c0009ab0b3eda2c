package dev.tailrace.egress.loki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.http.Problem;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times in the forms that Loki takes. */
@Tag("unit")
final class LokiTimeTest {

    @ParameterizedTest
    @CsvSource({
        "1763820000123456789, 1763820000123456789",
        "1763820000, 1763820000000000000",
        "1763820000.5, 1763820000500000000",
        "1763820000.123456789123, 1763820000123456789",
        "0, 0",
        "-1, -1000000000",
        "12345678901, 12345678901",
        "2025-11-22T14:00:00Z, 1763820000000000000",
        "2025-11-22T15:00:00.000000001+01:00, 1763820000000000001",
        "2025-11-22T15:00:00 01:00, 1763820000000000000",
    })
    void parse_readsEachForm(String text, long nanos) {
        assertThat(LokiTime.parse("start", text)).isEqualTo(nanos);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "now", "1e9", "99999999999999999999", "2025-11-22", "9999-01-01T00:00:00Z", "1.", "١"})
    void parse_anythingElse_isNamed(String text) {
        assertThatThrownBy(() -> LokiTime.parse("start", text))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("start: ");
    }

    @ParameterizedTest
    @CsvSource({"1h, 3600000000000", "1h30m, 5400000000000", "250ms, 250000000", "2d, 172800000000000", "0s, 0"})
    void duration_isAsPrometheusWritesIt(String text, long nanos) {
        assertThat(LokiTime.duration("since", text)).isEqualTo(nanos);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "h", "-1h", "1h ", "1h30", "999999999999y"})
    void duration_anythingElse_isNamed(String text) {
        assertThatThrownBy(() -> LokiTime.duration("since", text))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("since: ");
    }

    @Test
    void entry_itsOffsetIsBelowItsMilliseconds() {
        assertThat(LokiTime.of(entry(1763820000123L), 42)).isEqualTo(1763820000123000042L);
        assertThat(LokiTime.of(entry(1763820000123L), 7_000_042)).isEqualTo(1763820000123000042L);
    }

    @Test
    void entry_ofAnImpossibleTime_isAtTheEnd() {
        assertThat(LokiTime.of(entry(253402300799999L), 1)).isPositive();
        assertThat(LokiTime.of(entry(-253402300799999L), 1)).isNegative();
    }

    private static Entry entry(long timestamp) {
        return new Entry(0, new Line("m", timestamp, null, false, false, null));
    }
}
