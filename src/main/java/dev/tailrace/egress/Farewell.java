package dev.tailrace.egress;

import static dev.tailrace.egress.PeerSocket.GOING_AWAY;
import static dev.tailrace.egress.PeerSocket.POLICY_VIOLATION;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Why the broker ends a stream, and when its reader should reconnect.
 *
 * @param reason in the last event of the stream
 * @param spread the reader is asked to reconnect at a random moment within this time
 * @param closeCode of a WebSocket (RFC 6455, section 7.4.1)
 * @param closeReason of a WebSocket
 */
record Farewell(String reason, Duration spread, short closeCode, String closeReason) {

    /** Short, because streams that reach their lifetime do not end at the same time. */
    private static final Duration LIFETIME_SPREAD = Duration.ofMillis(400);

    private static final long LEAST_MILLIS = 100;

    static Farewell lifetime() {
        return new Farewell("lifetime", LIFETIME_SPREAD, GOING_AWAY, "reconnect");
    }

    static Farewell draining(EgressOptions options) {
        return new Farewell(
                "draining", options.reconnectSpread(), GOING_AWAY, "the broker is shutting down; reconnect");
    }

    /** The reader may not go on as it did. */
    static Farewell refused(String reason, EgressOptions options) {
        return new Farewell(reason, options.reconnectSpread(), POLICY_VIOLATION, reason);
    }

    /** After how many milliseconds one reader should reconnect; each call draws anew. */
    long retryMillis() {
        return LEAST_MILLIS + ThreadLocalRandom.current().nextLong(Math.max(1, spread.toMillis()));
    }
}
