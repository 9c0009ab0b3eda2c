package dev.tailrace.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The delay before the next attempt to connect: it grows with each attempt, is jittered, and is never less than the
 * delay that the broker requested.
 */
public final class Backoff {

    public static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LAST = Duration.ofSeconds(5);

    /** Cap on the delay that a broker may request. */
    static final Duration LONGEST_ASKED = Duration.ofMinutes(2);

    private final Duration first;
    private final Duration last;
    private Duration spread;
    private Duration asked = Duration.ZERO;
    private Duration askedOnce = Duration.ZERO;
    private int failures;

    public Backoff() {
        this(FIRST, LAST);
    }

    public Backoff(Duration first, Duration last) {
        this.first = first;
        this.last = last;
        this.spread = first;
    }

    /**
     * The delay before the next attempt: the requested delay plus half to all of a spread that doubles with each
     * attempt.
     */
    public Duration next() {
        Duration floor = max(asked, askedOnce);
        long nanos = spread.toNanos();
        Duration wait = floor.plusNanos(ThreadLocalRandom.current().nextLong(nanos / 2, nanos + 1));
        askedOnce = Duration.ZERO;
        spread = min(spread.multipliedBy(2), last);
        failures++;
        return wait;
    }

    /** Resets the delay, because a connection made progress. */
    public void succeeded() {
        spread = first;
        failures = 0;
    }

    /** Attempts since the last success. */
    int failures() {
        return failures;
    }

    /** Sets the minimum delay that the broker requests for all further attempts. */
    public void ask(Duration wait) {
        asked = min(wait, LONGEST_ASKED);
    }

    /** Sets the minimum delay that the broker requests for the next attempt. */
    public void askOnce(Duration wait) {
        askedOnce = min(wait, LONGEST_ASKED);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
