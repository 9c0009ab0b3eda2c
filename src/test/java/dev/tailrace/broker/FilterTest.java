package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.tailrace.broker.Condition.Field;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each condition alone, and a filter of several. */
@Tag("unit")
final class FilterTest {

    private static final Line ERROR = new Line("Disk FULL: /var", 1000L, "db", true, true, "SEVERE");
    private static final Line PLAIN = new Line("all is well", 2000L, null, false, false, null);

    private static boolean shows(@Nullable Filter filter, Line line) {
        var entries = new Entries.Builder(64);
        line.writeTo(entries, 5000);
        Entries entry = entries.build();
        return Filter.shows(filter, entry.bytes(), entry.start(0), entry.end(0));
    }

    private static boolean holds(Condition condition, Line line) {
        boolean holds = shows(Filter.of(condition), line);
        assertThat(shows(Filter.of(new Condition.Not(condition)), line)).isNotEqualTo(holds);
        return holds;
    }

    private static Condition oneOf(Field field, String... values) {
        return new Condition.OneOf(field, Set.of(values));
    }

    private static Condition matches(Field field, String pattern) {
        return new Condition.Matches(field, Pattern.compile(pattern));
    }

    @Test
    void field_isComparedAsAWhole() {
        assertThat(holds(oneOf(Field.SERVICE, "web", "db"), ERROR)).isTrue();
        assertThat(holds(oneOf(Field.SERVICE, "web", "d"), ERROR)).isFalse();
        assertThat(holds(matches(Field.SERVICE, "d."), ERROR)).isTrue();
        assertThat(holds(matches(Field.SERVICE, "d"), ERROR)).isFalse();
    }

    @Test
    void absentField_isTheEmptyText() {
        assertThat(holds(oneOf(Field.SERVICE, "web", "db"), PLAIN)).isFalse();
        assertThat(holds(oneOf(Field.LEVEL, ""), PLAIN)).isTrue();
        assertThat(holds(matches(Field.LEVEL, ".+"), PLAIN)).isFalse();
    }

    @Test
    void stream_isStdoutUnlessStderr() {
        assertThat(holds(oneOf(Field.STREAM, "stdout"), PLAIN)).isTrue();
        assertThat(holds(oneOf(Field.STREAM, "stdout"), ERROR)).isFalse();
        assertThat(holds(oneOf(Field.STREAM, "stderr"), ERROR)).isTrue();
    }

    @Test
    void system_onlyOrWithout() {
        assertThat(holds(new Condition.BySystem(true), ERROR)).isTrue();
        assertThat(holds(new Condition.BySystem(true), PLAIN)).isFalse();
        assertThat(holds(new Condition.BySystem(false), PLAIN)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "warn, W, true",
        "warn, Warning, true",
        "warn, error, false",
        "W, warn, true",
        "WARNING, WRN, true",
        "fatal, panic, true",
        "fatal, CRITICAL, true",
        "fatal, alert, false",
        "I, Information, true",
        "verbose, TRACE, true",
        "Audit, audit, true",
        "audit, AUDIT, true",
        "audit, info, false"
    })
    void level_isFoundByEachOfItsNames(String wanted, String sent, boolean found) {
        Line line = new Line("m", 1L, null, false, false, sent);
        assertThat(holds(Condition.ofLevels(Set.of(wanted, "other")), line)).isEqualTo(found);
    }

    @Test
    void levelPattern_matchesTheNameOrTheWordThatWasSent() {
        assertThat(holds(matches(Field.LEVEL, "warn|error"), ERROR)).isTrue();
        assertThat(holds(matches(Field.LEVEL, "SEV.*"), ERROR)).isTrue();
        assertThat(holds(matches(Field.LEVEL, "err"), ERROR)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "WARN, emergency, true", "WARN, panic, true", "WARN, err, true", "WARN, W, true", "WARN, notice, false",
        "WARN, D, false", "TRACE, trace, true", "TRACE, silly, true", "TRACE, audit, false", "EMERGENCY, alert, false",
        "EMERGENCY, emerg, true", "TRACE, , false"
    })
    void leastLevel_hasTheGraverOnes_andNeverALineWithoutOne(Level least, @Nullable String sent, boolean found) {
        Line line = new Line("m", 1L, null, false, false, sent);
        assertThat(holds(new Condition.AtLeast(least), line)).isEqualTo(found);
    }

    @Test
    void text_isSearched() {
        assertThat(holds(new Condition.Contains("full: /VAR", true), ERROR)).isTrue();
        assertThat(holds(new Condition.Contains("Disk FULL: /var/", true), ERROR))
                .isFalse();
        assertThat(holds(new Condition.Contains("FULL", false), ERROR)).isTrue();
        assertThat(holds(new Condition.Contains("full", false), ERROR)).isFalse();
    }

    @Test
    void pattern_isFoundAnywhere() {
        assertThat(holds(new Condition.Finds(Pattern.compile("FULL.*/v")), ERROR))
                .isTrue();
        assertThat(holds(new Condition.Finds(Pattern.compile("^FULL")), ERROR)).isFalse();
    }

    @Test
    void time_fromSinceToBeforeUntil() {
        assertThat(holds(new Condition.Between(1000, 1001), ERROR)).isTrue();
        assertThat(holds(new Condition.Between(1001, Long.MAX_VALUE), ERROR)).isFalse();
        assertThat(holds(new Condition.Between(Long.MIN_VALUE, 1000), ERROR)).isFalse();
    }

    // ---- attributes

    private static final String ATTRIBUTES =
            "{\"host\":\"kitchen\",\"code\":500,\"ratio\":1.50,\"ok\":true,\"none\":null,\"k8s.pod.name\":\"web-1\","
                    + "\"k8s\":{\"ns\":\"prod\",\"pod.uid\":\"u1\",\"labels\":{\"app.name\":\"shop\"}},"
                    + "\"tags\":[\"a\",\"b\"],\"quo\\\"te\":\"a\\\"b\\u001b\",\"größe\":\"10 µm\",\"\":\"no name\","
                    + "\"deep\":{\"host\":\"cellar\"},\"host.name\":{\"first\":\"x\"},\"last\":\"end\"}";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            host                | kitchen  | true
            host                | Kitchen  | false
            host                | cellar   | false
            deep.host           | cellar   | true
            code                | 500      | true
            code                | 50       | false
            ratio               | 1.50     | true
            ratio               | 1.5      | false
            ok                  | true     | true
            ok                  | false    | false
            none                | null     | true
            k8s.pod.name        | web-1    | true
            k8s.ns              | prod     | true
            k8s.pod.uid         | u1       | true
            k8s.labels.app.name | shop     | true
            k8s.labels          | shop     | false
            k8s                 | prod     | false
            ns                  | prod     | false
            tags                | a        | false
            tags.a              | a        | false
            größe               | 10 µm    | true
            host.name           | x        | false
            host.name.first     | x        | true
            last                | end      | true
            las                 | end      | false
            lastt               | end      | false
            last.               | end      | false
            absent              | x        | false
            """)
    void attribute_isNamedAsStored_orByThePathToIt(String name, String value, boolean found) {
        Line line = withAttributes(ATTRIBUTES);
        assertThat(holds(new Condition.Attribute(name, Set.of("something else", value)), line))
                .isEqualTo(found);
    }

    @Test
    void attribute_withEscapes_isComparedAsText() {
        assertThat(holds(new Condition.Attribute("quo\"te", Set.of("a\"b\u001b")), withAttributes(ATTRIBUTES)))
                .isTrue();
    }

    @Test
    void attribute_ofALineWithoutAny_isAbsent() {
        assertThat(holds(new Condition.Attribute("host", Set.of("kitchen")), PLAIN))
                .isFalse();
        assertThat(holds(new Condition.Attribute("a", Set.of("1")), withAttributes("{\"b\":[[[{\"a\":1}]]]}")))
                .isFalse();
        assertThat(holds(new Condition.Attribute("a.a", Set.of("1")), withAttributes("{\"a\":{\"a\":{\"a\":1}}}")))
                .isFalse();
    }

    private static Line withAttributes(String json) {
        return new Line("m", 1L, null, false, false, null, json.getBytes(StandardCharsets.UTF_8));
    }

    // ---- filters

    @Test
    void conditions_mustAllHold() {
        Condition disk = new Condition.Contains("Disk", false);
        assertThat(shows(Filter.of(disk, oneOf(Field.SERVICE, "db")), ERROR)).isTrue();
        assertThat(shows(Filter.of(disk, oneOf(Field.SERVICE, "web")), ERROR)).isFalse();
        assertThat(shows(Filter.of(disk, new Condition.Contains("/usr", false)), ERROR))
                .isFalse();
    }

    @Test
    void conditions_areInOrderOfTheirCost_andThoseOnAttributesLast() {
        Condition attribute = new Condition.Attribute("a", Set.of("b"));
        Condition noAttribute = new Condition.Not(attribute);
        Condition pattern = new Condition.Finds(Pattern.compile("(?:a?){100}"));
        Condition text = new Condition.Not(new Condition.Contains("abc", true));
        Condition service = oneOf(Field.SERVICE, "a");
        Filter filter = Filter.of(noAttribute, attribute, pattern, text, service);
        assertThat(filter.conditions()).containsExactly(service, text, pattern, noAttribute, attribute);
        assertThat(filter.weight()).isEqualTo(1 + 3 + pattern.weight() + 2 + 2);
    }

    @Test
    void conditions_thatAreEqual_makeEqualFilters() {
        Filter one = Filter.of(new Condition.Finds(Pattern.compile("a+")), oneOf(Field.SERVICE, "a", "b"));
        Filter same = Filter.of(oneOf(Field.SERVICE, "b", "a"), new Condition.Finds(Pattern.compile("a+")));
        Filter other = Filter.of(new Condition.Not(new Condition.Finds(Pattern.compile("a+"))));
        assertThat(one).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(other);
    }

    @Test
    void noCondition_isNoFilter() {
        assertThat(new Filter(List.of()).orNull()).isNull();
        assertThat(Filter.of(new Condition.Between(0, 1)).orNull()).isNotNull();
    }

    @Test
    void notAnEntry_isShownWithoutAFilterOnly() {
        byte[] rubbish = "rubbish".getBytes(StandardCharsets.UTF_8);
        assertThat(Filter.shows(null, rubbish, 0, rubbish.length)).isTrue();
        assertThat(Filter.shows(Filter.of(new Condition.Not(oneOf(Field.SERVICE, "a"))), rubbish, 0, rubbish.length))
                .isFalse();
    }
}
