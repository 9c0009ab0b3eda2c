package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The time of day that all brokers share, with a clock of this machine that the test sets. */
@Tag("unit")
final class StorageClockTest {

    private static final long NOW = 1_763_820_000_000L;
    private static final long DAY = TimeUnit.DAYS.toMillis(1);

    private final AtomicLong own = new AtomicLong(NOW);
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // it may overflow
    private final StorageClock clock = new StorageClock(own::get, nanos::get);

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
        own.addAndGet(millis);
    }

    @Test
    void beforeStorageAnswered_itIsTheTimeOfThisMachine() {
        pass(5);
        assertThat(clock.millis()).isEqualTo(NOW + 5);
    }

    @Test
    void afterStorageAnswered_itIsTheTimeOfStorage_whateverThisMachinesClockShows() {
        clock.set(NOW - DAY, clock.nanos());
        pass(10);
        own.addAndGet(3 * DAY);
        assertThat(clock.millis()).isEqualTo(NOW - DAY + 10);
        clock.set(NOW + DAY, clock.nanos());
        assertThat(clock.millis()).isEqualTo(NOW + DAY);
    }

    @Test
    void slowAnswer_countsAsTheTimeInItsMiddle() {
        long asked = clock.nanos();
        pass(3000);
        clock.set(NOW + 1500, asked);
        assertThat(clock.millis()).isEqualTo(NOW + 3000);
    }

    @Test
    void slowAnswer_isIgnored_ifTheTimeIsKnown() {
        clock.set(NOW, clock.nanos());
        long asked = clock.nanos();
        pass(1001);
        clock.set(NOW + DAY, asked);
        assertThat(clock.millis()).isEqualTo(NOW + 1001);
    }
}
