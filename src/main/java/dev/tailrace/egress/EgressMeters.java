package dev.tailrace.egress;

import dev.tailrace.metrics.Metrics;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** The metrics of streams that the broker itself does not have. Called from all event loops. */
public final class EgressMeters {

    private final Metrics metrics;
    private final LongAdder placesLost;

    public EgressMeters(Metrics metrics) {
        this.metrics = metrics;
        placesLost = metrics.counter(
                "tailrace.places.lost",
                "Readers of several devices that resumed from positions that storage no longer kept");
    }

    /** Registers the number of bytes that are held for readers; once. */
    public void pendingBytes(LongSupplier bytes) {
        metrics.gauge("tailrace.stream.pending.bytes", "Bytes that readers have not accepted yet", bytes);
    }

    /** A reader of several devices reconnected, and its positions are not stored any more. */
    void placesLost() {
        placesLost.increment();
    }
}
