package dev.tailrace.storage.redis.link;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long opening a connection may take. It takes several round trips, so it takes longer over a slow link than over a
 * fast one, and the speed of the link is not known beforehand. The limit doubles with each attempt that exceeds it, and
 * follows the measured time after an attempt that did not. A fast link keeps the short limit, so that a server that
 * hangs is noticed soon. Used by all event loops.
 */
final class ConnectLimit {

    /** Round trips of a second each, as many as opening takes. */
    private static final int MOST_TIMES = 8;

    /** A link that took so long once may take this multiple of it the next time. */
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

    /** An attempt with this limit was not complete in time. */
    void exceeded(long limit) {
        // Of several concurrent attempts, one counts.
        millis.compareAndSet(limit, within(2 * limit));
    }

    void took(long elapsed) {
        millis.set(within(MARGIN * elapsed));
    }

    private long within(long wanted) {
        return Math.max(least, Math.min(wanted, MOST_TIMES * least));
    }
}
