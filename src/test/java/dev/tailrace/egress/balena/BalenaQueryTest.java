package dev.tailrace.egress.balena;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries of balena's readers. */
@Tag("unit")
class BalenaQueryTest {

    private static final long DEFAULT = 1;

    private static long start(String text) {
        return new BalenaQuery(MultiMap.caseInsensitiveMultiMap().set("start", text)).start(DEFAULT, Long.MIN_VALUE);
    }

    @ParameterizedTest
    @CsvSource({
        "1763820000100,1763820000100",
        "-5,-5",
        "2025-11-22T14:00:00.100Z,1763820000100",
        "2025-11-22T15:00:00.100+01:00,1763820000100",
        "2025-11-22T15:00:00.100 01:00,1763820000100",
        "2025-11-22T14:00:00.100,1763820000100",
        "2025-11-22,1763769600000",
        "'Sat, 22 Nov 2025 14:00:00 GMT',1763820000000",
        "'Sat Nov 22 2025 15:00:00 GMT+0100 (Central European Standard Time)',1763820000000",
        "'Sat Nov 22 2025 15:00:00 GMT 0100 (Central European Standard Time)',1763820000000",
    })
    void timeInAnySpelling_isUnderstood(String text, long millis) {
        assertThat(start(text)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "yesterday", "12:30", "2025-13-40", "99999999999999999999", "(", "+999999999-01-01"})
    void garbage_isAsGoodAsAbsent(String text) {
        assertThat(start(text)).isEqualTo(DEFAULT);
    }
}
