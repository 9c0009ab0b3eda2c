package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory.Sightings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What the devices of this broker are doing: connections, watchers, lines per second. Shared by all event loops. Knows
 * only devices that are connected, watched, or wrote within the last two ticks, so its size is bounded by them. A tick
 * costs by what happened since the last one, and nothing for devices that are silent.
 */
public final class Activity {

    /** A device that writes without a connection is reported with every so many ticks. */
    private static final int TICKS_PER_REPORT = 5;

    private final Map<DeviceId, Counters> devices = new ConcurrentHashMap<>();

    /** Devices that the next tick has to look at. */
    private final Set<DeviceId> marked = ConcurrentHashMap.newKeySet();

    // What the next report is about. Guarded by the first of these sets.
    private final Set<DeviceId> wrote = new HashSet<>();
    private final Set<DeviceId> moved = new HashSet<>(); // connected or disconnected

    private int ticks; // touched by the timer that ticks

    /** This broker's counts of one device. Rates are as of the last tick. */
    public record Counts(int connections, int watchers, double linesPerSecond, double bytesPerSecond) {
        static final Counts IDLE = new Counts(0, 0, 0, 0);
    }

    private static final class Counters {
        final AtomicInteger connections = new AtomicInteger();
        final AtomicInteger watchers = new AtomicInteger();
        final LongAdder lines = new LongAdder();
        final LongAdder bytes = new LongAdder();
        volatile boolean isMarked;
        volatile double linesPerSecond;
        volatile double bytesPerSecond;

        // Touched by the timer that ticks.
        boolean wasConnected;
        int reported = -TICKS_PER_REPORT; // the tick of the latest report that the device wrote

        void count(int moreLines, int moreBytes) {
            lines.add(moreLines);
            bytes.add(moreBytes);
        }
    }

    public void connected(DeviceId device) {
        devices.compute(device, (id, known) -> adding(id, known, 1, 0));
    }

    public void disconnected(DeviceId device) {
        devices.compute(device, (id, known) -> adding(id, known, -1, 0));
    }

    void watched(DeviceId device) {
        devices.compute(device, (id, known) -> adding(id, known, 0, 1));
    }

    void unwatched(DeviceId device) {
        devices.compute(device, (id, known) -> adding(id, known, 0, -1));
    }

    void stored(DeviceId device, int lines, int bytes) {
        Counters known = devices.get(device);
        if (known != null && known.connections.get() > 0) { // so no tick drops them
            known.count(lines, bytes);
            mark(device, known);
            return;
        }
        // Counted inside compute, so that a tick that finds a device idle cannot drop its counters between the look-up
        // and the count.
        devices.compute(device, (id, other) -> {
            Counters counters = other == null ? new Counters() : other;
            counters.count(lines, bytes);
            mark(id, counters);
            return counters;
        });
    }

    private Counters adding(DeviceId device, @Nullable Counters known, int connections, int watchers) {
        Counters counters = known == null ? new Counters() : known;
        counters.connections.addAndGet(connections);
        counters.watchers.addAndGet(watchers);
        mark(device, counters);
        return counters;
    }

    // After the change, so that a tick that takes the mark away sees the change.
    private void mark(DeviceId device, Counters counters) {
        if (!counters.isMarked) {
            counters.isMarked = true;
            marked.add(device);
        }
    }

    public Counts of(DeviceId device) {
        Counters counters = devices.get(device);
        return counters == null
                ? Counts.IDLE
                : new Counts(
                        counters.connections.get(),
                        counters.watchers.get(),
                        counters.linesPerSecond,
                        counters.bytesPerSecond);
    }

    /**
     * Computes rates from what was counted since the last tick, and drops idle devices. Called by one timer per node.
     */
    public void tick(double seconds) {
        ticks++;
        for (DeviceId device : List.copyOf(marked)) {
            devices.computeIfPresent(device, (id, counters) -> tick(id, counters, seconds));
        }
    }

    private @Nullable Counters tick(DeviceId device, Counters counters, double seconds) {
        marked.remove(device);
        counters.isMarked = false; // before anything is read, so that a later change marks it again
        long lines = counters.lines.sumThenReset();
        counters.linesPerSecond = lines / seconds;
        counters.bytesPerSecond = counters.bytes.sumThenReset() / seconds;
        boolean isConnected = counters.connections.get() > 0;
        note(device, counters, lines > 0, isConnected);
        if (lines > 0) {
            mark(device, counters); // its rate ends with the next tick
        }
        boolean isHeld = isConnected || counters.watchers.get() > 0;
        return lines == 0 && !isHeld ? null : counters;
    }

    private void note(DeviceId device, Counters counters, boolean hasWritten, boolean isConnected) {
        synchronized (wrote) {
            if (isConnected != counters.wasConnected) {
                counters.wasConnected = isConnected;
                moved.add(device);
            } else if (hasWritten && !isConnected && ticks - counters.reported >= TICKS_PER_REPORT) {
                counters.reported = ticks;
                wrote.add(device);
            }
        }
    }

    /** What ticks found since the last call. It is handed back when it cannot be reported. */
    public Sightings sightings() {
        synchronized (wrote) {
            List<DeviceId> joined = new ArrayList<>();
            List<DeviceId> left = new ArrayList<>();
            moved.forEach(device -> (isConnected(device) ? joined : left).add(device));
            Sightings seen = new Sightings(List.copyOf(wrote), joined, left, this::allConnected);
            wrote.clear();
            moved.clear();
            return seen;
        }
    }

    private boolean isConnected(DeviceId device) {
        Counters counters = devices.get(device);
        return counters != null && counters.connections.get() > 0;
    }

    private Collection<DeviceId> allConnected() {
        return devices.keySet().stream().filter(this::isConnected).toList();
    }

    /** Takes back what could not be reported, for the next report. */
    public void notReported(Sightings seen) {
        synchronized (wrote) {
            wrote.addAll(seen.active());
            moved.addAll(seen.joined());
            moved.addAll(seen.left());
        }
    }
}
