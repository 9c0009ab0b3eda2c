package dev.tailrace.broker;

import static dev.tailrace.testing.ScriptedRing.entries;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.Entries;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The newest announcements of a feed. */
@Tag("unit")
final class FeedTailTest {

    private static final StreamBudget STREAMS = new StreamBudget(Long.MAX_VALUE);

    private static final String LARGE = "t".repeat(60_000);

    private final TailBudget budget = new TailBudget();
    private final Tail tail = new Tail(budget);

    @Test
    void from_offsetHeld_givesTheRestOfItsChunk() {
        tail.add(new Chunk(5, entries("e", "f", "g")), false);
        tail.add(new Chunk(8, entries(LARGE, LARGE)), false);
        Chunk chunk = tail.from(6, 100);
        assertThat(chunk).isNotNull();
        assertThat(chunk.first()).isEqualTo(6);
        assertThat(chunk.last()).isEqualTo(7);
    }

    @Test
    void from_lastBeforeTheChunkEnds_stopsThere() {
        tail.add(new Chunk(5, entries("e", "f", "g")), false);
        Chunk chunk = tail.from(5, 6);
        assertThat(chunk).isNotNull();
        assertThat(chunk.last()).isEqualTo(6);
    }

    @Test
    void from_offsetNotHeld_isNull() {
        assertThat(tail.from(1, 10)).isNull();
        tail.add(new Chunk(5, entries("e")), false);
        assertThat(tail.from(4, 10)).isNull();
        assertThat(tail.from(6, 10)).isNull();
        tail.clear();
        assertThat(tail.from(5, 10)).isNull();
    }

    @Test
    void from_smallChunksInARow_givesThemTogether() {
        for (int offset = 1; offset <= 9; offset++) {
            tail.add(new Chunk(offset, entries("m" + offset)), false);
        }
        Chunk chunk = tail.from(3, 8);
        assertThat(chunk).isNotNull();
        assertThat(chunk.first()).isEqualTo(3);
        assertThat(chunk.last()).isEqualTo(8);
        for (int i = 0; i < 6; i++) {
            assertThat(text(chunk, i)).contains("\"m" + (3 + i) + "\"");
        }
        assertThat(tail.from(3, 8)).as("put together once").isSameAs(chunk);
        assertThat(tail.from(1, 9).last()).isEqualTo(9);
    }

    private static String text(Chunk chunk, int index) {
        Entries entries = chunk.entries();
        int start = entries.start(index);
        return new String(entries.bytes(), start, entries.end(index) - start, UTF_8);
    }

    @Test
    void fill_takesWhatIsMissingUpToTheHead() {
        tail.add(new Chunk(5, entries("e", "f")), false);
        tail.fill(new Chunk(2, entries("b", "c", "d", "e", "f", "g")), 6);
        assertThat(tail.from(1, 6)).isNull();
        assertThat(tail.from(2, 6).last()).isEqualTo(6);
        assertThat(tail.from(7, 7)).as("not announced yet").isNull();
        tail.add(new Chunk(7, entries("g")), false);
        assertThat(tail.from(7, 7).last()).isEqualTo(7);
    }

    @Test
    void fill_startsInsideWhatIsHeld_takesTheRest() {
        tail.fill(new Chunk(1, entries("a", "b", "c")), 9);
        tail.fill(new Chunk(3, entries("c", "d")), 9);
        tail.fill(new Chunk(2, entries("b", "c")), 9);
        assertThat(tail.from(1, 9).last()).isEqualTo(4);
    }

    @Test
    void fill_leavesAHole_whichIsNotHeld() {
        tail.add(new Chunk(9, entries("i")), false);
        tail.fill(new Chunk(2, entries("b", "c")), 9);
        assertThat(tail.from(2, 9).last()).isEqualTo(3);
        assertThat(tail.from(4, 9)).isNull();
        assertThat(tail.from(9, 9)).isNotNull();
    }

    @Test
    void fill_noRoom_isNotTaken() {
        addLargePairs(2, false);
        tail.fill(new Chunk(100, entries(LARGE)), 100);
        assertThat(tail.from(100, 100)).isNull();
        assertThat(tail.from(1, 2)).as("nothing had to go for it").isNotNull();
    }

    @Test
    void fill_halfTheBudgetIsHeld_isNotTaken() {
        budget.add((int) TailBudget.BYTES / 2);
        tail.fill(new Chunk(1, entries("a")), 1);
        assertThat(tail.from(1, 1)).isNull();
    }

    @Test
    void shownChunk_isPaidForAndGivenBack() {
        tail.add(new Chunk(1, entries("a")), false);
        long before = budget.held();
        Chunk chunk = tail.from(1, 1);
        Encoded shown = chunk.as(BrokerTestBase.ALL, "k", new EncodeBuffer(), STREAMS);
        assertThat(budget.held()).isEqualTo(before + shown.bytes().capacity());
        assertThat(tail.from(1, 1).as(BrokerTestBase.ALL, "k", new EncodeBuffer(), STREAMS))
                .isSameAs(shown);
        tail.clear();
        assertThat(budget.held()).isZero();
    }

    @Test
    void budgetOverdrawn_nothingShownIsRemembered() {
        tail.add(new Chunk(1, entries("a")), false);
        budget.add((int) TailBudget.BYTES);
        long before = budget.held();
        tail.from(1, 1).as(BrokerTestBase.ALL, "k", new EncodeBuffer(), STREAMS);
        assertThat(budget.held()).isEqualTo(before);
    }

    @Test
    void full_oldestGo() {
        addLargePairs(3, false);
        assertThat(tail.from(2, 6)).isNull();
        assertThat(tail.from(3, 6)).isNotNull();
        tail.add(new Chunk(7, entries(LARGE, LARGE, LARGE, LARGE, LARGE)), false);
        assertThat(tail.from(7, 11)).as("larger than all of it").isNull();
    }

    @Test
    void whileSomebodyLags_moreIsKept() {
        addLargePairs(30, true);
        assertThat(tail.from(1, 60)).isNotNull();
        tail.trim();
        assertThat(tail.from(56, 60)).isNull();
        assertThat(tail.from(57, 60)).isNotNull();
    }

    @Test
    void budgetOverdrawn_onlyTheUsualIsKept() {
        budget.add((int) TailBudget.BYTES);
        addLargePairs(3, true);
        assertThat(tail.from(2, 6)).isNull();
        assertThat(tail.from(3, 6)).isNotNull();
    }

    @Test
    void cleared_givesItsBudgetBack() {
        addLargePairs(30, true);
        tail.clear();
        budget.add((int) TailBudget.BYTES);
        assertThat(budget.isOverdrawn()).isFalse();
        budget.add(1);
        assertThat(budget.isOverdrawn()).isTrue();
    }

    private void addLargePairs(int pairs, boolean lagging) {
        for (int pair = 0; pair < pairs; pair++) {
            tail.add(new Chunk(1 + 2L * pair, entries(LARGE, LARGE)), lagging);
        }
    }
}
