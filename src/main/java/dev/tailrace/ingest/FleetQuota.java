package dev.tailrace.ingest;

import dev.tailrace.auth.Fleets;
import dev.tailrace.model.DeviceId;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Charges a device's lines to the rate limit of its fleet. The fleet is looked up now and then; lines that arrive
 * before the first answer are charged after it.
 */
final class FleetQuota {

    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Fleets fleets;
    private final DeviceId device;
    private final Runnable whenKnown;
    private @Nullable String fleet;
    private boolean asking;
    private boolean known;
    private long askedAt;
    private int lines; // received while the fleet is not known
    private long bytes;

    /** @param whenKnown runs each time that the fleet was looked up; then {@link #take} charges what is due */
    FleetQuota(Fleets fleets, DeviceId device, Runnable whenKnown) {
        this.fleets = fleets;
        this.device = device;
        this.whenKnown = whenKnown;
    }

    /** As {@link Rates#takeOfFleet}; 0 while the fleet is not known. */
    long take(Rates rates, int moreLines, int moreBytes) {
        lines += moreLines;
        bytes += moreBytes;
        if (!asking && (!known || System.nanoTime() - askedAt > ASK_AGAIN_NANOS)) {
            ask();
        }
        return known ? settle(rates) : 0;
    }

    private void ask() {
        asking = true;
        askedAt = System.nanoTime();
        fleets.of(device).onComplete(answer -> {
            asking = false;
            if (answer.succeeded()) {
                fleet = answer.result();
                known = true;
                whenKnown.run();
            }
        });
    }

    private long settle(Rates rates) {
        long debt = rates.takeOfFleet(fleet, lines, bytes);
        lines = 0;
        bytes = 0;
        return debt;
    }
}
