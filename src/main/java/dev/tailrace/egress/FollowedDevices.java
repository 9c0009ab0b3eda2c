package dev.tailrace.egress;

import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.Start;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * The devices that one stream follows, with a cursor for each. Cursors of many devices begin and are closed in slices,
 * so that a large fleet does not block the event loop. Touched on the stream's event loop only.
 */
final class FollowedDevices {

    /** Devices that begin or end in one tick of the event loop. */
    private static final int SLICE = 128;

    /** Between two slices. Tasks alone would not let the event loop read its sockets for up to a second. */
    private static final long SLICE_MILLIS = 1;

    private final Vertx vertx;
    private final FollowBudget budget;
    private final LiveStream stream;
    private final Map<DeviceId, Start> pending = new LinkedHashMap<>(); // have no cursor yet
    private final List<Cursor> cursors = new ArrayList<>(1);
    private int counted; // devices, in the budget
    private int open; // of the cursors

    FollowedDevices(Vertx vertx, FollowBudget budget, LiveStream stream) {
        this.vertx = vertx;
        this.budget = budget;
        this.stream = stream;
    }

    /** The first devices, whose cursors begin with {@link #subscribeSome}. */
    void add(Map<DeviceId, Start> starts) {
        pending.putAll(starts);
        count(pending.size());
    }

    /** Begins some cursors now and the others soon. */
    void subscribeSome() {
        Iterator<Map.Entry<DeviceId, Start>> next = pending.entrySet().iterator();
        for (int i = 0; i < SLICE && next.hasNext() && !stream.isClosed(); i++) {
            Map.Entry<DeviceId, Start> one = next.next();
            next.remove();
            subscribe(one.getKey(), one.getValue());
        }
        if (!pending.isEmpty()) {
            vertx.setTimer(SLICE_MILLIS, id -> stream.run(this::subscribeSome));
        }
    }

    private void subscribe(DeviceId device, Start start) {
        Cursor cursor = stream.subscribe(device, start);
        cursors.add(cursor);
        if (stream.isClosed()) {
            cursor.close();
        }
    }

    /** Replaces the devices: the cursors of others are closed, and new devices begin with their next entry. */
    void replace(Collection<DeviceId> devices) {
        Set<DeviceId> wanted = new LinkedHashSet<>(devices);
        pending.keySet().retainAll(wanted);
        wanted.removeAll(pending.keySet());
        cursors.removeIf(cursor -> !wanted.remove(cursor.device()) && release(cursor));
        boolean idle = pending.isEmpty();
        wanted.forEach(device -> pending.put(device, new Start.Tail(0)));
        count(size());
        if (idle) {
            subscribeSome();
        }
    }

    private boolean release(Cursor cursor) {
        cursor.close();
        open -= cursor.isOpen() ? 1 : 0;
        stream.left(cursor);
        return true;
    }

    /** The position of one more cursor is known. */
    void opened() {
        open++;
    }

    /** Whether the positions of all devices are known. */
    boolean areAllOpen() {
        return pending.isEmpty() && open == cursors.size();
    }

    int size() {
        return cursors.size() + pending.size();
    }

    /** One for each device that has begun. */
    List<Cursor> cursors() {
        return cursors;
    }

    private void count(int devices) {
        budget.follow(devices - counted);
        counted = devices;
    }

    /** Closes some cursors now and the others soon. */
    void close() {
        pending.clear();
        try {
            closeFrom(0);
        } finally {
            count(0);
        }
    }

    private void closeFrom(int first) {
        int end = Math.min(cursors.size(), first + SLICE);
        for (int i = first; i < end; i++) {
            cursors.get(i).close();
        }
        if (end < cursors.size()) {
            try {
                vertx.setTimer(SLICE_MILLIS, id -> closeFrom(end));
            } catch (RejectedExecutionException stopping) {
                closeFrom(end); // the event loop ends, and has nothing else to do
            }
        }
    }
}
