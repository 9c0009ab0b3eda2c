package dev.tailrace.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.RingState;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class SubscriptionTest {

    private static final RingState STATE = new RingState("e1", 10, 3, 2, "e0", 1);

    private final Subscription subscription = new Subscription(new DeviceId("pump-7"));

    @Test
    void nothingAnnouncedWhileReading_stateIsTakenAsItIs() {
        subscription.heard("e1", 50);
        subscription.beginReading();
        assertThat(subscription.upToDate(STATE)).isEqualTo(STATE);
    }

    @Test
    void newerEntriesAnnouncedWhileReading_arePartOfTheState() {
        subscription.beginReading();
        subscription.heard("e1", 12);
        assertThat(subscription.upToDate(STATE)).isEqualTo(new RingState("e1", 12, 3, 2, "e0", 1));
    }

    @Test
    void olderEntriesAnnouncedWhileReading_changeNothing() {
        subscription.beginReading();
        subscription.heard("e1", 9);
        assertThat(subscription.upToDate(STATE)).isEqualTo(STATE);
    }

    @Test
    void anotherEpochAnnouncedWhileReading_isReadAgain() {
        subscription.beginReading();
        subscription.heard("e2", 11);
        assertThat(subscription.upToDate(STATE)).isNull();
        subscription.beginReading();
        assertThat(subscription.upToDate(STATE)).isEqualTo(STATE);
    }

    @Test
    void clearAnnouncedWhileReading_isReadAgain() {
        subscription.beginReading();
        subscription.heardOtherChange();
        assertThat(subscription.upToDate(STATE)).isNull();
    }
}
