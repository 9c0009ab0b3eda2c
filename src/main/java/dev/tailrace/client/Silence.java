package dev.tailrace.client;

import java.io.IOException;
import java.time.Duration;

/**
 * How long a stream may be silent before its connection is considered dead: two and a half heartbeat intervals, as soon
 * as the broker has sent its interval.
 */
public final class Silence {

    private static final int HALF_INTERVALS = 5;

    /** A shorter silence may be caused by a busy machine. */
    private static final Duration LEAST = Duration.ofSeconds(1);

    private Duration limit;

    /** @param initial the limit until the broker has sent its interval */
    public Silence(Duration initial) {
        this.limit = initial;
    }

    public Duration limit() {
        return limit;
    }

    /**
     * Handles a heartbeat.
     *
     * @param data the data of the event
     * @throws IOException when it cannot be read
     */
    public void alive(String data) throws IOException {
        long interval = JsonFields.read(data).number("interval", 0);
        if (interval > 0) {
            Duration announced =
                    Duration.ofMillis(interval).multipliedBy(HALF_INTERVALS).dividedBy(2);
            limit = announced.compareTo(LEAST) < 0 ? LEAST : announced;
        }
    }
}
