package dev.tailrace.storage.redis.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class ConnectLimitTest {

    private final ConnectLimit limit = new ConnectLimit(Duration.ofMillis(1000));

    @Test
    void attemptsThatAreNotDoneInTime_doubleIt_upToABound() {
        for (long expected : new long[] {2000, 4000, 8000, 8000}) {
            limit.exceeded(limit.millis());
            assertThat(limit.millis()).isEqualTo(expected);
        }
    }

    @Test
    void attemptsOfAllLoopsAtOnce_doubleItOnce() {
        limit.exceeded(1000);
        limit.exceeded(1000);
        limit.exceeded(1000);
        assertThat(limit.millis()).isEqualTo(2000);
    }

    @Test
    void connectionThatTookLong_leavesRoomForTheNext() {
        limit.took(1500);
        assertThat(limit.millis()).isEqualTo(6000);
    }

    @Test
    void fastConnection_bringsTheShortLimitBack() {
        limit.exceeded(1000);
        limit.took(3);
        assertThat(limit.millis()).isEqualTo(1000);
    }
}
