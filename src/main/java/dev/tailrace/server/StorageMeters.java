package dev.tailrace.server;

import dev.tailrace.metrics.Metrics;
import dev.tailrace.storage.redis.link.RedisEvents;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** The metrics of storage, which does not know them itself. Thread-safe. */
public final class StorageMeters {

    private final Metrics metrics;
    private final LongAdder reconnects;
    private final LongAdder damages;

    StorageMeters(Metrics metrics) {
        this.metrics = metrics;
        reconnects =
                metrics.counter("tailrace.redis.reconnects", "Connections to Redis that were replaced after a loss");
        damages = metrics.counter("tailrace.ring.damaged", "Unexpected values found in Redis and skipped");
    }

    /**
     * Registers the announcements that wait for event loops; once.
     *
     * @param waitingBytes bytes of announcements that wait now
     * @param dropped number of announcements that were dropped since the start
     */
    public void announcements(LongSupplier waitingBytes, LongSupplier dropped) {
        metrics.gauge(
                "tailrace.announcements.pending.bytes",
                "Bytes of announcements that wait for an event loop",
                waitingBytes);
        metrics.counter(
                "tailrace.announcements.dropped",
                "Announcements dropped because too many waited for an event loop; readers read the ring instead",
                dropped);
    }

    /** Registers whether Redis responds, and returns what counts its events; once. */
    public RedisEvents ofRedis() {
        AtomicBoolean isUp = new AtomicBoolean();
        metrics.gauge("tailrace.redis.up", "Whether Redis responds", () -> isUp.get() ? 1 : 0);
        return new RedisEvents() {
            @Override
            public void up(boolean up) {
                isUp.set(up);
            }

            @Override
            public void reconnected() {
                reconnects.increment();
            }

            @Override
            public void damaged() {
                damages.increment();
            }
        };
    }
}
