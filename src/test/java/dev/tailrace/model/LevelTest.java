package dev.tailrace.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
final class LevelTest {

    @ParameterizedTest
    @CsvSource(delimiter = ':', textBlock = """
            emergency : emerg EMERG Emergency
            alert     : alert ALERT
            critical  : critical Critical CRIT crit fatal FATAL Fatal FTL F panic dpanic PANIC FATAL4
            error     : error ERROR err Error E SEVERE <error> ERROR3 eror ERROR+4
            warn      : warn WARN warning Warning W WRN [WARN] 'WARN ' SEVERITY_NUMBER_WARN SEVERITY_NUMBER_WARN2 LogLevel.Warning LOG_WARNING WARN:
            notice    : notice NOTICE notifications
            info      : info INFO Information informational Informational I INF INFO2 INFO+2
            debug     : debug DEBUG dbg D D1 D5 DEBUG5 DEBUG-2 FINE
            trace     : trace TRACE TRC verbose Verbose VRB finest silly
            """)
    void word_ofAnyLogger_namesItsLevel(String level, String words) {
        for (String word : words.strip().split(" +(?=(?:[^']*'[^']*')*[^']*$)")) {
            assertThat(Level.of(word.replace("'", "")))
                    .as(word)
                    .isEqualTo(Level.valueOf(level.strip().toUpperCase(java.util.Locale.ROOT)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "3",
                "audit",
                "no-error",
                "not info",
                "ERROR INFO",
                "my_error",
                "xinfo",
                "errored",
                "ärror",
                "+",
                "infos"
            })
    void otherWord_namesNone(String word) {
        assertThat(Level.of(word)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "0, EMERGENCY",
        "3, ERROR",
        "4, WARN",
        "5, NOTICE",
        "6, INFO",
        "7, DEBUG",
        "10, TRACE",
        "20, DEBUG",
        "30, INFO",
        "35, INFO",
        "40, WARN",
        "50, ERROR",
        "60, CRITICAL",
        "100, DEBUG",
        "200, INFO",
        "250, NOTICE",
        "300, WARN",
        "400, ERROR",
        "500, CRITICAL",
        "550, ALERT",
        "600, EMERGENCY",
        "800, INFO",
        "900, WARN",
        "1000, ERROR",
        "5000, TRACE",
        "10000, DEBUG",
        "20000, INFO",
        "30000, WARN",
        "40000, ERROR",
        "50000, CRITICAL",
        "-4, DEBUG",
        "-8, TRACE",
        "8, ERROR"
    })
    void number_hasTheSchemeOfItsSize(long number, Level expected) {
        assertThat(Level.ofNumber(number)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {-9, 70, 99, 100_001, Long.MIN_VALUE, Long.MAX_VALUE})
    void otherNumber_namesNone(long number) {
        assertThat(Level.ofNumber(number)).isNull();
    }

    @Test
    void frequentWords_areFoundInBytes() {
        for (String word : new String[] {"info", "WARN", "Warning", "err", "fatal", "Critical", "notice", "alert"}) {
            byte[] bytes = ("\"" + word + "\"").getBytes(StandardCharsets.UTF_8);
            Level found = Level.ofFrequent(bytes, 1, bytes.length - 1);

            assertThat(found).as(word).isEqualTo(Level.of(word));
            assertThat(found.isNamed(bytes, 1, bytes.length - 1))
                    .as(word)
                    .isEqualTo(found.word().equalsIgnoreCase(word));
        }
        byte[] other = "information".getBytes(StandardCharsets.UTF_8);
        assertThat(Level.ofFrequent(other, 0, other.length)).isNull();
    }

    @Test
    void graver_isAtLeast() {
        assertThat(Level.ERROR.isAtLeast(Level.WARN)).isTrue();
        assertThat(Level.WARN.isAtLeast(Level.WARN)).isTrue();
        assertThat(Level.NOTICE.isAtLeast(Level.WARN)).isFalse();
    }

    @Test
    void line_hasTheCanonicalLevel_andTheWordThatWasSent() {
        assertThat(line("WARN").level()).isEqualTo("warn");
        assertThat(line("WARN").levelText()).isNull();
        assertThat(line("Warning").level()).isEqualTo("warn");
        assertThat(line("Warning").levelText()).isEqualTo("Warning");
        assertThat(line("Audit").level()).isEqualTo("audit");
        assertThat(line("Audit").levelText()).isNull();
    }

    private static Line line(String level) {
        return new Line("m", 1L, null, false, false, level);
    }
}
