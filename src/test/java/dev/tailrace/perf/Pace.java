package dev.tailrace.perf;

import java.time.Duration;

/** How long a load runs before it counts, and how long it counts. */
record Pace(Duration warmup, Duration duration) {

    /** The pace for a server that has carried a similar load already. */
    static Pace change() {
        return new Pace(Duration.ofMillis(1700), Duration.ofMillis(300));
    }
}
