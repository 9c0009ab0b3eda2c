package dev.tailrace.server;

import dev.tailrace.broker.Activity;
import dev.tailrace.model.DeviceId;
import dev.tailrace.ring.Ring;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells storage every few seconds which devices this broker has seen. While storage has not answered it is not told again: what
 * it missed is part of the next call. Used on one event loop.
 */
final class RollCall {

    private static final Logger log = LoggerFactory.getLogger(RollCall.class);

    private static final long INTERVAL_MILLIS = 2000;

    private final Vertx vertx;
    private final Activity activity;

    /** Devices that wrote and that storage was not told of; as many as wrote since the call that it answers. */
    private Set<DeviceId> active = new HashSet<>();

    private boolean underWay;

    RollCall(Vertx vertx, Activity activity) {
        this.vertx = vertx;
        this.activity = activity;
    }

    /** Begins to tell, on the calling event loop and through its ring. */
    void begin(Ring ring) {
        vertx.setPeriodic(INTERVAL_MILLIS, id -> tick(ring));
    }

    void tick(Ring ring) {
        Activity.Seen seen = activity.tick(INTERVAL_MILLIS / 1000.0);
        active.addAll(seen.active());
        if (underWay || (active.isEmpty() && seen.connected().isEmpty())) {
            return;
        }
        underWay = true;
        Set<DeviceId> told = active;
        active = new HashSet<>();
        ring.touch(told, seen.connected())
                .onFailure(cause -> log.debug("Devices not noted: {}", cause.getMessage()))
                .onComplete(answer -> underWay = false);
    }
}
