package dev.tailrace.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.tailrace.http.Problem;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which patterns are compiled, and the estimated cost of compiling them. */
@Tag("unit")
final class RegexTest {

    /** A program has at most so many times the estimate of its pattern. */
    private static final int UNDERESTIMATED = 3;

    private static void assertRefusedUncompiled(String pattern) {
        assertThat(PatternCost.of(pattern)).as(pattern).isGreaterThan(Regex.MAX_COST);
        assertThatThrownBy(() -> new Regex("regex").compile(pattern, 0))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("too large");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((x{1000}){1000}){1000}",
                "((a{100}){100})b",
                "(((a{30}){30}){30}){30}",
                "(?:(?:){1000}){1000}",
                "(?:\\b{1000}){1000}",
                "(?P<name>a{101}){100}",
                "(?i:a{101}){100}",
                "[(]((a{101}){100})",
                "[]{9}]{11}(a{101}){100}",
                "[^]](a{101}){100}",
                "[[:alpha:]{1}](a{101}){100}",
                "[[:alpha](a{101}){100}",
                "\\Qa(b\\E(a{101}){100}",
                "\\\\(a{101}){100}",
                "\\[(a{101}){100}",
                "[\\]](a{101}){100}",
                "\\pL{1000}(\\p{Greek}{101}){100}",
                "(a{0,101}){0,100}",
                "((a?){100,}){101}"
            })
    void countedRepetitionsThatMultiply_areRefusedUncompiled(String pattern) {
        assertRefusedUncompiled(pattern);
    }

    /** Patterns for which RE2/J looks up the other case of each character of a range, one after the other. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?i)[A-\\x{1e942}]",
                "(?i)[\\x{-7fffffff}-\\x{10ffff}]",
                "[A-\\x{1e942}](?i)",
                "(?s)(?is:[^b-\\x{10000}])",
                "(?i)[\\x{4e00}-\\x{9fff}]",
                "(?i)[\\x{2000}-\\x{4000}][\\x{2000}-\\x{4000}]",
                "(?i)[\u0100-\uABCD]"
            })
    void largeRangesWithoutCase_areRefusedUncompiled(String pattern) {
        assertRefusedUncompiled(pattern);
    }

    /** From these characters RE2/J never comes back to where it began to look for their other cases. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?i)\\x{1c80}",
                "(?i)a\u1c80",
                "\u1c88(?i)",
                "(?i)\\Qab\u1c85\\E",
                "(?i)[\u1c81]",
                "(?i)[a\\x{1c82}]",
                "(?i:[\\x{1c00}-\\x{1cff}])",
                "(?i)[^\\x{100}-\\x{2000}]"
            })
    void charactersWhoseCasesHaveNoEnd_areRefusedUncompiled(String pattern) {
        assertRefusedUncompiled(pattern);
    }

    /** Whatever the JDK's Unicode is: those that are let through end, as patterns and as text. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void eachCharacterThatIsLetThrough_isCompiledWithoutCase() {
        Pattern letters = Pattern.compile("(?i)[a-z\u0430-\u044f]x|\u0432y");
        int refused = 0;
        for (int c = 0x80; c <= 0x1ffff; c++) {
            boolean isCased = Character.toLowerCase(c) != c || Character.toUpperCase(c) != c;
            if (!isCased) {
                continue;
            }
            String pattern = "(?i)" + Character.toString(c);
            if (PatternCost.of(pattern) > Regex.MAX_COST) {
                refused++;
            } else {
                assertThat(Pattern.compile(pattern)
                                .matcher(Character.toString(c))
                                .find())
                        .isTrue();
            }
            assertThat(letters.matcher(Character.toString(c)).find()).isFalse();
        }
        assertThat(refused).isBetween(1, 50);
    }

    @Test
    void manyClassesOfUnicode_areRefusedUncompiled() {
        assertRefusedUncompiled("\\pL".repeat(101));
        assertRefusedUncompiled("[" + "\\p{Greek}".repeat(101) + "]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a{100}b{100}c{100}",
                "(?i)[a-z0-9_-]{8,64}@[a-z]+",
                "[\\x{4e00}-\\x{9fff}]{2,5}",
                "(?:error|warning|fatal|panic){10}",
                "\\p{L}{30}[\\pN\\pL]*",
                "a{,5}b{x}{",
                "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
            })
    void othersAreCompiled(String pattern) {
        assertThat(new Regex("regex").compile(pattern, 0).pattern()).isEqualTo(pattern);
    }

    @ParameterizedTest
    @CsvSource({
        "'(', not a valid RE2 pattern",
        "'[a', not a valid RE2 pattern",
        "'\\', not a valid RE2 pattern",
        "'a{1001}', not a valid RE2 pattern",
        "'(?i', not a valid RE2 pattern",
        "'\\p{', not a valid RE2 pattern",
        "'[a-', not a valid RE2 pattern",
        "'\\x{', not a valid RE2 pattern"
    })
    void whatIsNoPattern_isRefusedAsThat(String pattern, String message) {
        assertThatThrownBy(() -> new Regex("regex").compile(pattern, 0))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(message);
    }

    @Test
    void patternsOfOneRequest_countTogether() {
        Regex regex = new Regex("query");
        for (int i = 0; i < 3; i++) {
            regex.compile("(?i)[\\x{2000}-\\x{2900}]", 0);
        }
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 3; i++) {
                        regex.compile("(?i)[\\x{2000}-\\x{2900}]", 0);
                    }
                })
                .hasMessageContaining("together are too large");
    }

    /** Patterns put together at random: what is let through is never much more than it was taken for. */
    @Test
    void estimate_isAtLeastAThirdOfTheProgram() {
        List<String> parts = List.of(
                "a",
                "b|",
                "(",
                ")",
                "(?:",
                "(?P<n>",
                "[",
                "]",
                "^",
                "-",
                "[:alpha:]",
                "\\Q",
                "\\E",
                "\\pL",
                "\\p{Nd}",
                "{3}",
                "{2,}",
                "{0,4}",
                "{0}",
                "{",
                "}",
                "*",
                "+?",
                "?",
                "\\d",
                "\\x{41}",
                "\\x41",
                "(?i)",
                "(?s:",
                ",",
                "\\]",
                "\\\\",
                "$",
                "\\b",
                "{1}",
                "x{20}");
        Random random = new Random(7);
        int valid = 0;
        for (int i = 0; i < 60_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = 1 + random.nextInt(12); length > 0; length--) {
                text.append(parts.get(random.nextInt(parts.size())));
            }
            String pattern = text.toString();
            double cost = PatternCost.of(pattern);
            try {
                if (cost <= Regex.MAX_COST) {
                    int size = Pattern.compile(pattern).programSize();
                    assertThat(cost * UNDERESTIMATED + 3).as(pattern).isGreaterThanOrEqualTo(size);
                    valid++;
                }
            } catch (PatternSyntaxException none) {
                // which costs nothing
            }
        }
        assertThat(valid).isGreaterThan(5000);
    }
}
