package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class BackoffTest {

    private final Backoff backoff = new Backoff();

    @Test
    void delay_doublesUpToTheMaximum_andIsAtLeastHalfOfIt() {
        assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
        assertThat(backoff.next()).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
        for (int i = 0; i < 10; i++) {
            backoff.next();
        }
        assertThat(backoff.next()).isBetween(Duration.ofMillis(2500), Duration.ofSeconds(5));
    }

    @Test
    void success_startsOver() {
        backoff.next();
        backoff.next();
        backoff.succeeded();
        assertThat(backoff.failures()).isZero();
        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }

    @Test
    void requestedDelay_isTheMinimum_forAllAttempts() {
        backoff.ask(Duration.ofSeconds(1));
        assertThat(backoff.next()).isGreaterThan(Duration.ofSeconds(1));
        assertThat(backoff.next()).isGreaterThan(Duration.ofSeconds(1));
    }

    @Test
    void delayRequestedOnce_isTheMinimum_forOneAttempt() {
        backoff.askOnce(Duration.ofSeconds(9));
        assertThat(backoff.next()).isGreaterThan(Duration.ofSeconds(9));
        assertThat(backoff.next()).isLessThan(Duration.ofSeconds(9));
    }

    @Test
    void requestedDelay_isCapped() {
        backoff.ask(Duration.ofDays(9));
        assertThat(backoff.next()).isLessThanOrEqualTo(Backoff.LONGEST_ASKED.plus(Backoff.FIRST));
    }
}
