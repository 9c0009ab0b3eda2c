package dev.tailrace.server;

import dev.tailrace.broker.Activity;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.DeviceDirectory.Sightings;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports the activity of this broker's devices to storage every few seconds, and lets it forget old devices every minute. */
final class ActivityReporter {

    private static final Logger log = LoggerFactory.getLogger(ActivityReporter.class);

    private static final long INTERVAL_MILLIS = 2000;

    private static final long PURGE_MILLIS = 60_000;

    private final Vertx vertx;
    private final Activity activity;
    private final DeviceDirectory directory;

    // Touched on one event loop only. There is at most one report and one purge at a time, even while storage is slow.
    private boolean reporting;
    private boolean purging;

    ActivityReporter(Vertx vertx, Activity activity, DeviceDirectory directory) {
        this.vertx = vertx;
        this.activity = activity;
        this.directory = directory;
    }

    /** Begins to report, on the calling event loop. */
    void begin() {
        vertx.setPeriodic(INTERVAL_MILLIS, id -> tick());
        vertx.setPeriodic(PURGE_MILLIS, id -> purge());
    }

    void tick() {
        activity.tick(INTERVAL_MILLIS / 1000.0);
        if (!reporting) {
            reporting = true;
            Sightings seen = activity.sightings();
            directory
                    .report(seen)
                    .onFailure(cause -> {
                        activity.notReported(seen);
                        log.debug("Cannot record device activity: {}", cause.getMessage());
                    })
                    .onComplete(done -> reporting = false);
        }
    }

    void purge() {
        if (!purging) {
            purging = true;
            directory
                    .purge()
                    .onFailure(cause -> log.debug("Cannot remove inactive devices: {}", cause.getMessage()))
                    .onComplete(done -> purging = false);
        }
    }
}
