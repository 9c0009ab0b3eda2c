package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PendingBudgetTest {

    private final PendingBudget budget = new PendingBudget(100);

    @Test
    void budget_withinItsLimit_stopsNobody() {
        budget.add(100);

        assertThat(budget.isOverdrawn()).isFalse();
        assertThat(budget.bytes()).isEqualTo(100);
    }

    @Test
    void budget_overItsLimit_hasRoomAgainAtThreeQuarters_andSaysSoOnce() {
        AtomicInteger told = new AtomicInteger();
        budget.onRoom(told::incrementAndGet);
        budget.add(101);
        assertThat(budget.isOverdrawn()).isTrue();

        budget.remove(25);
        assertThat(budget.isOverdrawn()).isFalse();
        assertThat(budget.hasRoom()).isFalse();
        assertThat(told).hasValue(0);

        budget.remove(1);
        budget.remove(1);
        assertThat(budget.hasRoom()).isTrue();
        assertThat(told).hasValue(1);
    }

    @Test
    void whatWaitsForItsSender_hasHalf_soThatItNeverStopsTheOthers() {
        assertThat(budget.hold(50)).isTrue();
        assertThat(budget.hold(1)).isFalse();
        assertThat(budget.bytes()).isEqualTo(50);
        assertThat(budget.hasRoom()).isTrue();

        budget.release(1);
        assertThat(budget.hold(1)).isTrue();
        budget.release(50);
        assertThat(budget.bytes()).isZero();
    }

    @Test
    void whatWasNotReadYet_isCounted_andStopsNobody() {
        budget.unread(1000);

        assertThat(budget.bytes()).isEqualTo(1000);
        assertThat(budget.isOverdrawn()).isFalse();
        assertThat(budget.hasRoom()).isTrue();
    }
}
