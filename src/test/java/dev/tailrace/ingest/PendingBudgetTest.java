package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PendingBudgetTest {

    @Test
    void budget_withinItsLimit_pausesNobody() {
        PendingBudget budget = new PendingBudget(100);
        budget.join();
        budget.add(100);

        assertThat(budget.isOverdrawnBy(100)).isFalse();
        assertThat(budget.bytes()).isEqualTo(100);
    }

    @Test
    void budget_overItsLimit_pausesThoseAboveTheAverage() {
        PendingBudget budget = new PendingBudget(100);
        for (int i = 0; i < 3; i++) {
            budget.join();
        }
        budget.add(60 + 50 + 10);

        assertThat(budget.isOverdrawnBy(60)).isTrue();
        assertThat(budget.isOverdrawnBy(50)).isTrue();
        assertThat(budget.isOverdrawnBy(10)).isFalse();
        assertThat(budget.isOverdrawnBy(0)).isFalse();
    }

    @Test
    void budget_overItsLimit_alwaysPausesTheLargest() {
        PendingBudget budget = new PendingBudget(100);
        for (int i = 0; i < 7; i++) {
            budget.join();
        }
        budget.add(7 * 15);

        assertThat(budget.isOverdrawnBy(15)).isTrue();
    }

    @Test
    void budget_whenBytesAreStored_isWithinItsLimitAgain() {
        PendingBudget budget = new PendingBudget(100);
        budget.join();
        budget.add(150);
        budget.remove(60);

        assertThat(budget.isOverdrawnBy(90)).isFalse();
        budget.remove(90);
        budget.leave();
        assertThat(budget.bytes()).isZero();
        assertThat(budget.isOverdrawnBy(0)).isFalse();
    }
}
