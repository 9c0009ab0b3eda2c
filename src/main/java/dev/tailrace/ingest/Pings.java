package dev.tailrace.ingest;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Asks the devices of one event loop, each once per interval, whether they are still there: one timer, which attends to a
 * fraction of the sockets each time, so that ten thousand of them cost neither a timer each nor a spike.
 */
final class Pings {

    private static final int TICKS = 20;
    private static final long TICK_MILLIS = 1000;

    private final List<Set<WebSocketIngest>> slots = new ArrayList<>();
    private int now;

    Pings(Vertx vertx) {
        for (int i = 0; i < TICKS; i++) {
            slots.add(new HashSet<>());
        }
        vertx.setPeriodic(TICK_MILLIS, id -> tick());
    }

    /** The socket is asked from now on, until it is removed from the set. */
    Set<WebSocketIngest> join(WebSocketIngest socket) {
        Set<WebSocketIngest> slot = slots.get(now);
        slot.add(socket);
        return slot;
    }

    private void tick() {
        now = (now + 1) % TICKS;
        for (WebSocketIngest socket : List.copyOf(slots.get(now))) {
            socket.ping();
        }
    }
}
