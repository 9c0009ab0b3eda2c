package dev.tailrace.egress;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The heartbeat of one event loop's streams, and the watch over those that have stalled: one timer, which attends to a
 * fraction of the streams each time, so that ten thousand of them cost no spike.
 */
final class Pulse {

    private static final int TICKS = 15; // per heartbeat interval

    private final List<Set<LiveStream>> slots = new ArrayList<>();
    private int now;

    Pulse(Vertx vertx, long intervalMillis) {
        for (int i = 0; i < TICKS; i++) {
            slots.add(new HashSet<>());
        }
        vertx.setPeriodic(Math.max(1, intervalMillis / TICKS), id -> tick());
    }

    /** The stream is attended to once per interval from now on. */
    Set<LiveStream> join(LiveStream stream) {
        Set<LiveStream> slot = slots.get(now);
        slot.add(stream);
        return slot;
    }

    /** All streams of this loop. */
    List<LiveStream> streams() {
        return slots.stream().flatMap(Set::stream).toList();
    }

    private void tick() {
        now = (now + 1) % TICKS;
        for (LiveStream stream : List.copyOf(slots.get(now))) {
            stream.guarded(LiveStream::beat);
        }
    }
}
