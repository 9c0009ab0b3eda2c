package dev.tailrace.egress.history;

import dev.tailrace.broker.Broker;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import io.vertx.core.Future;

/**
 * Finds the first entry received at or after a time, by bisection, because entries are in the order in which they were
 * received.
 */
public final class ReceiveTimeSearch {

    private final Broker broker;
    private final DeviceId device;
    private final long start;

    /** @param start epoch milliseconds */
    public ReceiveTimeSearch(Broker broker, DeviceId device, long start) {
        this.broker = broker;
        this.device = device;
        this.start = start;
    }

    /**
     * The first offset from {@code from} on whose entry was received at the time or later; {@code last + 1} for none.
     */
    public Future<Long> firstOf(long from, long last) {
        if (from > last) {
            return Future.succeededFuture(from);
        }
        return isLate(from).compose(late -> late ? Future.succeededFuture(from) : between(from + 1, last + 1));
    }

    /** All entries before {@code low} are too old, and the entry at {@code high} is not. */
    private Future<Long> between(long low, long high) {
        if (low >= high) {
            return Future.succeededFuture(high);
        }
        long middle = (low + high) >>> 1;
        return isLate(middle).compose(late -> late ? between(low, middle) : between(middle + 1, high));
    }

    private Future<Boolean> isLate(long offset) {
        return broker.read(device, offset, 1, 1).map(page -> {
            Entries entries = page.entries();
            return entries.isEmpty() || Entry.receivedAt(entries.bytes(), entries.start(0), entries.end(0)) >= start;
        });
    }
}
