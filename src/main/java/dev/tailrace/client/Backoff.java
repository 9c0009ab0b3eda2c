package dev.tailrace.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next attempt to connect: longer each time, never two clients alike, and never sooner than
 * the broker asked for.
 */
public final class Backoff {

    public static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LAST = Duration.ofSeconds(5);

    /** A broker may ask for patience, not for ever. */
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

    /** The wait before the next attempt: what was asked for, and half to all of a spread that doubles. */
    public Duration next() {
        Duration floor = max(asked, askedOnce);
        long nanos = spread.toNanos();
        Duration wait = floor.plusNanos(ThreadLocalRandom.current().nextLong(nanos / 2, nanos + 1));
        askedOnce = Duration.ZERO;
        spread = min(spread.multipliedBy(2), last);
        failures++;
        return wait;
    }

    /** A connection was of use: the next loss is a new one. */
    public void succeeded() {
        spread = first;
        failures = 0;
    }

    /** Attempts since the last success. */
    int failures() {
        return failures;
    }

    /** The broker names the least wait for all attempts from now on. */
    public void ask(Duration wait) {
        asked = min(wait, LONGEST_ASKED);
    }

    /** The broker names the least wait for the next attempt. */
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
