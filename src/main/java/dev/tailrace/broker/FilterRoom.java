package dev.tailrace.broker;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the pages held on one event loop to which a costly filter still has to be applied, per caller and in total. A
 * request that gets no room waits without a page; callers take turns. Touched on the event loop only.
 */
final class FilterRoom {

    /** Pages of one caller. */
    static final int PER_CALLER = 8;

    /** Pages of all callers. A caller that holds none gets its first page until there are twice as many. */
    static final int CAPACITY = 32;

    /** Requests of one caller that may wait for room; more are refused. */
    static final int MOST_WAITING = 100;

    private final Map<Object, Integer> held = new HashMap<>();
    private final Map<Object, ArrayDeque<Waiting>> queues = new LinkedHashMap<>(); // the next caller first
    private final Runnable onRefused;
    private int all;

    FilterRoom(Runnable onRefused) {
        this.onRefused = onRefused;
    }

    /** A request that waits for room. */
    private record Waiting(Promise<Void> room, BooleanSupplier unwanted) {

        /** Fails waiting requests that have ended. */
        boolean isGone() {
            return unwanted.getAsBoolean() && room.tryFail(FilterWork.readerGone());
        }
    }

    /** Whether the caller gets no room now. */
    boolean isFull(Object caller) {
        int own = held.getOrDefault(caller, 0);
        return own >= PER_CALLER || all >= (own == 0 ? 2 * CAPACITY : CAPACITY);
    }

    /** Takes room, whether or not there is any, until {@link #leave}. */
    void take(Object caller) {
        held.merge(caller, 1, Integer::sum);
        all++;
    }

    /**
     * Takes room once there is some, until {@link #leave}.
     *
     * @param begun whether the request had room before; then it is not refused
     * @param unwanted whether the request has ended
     * @return fails with a {@link FilterRefusedException} when too many requests of the caller wait, or the request has
     *     ended
     */
    Future<Void> enter(Object caller, boolean begun, BooleanSupplier unwanted) {
        if (!queues.containsKey(caller) && !isFull(caller)) {
            take(caller);
            return Future.succeededFuture();
        }
        ArrayDeque<Waiting> queue = queues.computeIfAbsent(caller, who -> new ArrayDeque<>());
        if (!begun && queue.size() >= MOST_WAITING) {
            queue.removeIf(Waiting::isGone);
            if (queue.size() >= MOST_WAITING) {
                onRefused.run();
                return Future.failedFuture(new FilterRefusedException(FilterRefusedException.Reason.TOO_MANY));
            }
        }
        Promise<Void> room = Promise.promise();
        queue.addLast(new Waiting(room, unwanted));
        return room.future();
    }

    void leave(Object caller) {
        held.computeIfPresent(caller, (who, pages) -> pages == 1 ? null : pages - 1);
        all--;
        admit();
    }

    private void admit() {
        for (Object caller = next(); caller != null; caller = next()) {
            // removed, or it would not be next
            ArrayDeque<Waiting> queue = Objects.requireNonNull(queues.remove(caller));
            Waiting first = queue.removeFirst();
            if (!queue.isEmpty()) {
                queues.put(caller, queue); // after the others
            }
            if (!first.isGone()) {
                take(caller);
                first.room.complete();
            }
        }
    }

    /** The first waiting caller that gets room, or null. */
    private @Nullable Object next() {
        for (Iterator<Object> callers = queues.keySet().iterator(); callers.hasNext(); ) {
            Object caller = callers.next();
            if (!isFull(caller)) {
                return caller;
            }
        }
        return null;
    }

    boolean isEmpty() {
        return all == 0 && queues.isEmpty();
    }
}
