package dev.tailrace.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The grammar of durations. */
@Tag("unit")
final class DurationsTest {

    @ParameterizedTest
    @CsvSource({
        "500ms,PT0.5S",
        "0s,PT0S",
        "90s,PT90S",
        "10m,PT10M",
        "2h,PT2H",
        "30d,P30D",
        "1h30m,PT90M",
        "1m1ms,PT60.001S"
    })
    void duration_isTheSumOfItsParts(String text, Duration expected) {
        assertThat(Durations.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "s", "1h 30m", "-1s", "1.5h", "1w", "1s2", "1S", "9999999999s"})
    void otherText_isRefused(String text) {
        assertThat(Durations.matches(text)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> Durations.parse(text));
    }

    @Test
    void setting_takesPartsToo() {
        Settings settings = Settings.read(Map.of(Setting.RING_TTL, "1d12h"), Map.of());
        assertThat(settings.storage().ringTtl()).isEqualTo(Duration.ofHours(36));
    }
}
