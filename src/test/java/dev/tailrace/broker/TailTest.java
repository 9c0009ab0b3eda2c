package dev.tailrace.broker;

import static dev.tailrace.broker.HandFedRing.entries;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The newest announcements of a feed. */
final class TailTest {

    private static final String LARGE = "t".repeat(60_000);

    private final TailBudget budget = new TailBudget();
    private final Tail tail = new Tail(budget);

    @Test
    void from_offsetHeld_givesTheRestOfItsChunk() {
        tail.add(new Tail.Chunk(5, entries("e", "f", "g")), false);
        tail.add(new Tail.Chunk(8, entries("h")), false);
        Tail.Chunk chunk = tail.from(6, 100);
        assertThat(chunk).isNotNull();
        assertThat(chunk.first()).isEqualTo(6);
        assertThat(chunk.last()).isEqualTo(7);
    }

    @Test
    void from_lastBeforeTheChunkEnds_stopsThere() {
        tail.add(new Tail.Chunk(5, entries("e", "f", "g")), false);
        Tail.Chunk chunk = tail.from(5, 6);
        assertThat(chunk).isNotNull();
        assertThat(chunk.last()).isEqualTo(6);
    }

    @Test
    void from_offsetNotHeld_isNull() {
        assertThat(tail.from(1, 10)).isNull();
        tail.add(new Tail.Chunk(5, entries("e")), false);
        assertThat(tail.from(4, 10)).isNull();
        assertThat(tail.from(6, 10)).isNull();
        tail.clear();
        assertThat(tail.from(5, 10)).isNull();
    }

    @Test
    void full_oldestGo() {
        addLargePairs(3, false);
        assertThat(tail.from(2, 6)).isNull();
        assertThat(tail.from(3, 6)).isNotNull();
        tail.add(new Tail.Chunk(7, entries(LARGE, LARGE, LARGE, LARGE, LARGE)), false);
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
            tail.add(new Tail.Chunk(1 + 2L * pair, entries(LARGE, LARGE)), lagging);
        }
    }
}
