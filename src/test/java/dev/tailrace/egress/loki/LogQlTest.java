package dev.tailrace.egress.loki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import dev.tailrace.broker.Condition;
import dev.tailrace.broker.Condition.Field;
import dev.tailrace.broker.Filter;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The supported part of Loki's query language, and the errors for the rest. */
@Tag("unit")
final class LogQlTest {

    private static Condition oneOf(Field field, String... values) {
        return new Condition.OneOf(field, Set.of(values));
    }

    private static Condition contains(String text) {
        return new Condition.Contains(text, false);
    }

    private static Condition finds(String pattern) {
        return new Condition.Finds(Pattern.compile(pattern));
    }

    private static Condition not(Condition condition) {
        return new Condition.Not(condition);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{device=\"d\"}", " { device = \"d\" , } ", "{device=`d`}\n", "{device=\"\\u0064\"} |= ``"})
    void device_alone_hasNoConditions(String query) {
        assertThat(LogQl.parse(query)).isEqualTo(new LogQl(new DeviceId("d"), List.of()));
    }

    @Test
    void labels_withEachOperator() {
        LogQl query = LogQl.parse(
                "{service_name=\"a\", device=\"d\", service!=\"b\", level=~\"warn|error\", stream!~`std.*`}");
        assertThat(query.device()).isEqualTo(new DeviceId("d"));
        assertThat(query.conditions())
                .containsExactly(
                        oneOf(Field.SERVICE, "a"),
                        not(oneOf(Field.SERVICE, "b")),
                        oneOf(Field.LEVEL, "warn", "error"),
                        not(new Condition.Matches(Field.STREAM, Pattern.compile("std.*", Pattern.DOTALL))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\0', textBlock = """
            level="warn"            ; warn,WARN,Warning,W
            level="W"               ; warn,WARN,Warning,W
            detected_level="WARNING"; warn,WARN,Warning,W
            level!="warn"           ; error,E,fatal,audit,none
            level!="Warning"        ; error,E,fatal,audit,none
            level=~"warning|err"    ; warn,WARN,Warning,W,error,E
            level=~"warn|AUDIT"     ; warn,WARN,Warning,W,audit
            level!~"warn|e"         ; fatal,audit,none
            detected_level=~"crit.*"; fatal
            level=~"FAT.*"          ; fatal
            level=~"WAR.*"          ; warn,WARN,Warning,W
            level=~"warni.*"        ; Warning
            level!~"(warn|error)"   ; fatal,audit,none
            level=~".+"             ; warn,WARN,Warning,W,error,E,fatal,audit
            level=""                ; none
            level!=""               ; warn,WARN,Warning,W,error,E,fatal,audit
            """)
    void level_isFoundByEachOfItsNames_andByAPatternForItsWordAsSent(String matcher, String expected) {
        Filter filter =
                new Filter(LogQl.parse("{device=\"d\", " + matcher + "}").conditions());
        List<String> found = Stream.of("warn", "WARN", "Warning", "W", "error", "E", "fatal", "audit", "none")
                .filter(level -> filter.matches(
                        new Entry(1, new Line("m", 1L, null, false, false, level.equals("none") ? null : level))))
                .toList();
        assertThat(found).isEqualTo(List.of(expected.split(",")));
    }

    @Test
    void lineFilters_areChained() {
        LogQl query = LogQl.parse("{device=\"d\"} |= \"a\"!=`b` |~ \"c+\"\n!~ `\\d`");
        assertThat(query.conditions())
                .containsExactly(contains("a"), not(contains("b")), finds("c+"), not(finds("\\d")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\0', textBlock = """
            "\\n\\t\\r\\\\\\"" ; 10,9,13,92,34
            "\\a\\b\\f\\v" ; 7,8,12,11
            "\\x41\\u00e9\\U0001F680" ; 65,233,55357,56960
            "}|=`" ; 125,124,61,96
            `"\\n` ; 34,92,110
            """)
    void strings_areReadAsInGo(String literal, String chars) {
        Condition read =
                LogQl.parse("{device=\"d\"} |= " + literal).conditions().get(0);
        assertThat(((Condition.Contains) read)
                        .text()
                        .chars()
                        .mapToObj(Integer::toString)
                        .toList())
                .isEqualTo(List.of(chars.split(",")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '\t', quoteCharacter = '\0', textBlock = """
            rate({device="d"}[1m])	at character 1: a query must begin with
            sum(count_over_time({device="d"}[1m]))	at character 1: a query must begin with
            {}	name of a label is expected
            {level="warn"}	must name one device
            {device=~"d.*"}	the device must be given with =
            {device!="d"}	the device must be given with =
            {device="d",device="e"}	the device must be given with =
            {device="d",app="x"}	the labels are device, service_name, level, detected_level and stream
            {device="d" level="x"}	a comma or } is expected
            {device="d",level>"x"}	one of = != =~ !~
            {device="d"	a comma or } is expected
            {device="d"} | json	at character 14: only the line filters
            {device="d"} |> "<_>"	only the line filters
            {device="d"} |= "a" or "b"	at character 21: only the line filters
            {device="d"} |= a	a string in "…" or `…` is expected
            {device="d"} |= "a	closing " is missing
            {device="d"} |= "a\\	closing " is missing
            {device="d"} |= `a	closing ` is missing
            {device="d"} |= "\\q"	the escapes are
            {device="d"} |= "\\xe9"	this escape is not a character
            {device="d"} |= "\\ud800"	this escape is not a character
            {device="d"} |= "\\U00110000"	this escape is not a character
            {device="d"} |= "\\u00g0"	a hexadecimal digit
            {device="d"} |~ "("	not a valid RE2 pattern
            {device="d"} |~ "((x{1000}){1000}){1000}"	pattern too large
            """)
    void anythingElse_isRefusedWithWhatIsPossible(String query, String message) {
        assertThatThrownBy(() -> LogQl.parse(query))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("query: ")
                .hasMessageContaining(message);
    }

    @Test
    void device_invalid_isRefused() {
        assertThatThrownBy(() -> LogQl.parse("{device=\"a b\"}"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("a device id is");
    }

    @Test
    void size_isBounded() {
        String device = "{device=\"d\"}";
        assertThat(LogQl.parse(device + " |= \"a\"".repeat(20)).conditions()).hasSize(20);
        assertThatThrownBy(() -> LogQl.parse(device + " |= \"a\"".repeat(21)))
                .hasMessageContaining("at most 20 conditions");
        assertThatThrownBy(() -> LogQl.parse(device + " ".repeat(5000))).hasMessageContaining("at most 4096");
        assertThatThrownBy(() -> LogQl.parse(device + " |~ \"a{300}\"".repeat(2)))
                .hasMessageContaining("together are too large");
    }
}
