package dev.tailrace.storage.redis.link;

import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next attempt: from 50 ms, doubling up to 1 s, each at random between half of that and all
 * of it.
 */
final class Backoff {

    private static final long FIRST_MILLIS = 50;

    /** Low, so that a Redis that is available again is found well within five seconds. */
    private static final long MAX_MILLIS = 1000;

    private long next = FIRST_MILLIS;

    /** At random, so that the brokers do not all connect at the same moment. */
    long nextMillis() {
        long delay = next / 2 + ThreadLocalRandom.current().nextLong(next / 2 + 1);
        next = Math.min(MAX_MILLIS, next * 2);
        return Math.max(1, delay);
    }

    void reset() {
        next = FIRST_MILLIS;
    }
}
