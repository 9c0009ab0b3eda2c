package dev.tailrace.storage.redis.link;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class CallWindowTest {

    private static final int CALL = 100_000;
    private static final long GOAL = MILLISECONDS.toNanos(500);

    private final CallWindow window = new CallWindow(GOAL, 64_000_000);

    /** Fills the window, and answers all of it at a rate in bytes per second. */
    private long fill(long rate) {
        long[] before = new long[10_000];
        int calls = 0;
        while (window.hasRoom(CALL)) {
            before[calls++] = window.onSend(CALL);
        }
        for (int i = 0; i < calls; i++) {
            window.onAnswer(CALL, before[i], (long) ((i + 1) * (double) CALL / rate * 1e9));
        }
        return (long) calls * CALL;
    }

    @Test
    void fastAnswers_growItToAllThatMayBeInFlight() {
        for (int i = 0; i < 12; i++) {
            fill(1_000_000_000);
        }
        assertThat(fill(1_000_000_000)).isBetween(63_000_000L, 64_000_000L);
    }

    @Test
    void steadyRate_settlesAtWhatIsAnsweredWithinTheGoal() {
        for (int i = 0; i < 12; i++) {
            fill(8_000_000);
        }
        assertThat(fill(8_000_000)).isBetween(3_500_000L, 4_000_000L);
    }

    @Test
    void rateFalls_shrinksIt() {
        for (int i = 0; i < 12; i++) {
            fill(8_000_000);
        }
        fill(2_000_000);
        assertThat(fill(2_000_000)).isBetween(900_000L, 1_000_000L);
    }

    @Test
    void nothingInFlight_hasRoomForAnyCall() {
        assertThat(window.hasRoom(1_000_000_000)).isTrue();
        long before = window.onSend(1_000_000_000);
        assertThat(window.hasRoom(1)).isFalse();
        window.onAnswer(1_000_000_000, before, GOAL * 1000);
        assertThat(window.hasRoom(1_000_000_000)).isTrue();
    }

    @Test
    void verySlow_aLargeCallIsExpectedToTakeLong() {
        assertThat(window.expectedNanos(256_000)).isZero();
        long before = window.onSend(17_000);
        window.onAnswer(17_000, before, MILLISECONDS.toNanos(250)); // 68 KB/s
        assertThat(window.expectedNanos(256_000)).isBetween(MILLISECONDS.toNanos(3_700), MILLISECONDS.toNanos(3_800));
    }

    @Test
    void oneSmallCallDelayed_doesNotChangeTheRate() {
        long before = window.onSend(500);
        window.onAnswer(500, before, GOAL * 2);
        assertThat(window.expectedNanos(256_000)).isZero();
    }

    @Test
    void fewBytesAnsweredFast_growItNoFasterThanTheyAre() {
        long before = window.onSend(100);
        window.onAnswer(100, before, 1);
        assertThat(window.hasRoom(1)).isTrue();
        window.onSend(1);
        assertThat(window.hasRoom(300_000)).isFalse();
    }
}
