package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Durations in options of commands. */
@Tag("unit")
final class DurationConverterTest {

    @ParameterizedTest
    @CsvSource({"10,PT10S", "500ms,PT0.5S", "2m,PT2M", "1h30m,PT90M"})
    void number_isSeconds_unlessItHasAUnit(String text, Duration expected) {
        assertThat(new DurationConverter().convert(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "1.5", "-1", "10 s"})
    void otherText_isRefused(String text) {
        assertThatThrownBy(() -> new DurationConverter().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageEndingWith("not " + text);
    }
}
