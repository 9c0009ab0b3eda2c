package dev.tailrace.storage.memory;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.KnownDevice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The devices of a broker without Redis. Grows with the devices seen within the time to live. All state is guarded by
 * this.
 */
public final class MemoryDirectory implements DeviceDirectory {

    private final Vertx vertx;
    private final long timeToLiveMillis;
    private final Map<DeviceId, Seen> devices = new HashMap<>();

    /** By the number of the change; the order is that in which they were seen. */
    private final NavigableMap<Long, DeviceId> changes = new TreeMap<>();

    private long lastChange;

    private record Seen(long at, boolean connected, long change) {}

    private record Place(long change) implements Mark {}

    public MemoryDirectory(Vertx vertx, long timeToLiveMillis) {
        this.vertx = vertx;
        this.timeToLiveMillis = timeToLiveMillis;
    }

    @Override
    public synchronized Future<Void> report(Sightings sightings) {
        long now = System.currentTimeMillis();
        sightings.active().forEach(device -> see(device, now, isConnected(device)));
        sightings.joined().forEach(device -> see(device, now, true));
        sightings.left().forEach(device -> see(device, now, false));
        return Future.succeededFuture();
    }

    private boolean isConnected(DeviceId device) {
        Seen seen = devices.get(device);
        return seen != null && seen.connected;
    }

    private void see(DeviceId device, long now, boolean connected) {
        Seen before = devices.put(device, new Seen(now, connected, ++lastChange));
        if (before != null) {
            changes.remove(before.change);
        }
        changes.put(lastChange, device);
    }

    @Override
    public synchronized Future<Changes> changes(@Nullable Mark after, int most) {
        long now = System.currentTimeMillis();
        long change = after == null ? 0 : ((Place) after).change;
        List<KnownDevice> page = new ArrayList<>();
        boolean last = true;
        for (var next : changes.tailMap(change, false).entrySet()) {
            if (page.size() == most) {
                last = false;
                break;
            }
            KnownDevice known = known(next.getValue(), now);
            if (known != null) {
                page.add(known);
            }
            change = next.getKey();
        }
        return later(new Changes(now, now - timeToLiveMillis, false, page, last, new Place(change)));
    }

    // In a later task, as any storage answers, so that a walk over many pages neither nests nor blocks the loop.
    private Future<Changes> later(Changes page) {
        Promise<Changes> answer = Promise.promise();
        vertx.getOrCreateContext().runOnContext(nothing -> answer.complete(page));
        return answer.future();
    }

    @Override
    public synchronized Future<@Nullable KnownDevice> device(DeviceId device) {
        return Future.succeededFuture(known(device, System.currentTimeMillis()));
    }

    @Override
    public synchronized Future<Integer> count() {
        return Future.succeededFuture(devices.size());
    }

    private @Nullable KnownDevice known(DeviceId device, long now) {
        Seen seen = devices.get(device);
        if (seen == null) {
            return null;
        }
        if (seen.connected) {
            return new KnownDevice(device, now, true);
        }
        return isKnown(seen, now) ? new KnownDevice(device, seen.at, false) : null;
    }

    private boolean isKnown(Seen seen, long now) {
        return seen.connected || now - seen.at < timeToLiveMillis;
    }

    @Override
    public synchronized Future<Void> purge() {
        long now = System.currentTimeMillis();
        devices.values().removeIf(seen -> {
            boolean gone = !isKnown(seen, now);
            if (gone) {
                changes.remove(seen.change);
            }
            return gone;
        });
        return Future.succeededFuture();
    }
}
