package dev.tailrace.client;

import java.io.IOException;
import java.time.Duration;

/**
 * How long a stream may be silent before its connection is taken for dead: two and a half of the intervals in which the broker
 * says that the stream is alive, as soon as it has told them.
 */
public final class Silence {

    private static final int HALF_INTERVALS = 5;

    /** A shorter silence may be a busy machine's. */
    private static final Duration LEAST = Duration.ofSeconds(1);

    private Duration limit;

    /** @param untold the limit until the broker tells its interval */
    public Silence(Duration untold) {
        this.limit = untold;
    }

    public Duration limit() {
        return limit;
    }

    /**
     * The stream said that it is alive.
     *
     * @param data of the event
     * @throws IOException when it cannot be read
     */
    public void alive(String data) throws IOException {
        long interval = JsonFields.read(data).number("interval", 0);
        if (interval > 0) {
            Duration told =
                    Duration.ofMillis(interval).multipliedBy(HALF_INTERVALS).dividedBy(2);
            limit = told.compareTo(LEAST) < 0 ? LEAST : told;
        }
    }
}
