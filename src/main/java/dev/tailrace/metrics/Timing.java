package dev.tailrace.metrics;

import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** A histogram of durations. Thread-safe. */
public final class Timing {

    private final Timer timer;

    Timing(Timer timer) {
        this.timer = timer;
    }

    /** Records a duration; a negative one, which a clock that was set back measures, counts as 0. */
    public void nanos(long nanos) {
        timer.record(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }
}
