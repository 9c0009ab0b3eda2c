package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class MergedNamesTest {

    private static Iterator<DeviceId> list(String... names) {
        return Stream.of(names).map(DeviceId::new).iterator();
    }

    private static List<String> merged(List<Iterator<DeviceId>> lists) {
        List<String> names = new ArrayList<>();
        new MergedNames(lists).forEachRemaining(name -> names.add(name.value()));
        return names;
    }

    @Test
    void listsThatOverlap_areOne() {
        assertThat(merged(List.of(list("b", "d", "f"), list("a", "d", "e"), list(), list("d"))))
                .containsExactly("a", "b", "d", "e", "f");
    }

    @Test
    void noLists_areNoNames() {
        assertThat(merged(List.of())).isEmpty();
        assertThat(merged(List.of(list()))).isEmpty();
    }
}
