package dev.tailrace.server;

import dev.tailrace.broker.Activity;
import dev.tailrace.ring.Ring;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells storage every few seconds which devices this broker has seen. */
final class RollCall {

    private static final Logger log = LoggerFactory.getLogger(RollCall.class);

    private static final long INTERVAL_MILLIS = 2000;

    private final Vertx vertx;
    private final Activity activity;

    RollCall(Vertx vertx, Activity activity) {
        this.vertx = vertx;
        this.activity = activity;
    }

    /** Begins to tell, on the calling event loop and through its ring. */
    void begin(Ring ring) {
        vertx.setPeriodic(INTERVAL_MILLIS, id -> tick(ring));
    }

    private void tick(Ring ring) {
        Activity.Seen seen = activity.tick(INTERVAL_MILLIS / 1000.0);
        if (!seen.active().isEmpty() || !seen.connected().isEmpty()) {
            ring.touch(seen.active(), seen.connected())
                    .onFailure(cause -> log.debug("Devices not noted: {}", cause.getMessage()));
        }
    }
}
