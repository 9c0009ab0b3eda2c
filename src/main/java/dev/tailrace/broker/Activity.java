package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the devices of this broker are doing: connections, watchers, lines per second. Shared by all event loops. Knows
 * only devices that are connected, watched, or wrote within the last two ticks, so its size is bounded by them.
 */
public final class Activity {

    private final Map<DeviceId, Counters> devices = new ConcurrentHashMap<>();

    /** This broker's counts of one device, at the last tick where they are rates. */
    public record Counts(int connections, int watchers, double linesPerSecond, double bytesPerSecond) {
        static final Counts IDLE = new Counts(0, 0, 0, 0);
    }

    /** What a tick found, for {@link dev.tailrace.ring.Ring#touch}. */
    public record Seen(Collection<DeviceId> active, Collection<DeviceId> connected) {}

    private static final class Counters {
        final AtomicInteger connections = new AtomicInteger();
        final AtomicInteger watchers = new AtomicInteger();
        final LongAdder lines = new LongAdder();
        final LongAdder bytes = new LongAdder();
        volatile double linesPerSecond;
        volatile double bytesPerSecond;

        void count(int moreLines, int moreBytes) {
            lines.add(moreLines);
            bytes.add(moreBytes);
        }
    }

    public void connected(DeviceId device) {
        devices.compute(device, (id, known) -> adding(known, 1, 0));
    }

    public void disconnected(DeviceId device) {
        devices.compute(device, (id, known) -> adding(known, -1, 0));
    }

    void watched(DeviceId device) {
        devices.compute(device, (id, known) -> adding(known, 0, 1));
    }

    void unwatched(DeviceId device) {
        devices.compute(device, (id, known) -> adding(known, 0, -1));
    }

    void stored(DeviceId device, int lines, int bytes) {
        Counters known = devices.get(device);
        if (known != null && known.connections.get() > 0) { // no tick drops it
            known.count(lines, bytes);
            return;
        }
        // Counted inside compute, so that a tick that finds a device idle cannot drop it between look-up and count.
        devices.compute(device, (id, other) -> {
            Counters counters = other == null ? new Counters() : other;
            counters.count(lines, bytes);
            return counters;
        });
    }

    private static Counters adding(@org.jspecify.annotations.Nullable Counters known, int connections, int watchers) {
        Counters counters = known == null ? new Counters() : known;
        counters.connections.addAndGet(connections);
        counters.watchers.addAndGet(watchers);
        return counters;
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

    /** Turns what was counted since the last tick into rates and forgets idle devices. Called by one timer per node. */
    public Seen tick(double seconds) {
        List<DeviceId> active = new ArrayList<>();
        List<DeviceId> connected = new ArrayList<>();
        for (DeviceId device : devices.keySet()) {
            devices.computeIfPresent(device, (id, counters) -> {
                long lines = counters.lines.sumThenReset();
                boolean quiet = lines == 0 && counters.linesPerSecond == 0;
                counters.linesPerSecond = lines / seconds;
                counters.bytesPerSecond = counters.bytes.sumThenReset() / seconds;
                if (lines > 0) {
                    active.add(id);
                }
                if (counters.connections.get() > 0) {
                    connected.add(id);
                }
                boolean held = counters.connections.get() > 0 || counters.watchers.get() > 0;
                return quiet && !held ? null : counters;
            });
        }
        return new Seen(active, connected);
    }
}
