package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.tailrace.broker.Condition.Field;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each field of a filter alone, and all of them together. */
@Tag("unit")
final class FilterTest {

    private static final Line ERROR = new Line("Disk FULL: /var", 1000L, "db", true, true, "error");
    private static final Line PLAIN = new Line("all is well", 2000L, null, false, false, null);

    private static Filter filter(
            Set<String> services,
            Set<String> streams,
            @Nullable Boolean system,
            Set<String> levels,
            @Nullable String text,
            @Nullable String regex) {
        return new Filter(
                services,
                streams,
                system,
                levels,
                text,
                regex == null ? null : Pattern.compile(regex),
                Long.MIN_VALUE,
                Long.MAX_VALUE);
    }

    private static Filter between(long since, long until) {
        return new Filter(Set.of(), Set.of(), null, Set.of(), null, null, since, until);
    }

    private static boolean shows(@Nullable Filter filter, Line line) {
        var entries = new Entries.Builder(64);
        line.writeTo(entries, 5000);
        Entries entry = entries.build();
        return Filter.shows(filter, entry.bytes(), entry.start(0), entry.end(0));
    }

    @Test
    void service_anyOfTheNamed() {
        assertThat(shows(filter(Set.of("web", "db"), Set.of(), null, Set.of(), null, null), ERROR))
                .isTrue();
        assertThat(shows(filter(Set.of("web"), Set.of(), null, Set.of(), null, null), ERROR))
                .isFalse();
        assertThat(shows(filter(Set.of("db"), Set.of(), null, Set.of(), null, null), PLAIN))
                .isFalse();
    }

    @Test
    void stream_absentMeansStdout() {
        Filter stdout = filter(Set.of(), Set.of("stdout"), null, Set.of(), null, null);
        assertThat(shows(stdout, PLAIN)).isTrue();
        assertThat(shows(stdout, ERROR)).isFalse();
        assertThat(shows(filter(Set.of(), Set.of("stderr"), null, Set.of(), null, null), ERROR))
                .isTrue();
        assertThat(shows(filter(Set.of(), Set.of("stdout", "stderr"), null, Set.of(), null, null), ERROR))
                .isTrue();
    }

    @Test
    void system_onlyOrWithout() {
        assertThat(shows(filter(Set.of(), Set.of(), true, Set.of(), null, null), ERROR))
                .isTrue();
        assertThat(shows(filter(Set.of(), Set.of(), true, Set.of(), null, null), PLAIN))
                .isFalse();
        assertThat(shows(filter(Set.of(), Set.of(), false, Set.of(), null, null), PLAIN))
                .isTrue();
        assertThat(shows(filter(Set.of(), Set.of(), false, Set.of(), null, null), ERROR))
                .isFalse();
    }

    @Test
    void level_anyOfTheNamed() {
        assertThat(shows(filter(Set.of(), Set.of(), null, Set.of("warn", "error"), null, null), ERROR))
                .isTrue();
        assertThat(shows(filter(Set.of(), Set.of(), null, Set.of("warn"), null, null), ERROR))
                .isFalse();
        assertThat(shows(filter(Set.of(), Set.of(), null, Set.of("warn"), null, null), PLAIN))
                .isFalse();
    }

    @Test
    void text_isFoundWhateverItsCase() {
        assertThat(shows(filter(Set.of(), Set.of(), null, Set.of(), "full: /VAR", null), ERROR))
                .isTrue();
        assertThat(shows(filter(Set.of(), Set.of(), null, Set.of(), "Disk FULL: /var/", null), ERROR))
                .isFalse();
    }

    @Test
    void regex_isFoundAnywhere() {
        assertThat(shows(filter(Set.of(), Set.of(), null, Set.of(), null, "FULL.*/v"), ERROR))
                .isTrue();
        assertThat(shows(filter(Set.of(), Set.of(), null, Set.of(), null, "^FULL"), ERROR))
                .isFalse();
    }

    @Test
    void time_fromSinceToBeforeUntil() {
        assertThat(shows(between(1000, 1001), ERROR)).isTrue();
        assertThat(shows(between(1001, Long.MAX_VALUE), ERROR)).isFalse();
        assertThat(shows(between(Long.MIN_VALUE, 1000), ERROR)).isFalse();
    }

    @Test
    void allParts_mustAgree() {
        assertThat(shows(filter(Set.of("db"), Set.of("stderr"), true, Set.of("error"), "disk", "F+"), ERROR))
                .isTrue();
        assertThat(shows(filter(Set.of("db"), Set.of("stderr"), true, Set.of("error"), "disk", "G+"), ERROR))
                .isFalse();
    }

    private static boolean holds(Condition condition, Line line) {
        return shows(Filter.ofAll(List.of(condition)), line);
    }

    @Test
    void condition_onTheMessage_searchesIt() {
        assertThat(holds(Condition.ofText(Field.MESSAGE, false, "FULL"), ERROR)).isTrue();
        assertThat(holds(Condition.ofText(Field.MESSAGE, false, "full"), ERROR)).isFalse();
        assertThat(holds(Condition.ofText(Field.MESSAGE, true, "full"), ERROR)).isTrue();
        assertThat(holds(Condition.ofText(Field.MESSAGE, true, "FULL"), ERROR)).isFalse();
        assertThat(holds(Condition.ofPattern(Field.MESSAGE, false, Pattern.compile("F.L+")), ERROR))
                .isTrue();
        assertThat(holds(Condition.ofPattern(Field.MESSAGE, true, Pattern.compile("F.L+")), ERROR))
                .isFalse();
    }

    @Test
    void condition_onAnotherField_comparesAllOfIt() {
        assertThat(holds(Condition.ofText(Field.SERVICE, false, "db"), ERROR)).isTrue();
        assertThat(holds(Condition.ofText(Field.SERVICE, false, "d"), ERROR)).isFalse();
        assertThat(holds(Condition.ofPattern(Field.LEVEL, false, Pattern.compile("warn|error")), ERROR))
                .isTrue();
        assertThat(holds(Condition.ofPattern(Field.LEVEL, false, Pattern.compile("err")), ERROR))
                .isFalse();
        assertThat(holds(Condition.ofText(Field.STREAM, false, "stderr"), ERROR))
                .isTrue();
        assertThat(holds(Condition.ofText(Field.STREAM, false, "stdout"), PLAIN))
                .isTrue();
    }

    @Test
    void condition_onAnAbsentField_seesTheEmptyText() {
        assertThat(holds(Condition.ofText(Field.SERVICE, true, "db"), PLAIN)).isTrue();
        assertThat(holds(Condition.ofText(Field.LEVEL, false, ""), PLAIN)).isTrue();
        assertThat(holds(Condition.ofPattern(Field.LEVEL, false, Pattern.compile(".+")), PLAIN))
                .isFalse();
    }

    @Test
    void conditions_mustAllHold() {
        Condition disk = Condition.ofText(Field.MESSAGE, false, "Disk");
        assertThat(shows(Filter.ofAll(List.of(disk, Condition.ofText(Field.MESSAGE, false, "/var"))), ERROR))
                .isTrue();
        assertThat(shows(Filter.ofAll(List.of(disk, Condition.ofText(Field.MESSAGE, false, "/usr"))), ERROR))
                .isFalse();
    }

    @Test
    void conditions_thatAreEqual_makeEqualFilters() {
        Filter one = Filter.ofAll(List.of(Condition.ofPattern(Field.MESSAGE, false, Pattern.compile("a+"))));
        Filter same = Filter.ofAll(List.of(Condition.ofPattern(Field.MESSAGE, false, Pattern.compile("a+"))));
        Filter other = Filter.ofAll(List.of(Condition.ofPattern(Field.MESSAGE, true, Pattern.compile("a+"))));
        assertThat(one).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(other);
        assertThat(Filter.ofAll(List.of()).orNull()).isNull();
    }

    @Test
    void nothingAsked_isNoFilter() {
        assertThat(filter(Set.of(), Set.of(), null, Set.of(), null, null).orNull())
                .isNull();
        assertThat(between(0, 1).orNull()).isNotNull();
    }

    @Test
    void notAnEntry_isShownWithoutAFilterOnly() {
        byte[] rubbish = "rubbish".getBytes(StandardCharsets.UTF_8);
        assertThat(Filter.shows(null, rubbish, 0, rubbish.length)).isTrue();
        assertThat(Filter.shows(between(0, 1), rubbish, 0, rubbish.length)).isFalse();
    }
}
