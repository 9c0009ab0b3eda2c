package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class PendingBudgetTest {

    private final PendingBudget budget = new PendingBudget(100);

    @Test
    void budget_withinItsLimit_stopsNoSender() {
        budget.add(100);

        assertThat(budget.isOverdrawn()).isFalse();
        assertThat(budget.bytes()).isEqualTo(100);
    }

    @Test
    void budget_overItsLimit_hasRoomAgainAtThreeQuarters_andNotifiesWaitingSenders() {
        AtomicInteger told = new AtomicInteger();
        budget.onRoom(told::incrementAndGet);
        budget.waits(1);
        budget.add(101);
        assertThat(budget.isOverdrawn()).isTrue();

        budget.add(-25);
        assertThat(budget.isOverdrawn()).isFalse();
        assertThat(budget.hasRoom()).isFalse();
        assertThat(told).hasValue(0);

        budget.add(-1);
        assertThat(budget.hasRoom()).isTrue();
        assertThat(told).hasValue(1);
        budget.waits(-1);
        budget.add(-1);
        assertThat(told).as("no caller waits").hasValue(1);
    }

    @Test
    void caller_hasAPartOfWhatAllLeaveFree_overAllItsSenders() {
        Account device = new Account("device", Account.NARROW);
        Account collector = new Account("collector", Account.WIDE);
        PendingShare one = budget.open(device);
        PendingShare another = budget.open(device);
        one.add(20);
        another.add(5);
        assertThat(one.isOverdrawn()).isFalse();
        another.add(1);
        assertThat(one.isOverdrawn()).isTrue();
        assertThat(budget.isOverdrawn(device)).isTrue();
        assertThat(budget.isOverdrawn(collector)).isFalse();

        PendingShare wide = budget.open(collector);
        wide.add(37);
        assertThat(wide.isOverdrawn()).isFalse();
        wide.add(1);
        assertThat(wide.isOverdrawn()).isTrue();
        assertThat(budget.isOverdrawn(new Account("newcomer", Account.NARROW))).isFalse();
    }

    @Test
    void callerOverItsShare_hasRoomAgainAtThreeQuartersOfIt() {
        PendingShare share = budget.open(new Account("collector", Account.WIDE));
        share.add(51);
        assertThat(share.isOverdrawn()).isTrue();
        share.remove(7);
        assertThat(share.isOverdrawn()).isFalse();
        assertThat(share.hasRoom()).isFalse();
        share.remove(1);
        assertThat(share.hasRoom()).isTrue();
        assertThat(share.room()).isEqualTo(7);
    }

    @Test
    void unfinishedInput_hasHalfOfTheBudget_soThatItNeverStopsOtherSenders() {
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
    void unreadBytes_areCounted_andStopNoSender() {
        budget.unread(1000);

        assertThat(budget.bytes()).isEqualTo(1000);
        assertThat(budget.isOverdrawn()).isFalse();
        assertThat(budget.hasRoom()).isTrue();
    }
}
