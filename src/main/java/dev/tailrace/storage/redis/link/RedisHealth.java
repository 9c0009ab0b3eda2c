package dev.tailrace.storage.redis.link;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sums up the connections of all event loops: Redis is up when none is missing. Reports each change once. Locked
 * because connections of all loops report here, a few times per outage.
 */
public final class RedisHealth {

    private static final Logger log = LoggerFactory.getLogger(RedisHealth.class);

    private final RedisEvents events;
    private final Rights rights = new Rights();

    private int missing;
    private boolean up;
    private String lastReason = "";

    public RedisHealth(RedisEvents events) {
        this.events = events;
    }

    /** The rights that the servers grant, which are independent of whether they can be reached. */
    public Rights rights() {
        return rights;
    }

    /** A connection that is wanted is missing. */
    synchronized void missing() {
        missing++;
        tell();
    }

    /** A connection that was missing is open, or is not wanted any more. */
    synchronized void settled() {
        missing--;
        tell();
    }

    /** A connection is open that was never missing. */
    synchronized void opened() {
        tell();
    }

    synchronized void reconnected() {
        events.reconnected();
    }

    /** Logs why a connection is missing: each reason once, until no connection is missing. */
    synchronized void because(String reason) {
        if (!reason.equals(lastReason)) {
            lastReason = reason;
            log.warn("{}", reason);
        }
    }

    public synchronized boolean isUp() {
        return up;
    }

    private void tell() {
        boolean now = missing == 0;
        if (now != up) {
            up = now;
            events.up(now);
            if (now) {
                lastReason = "";
                log.info("Redis can be reached");
            }
        }
    }
}
