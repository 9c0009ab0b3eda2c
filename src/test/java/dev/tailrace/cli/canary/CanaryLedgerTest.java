package dev.tailrace.cli.canary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.cli.canary.Ledger.Sums;
import dev.tailrace.model.Position;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class CanaryLedgerTest {

    private final Ledger ledger = new Ledger();

    /** In one epoch, where a number is its offset. */
    private void entries(long... numbers) {
        for (long number : numbers) {
            ledger.entry(new Position("e", number), number);
        }
    }

    private static Sums sums(long delivered, long inGaps, long told, long epochs) {
        return new Sums(delivered, inGaps, told, epochs, 0, 0, 0, 0);
    }

    @Test
    void numbersInOrder_areDelivered() {
        entries(1, 2, 3);
        ledger.end(3);
        assertThat(ledger.sums()).isEqualTo(sums(3, 0, 0, 0));
        assertThat(ledger.sums().isFaulty()).isFalse();
    }

    @Test
    void missingNumber_isLost() {
        entries(1, 3);
        assertThat(ledger.sums().lost()).isEqualTo(1);
        assertThat(ledger.sums().isFaulty()).isTrue();
    }

    @Test
    void firstAndLastNumbers_areMissedToo() {
        entries(3);
        ledger.end(7);
        assertThat(ledger.sums().lost()).isEqualTo(6);
        assertThat(ledger.sums().delivered()).isEqualTo(1);
    }

    @Test
    void numberThatWasNeverAcknowledged_isNotMissed() {
        entries(1, 2, 3);
        ledger.end(2);
        assertThat(ledger.sums()).isEqualTo(sums(3, 0, 0, 0));
    }

    @Test
    void gap_coversWhatItCounts() {
        entries(1);
        ledger.gap(3L);
        ledger.gap(2L);
        entries(7);
        assertThat(ledger.sums()).isEqualTo(sums(2, 5, 0, 0));
    }

    @Test
    void gapAtTheEnd_coversToo() {
        entries(1);
        ledger.gap(3L);
        ledger.end(4);
        assertThat(ledger.sums()).isEqualTo(sums(1, 3, 0, 0));
    }

    @Test
    void gapThatIsTooSmall_leavesTheRestLost() {
        entries(1);
        ledger.gap(3L);
        entries(7);
        assertThat(ledger.sums()).isEqualTo(new Sums(2, 3, 0, 0, 2, 0, 0, 0));
    }

    @Test
    void gapThatIsTooLarge_isMisstated() {
        entries(1);
        ledger.gap(3L);
        entries(3);
        assertThat(ledger.sums()).isEqualTo(new Sums(2, 1, 0, 0, 0, 0, 0, 2));
        assertThat(ledger.sums().isFaulty()).isTrue();
    }

    @Test
    void repeatedNumber_isDuplicated() {
        entries(1, 2, 2, 1, 3);
        assertThat(ledger.sums()).isEqualTo(new Sums(3, 0, 0, 0, 0, 2, 0, 0));
        assertThat(ledger.sums().isFaulty()).isTrue();
    }

    @Test
    void lateNumber_isReordered_andNotLost_andDuplicatedTheSecondTime() {
        entries(1, 5, 3);
        assertThat(ledger.sums()).isEqualTo(new Sums(2, 0, 0, 0, 2, 0, 1, 0));
        entries(3, 2, 4);
        assertThat(ledger.sums()).isEqualTo(new Sums(2, 0, 0, 0, 0, 1, 3, 0));
    }

    @Test
    void changeOfEpoch_accountsForSkippedAndRepeatedNumbers() {
        entries(1, 2, 3);
        ledger.gap(null);
        ledger.entry(new Position("f", 1), 6);
        assertThat(ledger.sums()).isEqualTo(sums(4, 0, 2, 1));
        ledger.entry(new Position("g", 1), 5);
        ledger.entry(new Position("g", 2), 6);
        ledger.entry(new Position("g", 3), 7);
        ledger.end(7);
        assertThat(ledger.sums()).isEqualTo(sums(7, 0, 4, 2));
    }

    @Test
    void changeOfEpoch_doesNotAccountForLaterNumbers() {
        ledger.entry(new Position("e", 1), 1);
        ledger.entry(new Position("f", 1), 2);
        ledger.entry(new Position("f", 2), 4);
        assertThat(ledger.sums().lost()).isEqualTo(1);
    }

    @Test
    void storageWithOlderData_repeatsOldNumbers_andThenHasNewOnes() {
        entries(1, 2, 3, 4, 5);
        ledger.entry(new Position("f", 1), 1);
        ledger.entry(new Position("f", 2), 2);
        ledger.entry(new Position("f", 3), 6);
        assertThat(ledger.sums()).isEqualTo(sums(8, 0, 8, 1));
        ledger.entry(new Position("g", 1), 2);
        ledger.entry(new Position("g", 2), 8); // 7 is nowhere
        assertThat(ledger.sums().lost()).isEqualTo(1);
        ledger.entry(new Position("g", 3), 7);
        assertThat(ledger.sums().reordered()).isEqualTo(1);
    }

    @Test
    void clear_accountsForClearedNumbers() {
        entries(1);
        ledger.cleared();
        entries(5, 6);
        assertThat(ledger.sums()).isEqualTo(sums(3, 0, 3, 0));
    }

    @Test
    void manyHoles_areCountedThoughNotAllAreKept() {
        LongStream.rangeClosed(1, 5000).forEach(i -> entries(2 * i));
        assertThat(ledger.sums().lost()).isEqualTo(5000);
        entries(9999);
        assertThat(ledger.sums().reordered()).isEqualTo(1);
        entries(1);
        assertThat(ledger.sums().duplicated()).isEqualTo(1); // too old to be distinguished from a repetition
    }
}
