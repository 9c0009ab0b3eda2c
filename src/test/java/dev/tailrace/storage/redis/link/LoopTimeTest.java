package dev.tailrace.storage.redis.link;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class LoopTimeTest {

    private final AtomicLong clock = new AtomicLong(42);
    private final LoopTime time = new LoopTime(100, clock::get);

    private void tickAfter(long nanos) {
        clock.addAndGet(nanos);
        time.tick();
    }

    @Test
    void ticksInTime_countInFull() {
        tickAfter(MILLISECONDS.toNanos(100));
        tickAfter(MILLISECONDS.toNanos(130));
        assertThat(time.nanos()).isEqualTo(MILLISECONDS.toNanos(230));
    }

    @Test
    void pause_countsAsTwoTicks() {
        tickAfter(SECONDS.toNanos(60));
        assertThat(time.nanos()).isEqualTo(MILLISECONDS.toNanos(200));
    }

    @Test
    void repeatedTicksAfterAPause_countNothing() {
        tickAfter(SECONDS.toNanos(60));
        for (int i = 0; i < 599; i++) {
            tickAfter(0);
        }
        assertThat(time.nanos()).isEqualTo(MILLISECONDS.toNanos(200));
    }
}
