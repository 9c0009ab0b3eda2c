package dev.tailrace.storage.redis.link;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long opening a connection may take. It is several round trips, so over a slow link it takes longer than over a fast one, and
 * nobody knows beforehand which one it is: the limit doubles with each attempt that was not done in time, and follows how long it
 * took when one was. A fast link keeps the short limit, with which a server that hangs is noticed soon. Used by all event
 * loops.
 */
final class ConnectLimit {

    /** Round trips of a second each, as many as it takes. */
    private static final int MOST_TIMES = 8;

    /** A link that took so long once may take this much longer the next time. */
    private static final int MARGIN = 4;

    private final long least;
    private final AtomicLong millis;

    ConnectLimit(Duration least) {
        this.least = least.toMillis();
        this.millis = new AtomicLong(this.least);
    }

    long millis() {
        return millis.get();
    }

    /** An attempt with this limit was not done in time. */
    void exceeded(long limit) {
        // Of those that were made at the same time, one counts.
        millis.compareAndSet(limit, within(2 * limit));
    }

    void took(long elapsed) {
        millis.set(within(MARGIN * elapsed));
    }

    private long within(long wanted) {
        return Math.max(least, Math.min(wanted, MOST_TIMES * least));
    }
}
