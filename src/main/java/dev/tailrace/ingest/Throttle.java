package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Charges one sender's lines to the rate limits of its device and its fleet, and knows for how long the sender is to be
 * paused. Touched on the sender's event loop only.
 */
final class Throttle {

    private final Vertx vertx;
    private final Rates rates;
    private final DeviceId device;
    private final Runnable onEven;
    private final @Nullable FleetQuota fleetQuota;
    private int unchargedLines;
    private int unchargedBytes;
    private boolean overdrawn; // until evenAt
    private long evenAt;
    private boolean waiting;

    private Throttle(IngestServices ingest, DeviceId device, Runnable onEven) {
        this.vertx = ingest.vertx();
        this.rates = ingest.rates();
        this.device = device;
        this.onEven = onEven;
        this.fleetQuota = rates.asksForFleets() ? new FleetQuota(ingest.fleets(), device, this::charge) : null;
    }

    /**
     * Begins with the debt that other senders of the device left.
     *
     * @param onEven runs after {@link #waitUntilEven}, when the debt is paid off
     * @return null when there are no rate limits
     */
    static @Nullable Throttle of(IngestServices ingest, DeviceId device, Runnable onEven) {
        if (!ingest.rates().areLimited()) {
            return null;
        }
        var throttle = new Throttle(ingest, device, onEven);
        throttle.charge();
        return throttle;
    }

    /**
     * Counts lines that arrived; charges them when they are enough to be worth it, because all senders share the
     * limits.
     */
    void count(int lines, int bytes) {
        unchargedLines += lines;
        unchargedBytes += bytes;
        if (rates.isWorthTaking(unchargedLines, unchargedBytes)) {
            charge();
        }
    }

    /** Charges what was counted. */
    void charge() {
        long debt = rates.takeOfDevice(device, unchargedLines, unchargedBytes);
        if (fleetQuota != null) {
            debt = Math.max(debt, fleetQuota.take(rates, unchargedLines, unchargedBytes));
        }
        unchargedLines = 0;
        unchargedBytes = 0;
        if (debt > 0) {
            evenAt = System.nanoTime() + debt;
            overdrawn = true;
        }
    }

    /** Whether the sender is over a limit, and is not to be read. */
    boolean isOverdrawn() {
        overdrawn = overdrawn && evenAt - System.nanoTime() > 0;
        return overdrawn;
    }

    void waitUntilEven() {
        if (!waiting) {
            waiting = true;
            long millis = TimeUnit.NANOSECONDS.toMillis(evenAt - System.nanoTime()) + 1;
            vertx.setTimer(Math.max(1, millis), id -> {
                waiting = false;
                onEven.run();
            });
        }
    }
}
