package dev.tailrace.broker;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Attends to the connections of one event loop, to each once per interval. One timer attends to a fraction of them at
 * each tick, so that ten thousand cost neither a timer each nor a spike, and connections that are opened together, as
 * after a restart, are spread over the interval. The interval counts the time for which the loop was running: after a
 * pause of the process, or a long task on the loop, missed ticks are not made up for, so no connection is attended to
 * several times before the loop could read what arrived meanwhile. Touched on one event loop only.
 */
public final class Wheel<T> {

    private final List<Set<T>> slots = new ArrayList<>();
    private final Consumer<T> attend;
    private final BiConsumer<T, Throwable> failed;
    private final LongSupplier nanoTime;
    private final long tickNanos;
    private int now;
    private int joined;
    private long tickedAt;
    private long nanos; // for which the loop was running, at the latest tick
    private long attendedNanos; // for which slots were attended to

    /**
     * @param intervalMillis in which each member is attended to once, in milliseconds
     * @param ticks into which the interval is divided
     * @param failed is given a member that threw when it was attended to, and the exception; the others are attended to
     */
    public Wheel(Vertx vertx, long intervalMillis, int ticks, Consumer<T> attend, BiConsumer<T, Throwable> failed) {
        this(Math.max(1, intervalMillis / ticks), ticks, attend, failed, System::nanoTime);
        vertx.setPeriodic(TimeUnit.NANOSECONDS.toMillis(tickNanos), id -> tick());
    }

    /** A wheel that is ticked by hand. */
    Wheel(long tickMillis, int ticks, Consumer<T> attend, BiConsumer<T, Throwable> failed, LongSupplier nanoTime) {
        this.attend = attend;
        this.failed = failed;
        this.nanoTime = nanoTime;
        this.tickNanos = TimeUnit.MILLISECONDS.toNanos(tickMillis);
        this.tickedAt = nanoTime.getAsLong();
        for (int i = 0; i < ticks; i++) {
            slots.add(new HashSet<>());
        }
    }

    /** The member is attended to from now on, until it is removed from the returned set. */
    public Set<T> join(T member) {
        joined = (joined + 1) % slots.size();
        Set<T> slot = slots.get(joined);
        slot.add(member);
        return slot;
    }

    /** All members. */
    public List<T> members() {
        return slots.stream().flatMap(Set::stream).toList();
    }

    /**
     * Time for which the loop was running, in nanoseconds. Of the time between two ticks at most twice their interval
     * counts. It changes with each tick only.
     */
    public long nanos() {
        return nanos;
    }

    void tick() {
        long at = nanoTime.getAsLong();
        nanos += Math.min(at - tickedAt, 2 * tickNanos);
        tickedAt = at;
        while (nanos - attendedNanos > tickNanos / 2) { // a half, because ticks come a little early or late
            attendedNanos += tickNanos;
            now = (now + 1) % slots.size();
            attendTo(slots.get(now));
        }
    }

    private void attendTo(Set<T> slot) {
        for (T member : List.copyOf(slot)) {
            try {
                attend.accept(member);
            } catch (Throwable failure) {
                failed.accept(member, failure);
            }
        }
    }
}
