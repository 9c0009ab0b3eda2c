package dev.tailrace.broker;

import static dev.tailrace.broker.HandFedRing.entries;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The newest announcements of a feed. */
final class TailTest {

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
        String large = "t".repeat(60_000);
        for (int offset = 1; offset <= 5; offset += 2) {
            tail.add(new Tail.Chunk(offset, entries(large, large)), false);
        }
        assertThat(tail.from(2, 6)).isNull();
        assertThat(tail.from(3, 6)).isNotNull();
        tail.add(new Tail.Chunk(7, entries(large, large, large, large, large)), false);
        assertThat(tail.from(7, 11)).as("larger than all of it").isNull();
    }

    @Test
    void full_whileASubscriberLags_keepsMore_andNoMoreThanThat() {
        String large = "t".repeat(60_000);
        for (int offset = 1; offset <= 100; offset++) {
            tail.add(new Tail.Chunk(offset, entries(large)), true);
        }
        assertThat(tail.from(100 - Tail.BURST_BYTES / 62_000, 100)).isNotNull();
        assertThat(tail.from(1, 100)).isNull();
        tail.trim();
        assertThat(tail.from(100 - Tail.USUAL_BYTES / 60_000, 100)).isNull();
        assertThat(tail.from(100, 100)).isNotNull();
    }

    @Test
    void full_whileAllTailsHoldTooMuch_keepsTheUsual() {
        budget.add((int) TailBudget.BYTES);
        String large = "t".repeat(60_000);
        for (int offset = 1; offset <= 10; offset++) {
            tail.add(new Tail.Chunk(offset, entries(large)), true);
        }
        assertThat(tail.from(5, 10)).isNull();
        assertThat(tail.from(10, 10)).isNotNull();
    }
}
