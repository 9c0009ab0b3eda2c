package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class SinceTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "500ms, 2026-11-22T11:59:59.500Z",
        "30s, 2026-11-22T11:59:30Z",
        "10m, 2026-11-22T11:50:00Z",
        "1h30m, 2026-11-22T10:30:00Z",
        "2d, 2026-11-20T12:00:00Z",
        "2026-11-22T10:00:00Z, 2026-11-22T10:00:00Z",
        "2026-11-22T10:00:00.5+02:00, 2026-11-22T08:00:00.500Z"
    })
    void text_isATime(String text, Instant time) {
        assertThat(Since.parse(text, NOW).millis()).isEqualTo(time.toEpochMilli());
    }

    @Test
    void timeWithoutZone_isThisMachines() {
        Instant day = Instant.ofEpochMilli(Since.parse("2026-11-22", NOW).millis());
        assertThat(Since.parse("2026-11-22 00:00", NOW).millis()).isEqualTo(day.toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10",
                "m",
                "-5m",
                "10 minutes",
                "yesterday",
                "2026-13-01",
                "999999999d999999999d999999999d9999999999d"
            })
    void otherText_isRefused(String text) {
        assertThatThrownBy(() -> Since.parse(text, NOW)).isInstanceOf(IllegalArgumentException.class);
    }
}
