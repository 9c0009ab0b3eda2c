package dev.tailrace.broker;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long flushes are put off, on the test's clock. */
@Tag("unit")
final class FlushPaceTest {

    private static final long FLUSH = MILLISECONDS.toNanos(5);

    private final FlushPace pace = new FlushPace(0);
    private long now;

    /** Flushes of the given time, each followed by a pause. */
    private void flush(int times, long pause) {
        for (int i = 0; i < times; i++) {
            pace.flushed(now, now + FLUSH);
            now += FLUSH + pause;
        }
    }

    private long delay() {
        return pace.notBefore() - now;
    }

    @Test
    void idleLoop_isNotDelayed() {
        now = MILLISECONDS.toNanos(10_000);
        flush(1, 0);
        assertThat(delay()).isZero();
    }

    @Test
    void flushingHalfTheTime_isNotDelayed() {
        flush(1000, FLUSH);
        assertThat(delay()).isLessThanOrEqualTo(0);
    }

    @Test
    void flushingAllTheTime_isDelayedTheLongest() {
        flush(1000, 0);
        assertThat(delay()).isEqualTo(FlushPace.MAX_DELAY_NANOS);
    }

    @Test
    void flushingThreeQuartersOfTheTime_isDelayedALittle() {
        flush(1000, FLUSH / 3);
        now -= FLUSH / 3;
        assertThat(delay()).isBetween(FlushPace.MAX_DELAY_NANOS / 3, FlushPace.MAX_DELAY_NANOS * 2 / 3);
    }

    @Test
    void burst_isNotDelayedAtOnce() {
        now = MILLISECONDS.toNanos(10_000);
        flush(2, 0);
        assertThat(delay()).isZero();
    }

    @Test
    void afterABusyTime_aPauseIsEnough() {
        flush(1000, 0);
        now += 2 * FlushPace.WINDOW_NANOS;
        flush(1, 0);
        assertThat(delay()).isZero();
    }
}
