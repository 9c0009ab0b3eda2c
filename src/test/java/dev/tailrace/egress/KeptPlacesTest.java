package dev.tailrace.egress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import dev.tailrace.storage.memory.MemoryPlaces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The id of a list resumes all its places when the list is as it was written; the test has the cases when it is not. */
@Tag("unit")
final class KeptPlacesTest {

    private static final String LIST = "a".repeat(22);

    private final MemoryPlaces store = new MemoryPlaces();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final FollowBudget budget = new FollowBudget(1);
    private final KeptPlaces places = new KeptPlaces(store, budget, new EgressMeters(new Metrics(registry)));

    private void keep(String... texts) {
        store.append(LIST, 0, List.of(texts), Duration.ofMinutes(1));
    }

    private Resume read(int texts) {
        return places.read(new ResumeId(LIST, texts)).result();
    }

    private double lost() {
        return registry.get("tailrace.places.lost").functionCounter().count();
    }

    @Test
    void listOfManyTexts_isReadWhole_andTheNewerPlaceCounts() {
        List<String> texts = new ArrayList<>(IntStream.range(0, 20)
                .mapToObj(i -> "d-" + i + ":k-1,moves:k-" + i)
                .toList());
        texts.add("moves:k-99"); // of a checkpoint after the one whose id is used
        keep(texts.toArray(String[]::new));
        Resume resume = read(20);
        assertThat(resume.kind()).isEqualTo(Resume.Kind.KNOWN);
        assertThat(resume.positions())
                .hasSize(21)
                .containsEntry(new DeviceId("d-19"), Position.parse("k-1"))
                .containsEntry(new DeviceId("moves"), Position.parse("k-19"));
        assertThat(lost()).isZero();
    }

    @Test
    void listThatIsShorterThanItsId_isLost_andWhatItHasCountsForNothing() {
        keep("d:k-1", "e:k-1");
        assertThat(read(3)).isEqualTo(Resume.LOST);
        assertThat(read(0)).isEqualTo(Resume.LOST);
        assertThat(read(Integer.MAX_VALUE)).isEqualTo(Resume.LOST);
        assertThat(lost()).isEqualTo(3);
        assertThat(read(2).positions()).hasSize(2);
    }

    @Test
    void listThatCannotBeRead_isLost() {
        keep("d:k-1", "what nobody wrote", "e:k-1");
        assertThat(read(3)).isEqualTo(Resume.LOST);
        assertThat(lost()).isEqualTo(1);
        assertThat(read(1).positions()).isEqualTo(Map.of(new DeviceId("d"), Position.parse("k-1")));
    }

    @Test
    void placesOfManyStreams_makeRoom_byThoseThatWouldExpireFirst() {
        KeptPlaces.Kept early = places.begin();
        KeptPlaces.Kept late = places.begin();
        KeptPlaces.Kept open = places.begin();
        List.of(early, late, open).forEach(list -> list.add("d:k-1"));
        late.end(KeptPlaces.KEEP);
        early.end(KeptPlaces.KEEP_REPLACED);
        budget.keep((int) FollowBudget.PLACE_BYTES - 3 * KeptPlaces.LIST_BYTES);
        assertThat(open.add("d:k-2").result()).isTrue();
        assertThat(places.read(early.id()).result()).isEqualTo(Resume.LOST);
        assertThat(places.read(late.id()).result().kind()).isEqualTo(Resume.Kind.KNOWN);
        assertThat(places.read(open.id()).result().positions()).containsValue(Position.parse("k-2"));
    }

    @Test
    void noListThatCouldGo_nothingMoreIsKept() {
        KeptPlaces.Kept open = places.begin();
        open.add("d:k-1");
        budget.keep((int) FollowBudget.PLACE_BYTES);
        assertThat(open.add("d:k-2").result()).isFalse();
        assertThat(open.id().texts()).isEqualTo(1);
        assertThat(places.read(open.id()).result().kind()).isEqualTo(Resume.Kind.KNOWN);
    }
}
