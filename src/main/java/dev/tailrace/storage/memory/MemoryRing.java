package dev.tailrace.storage.memory;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The rings in this process, shared by all event loops. */
final class MemoryRing implements RingStore {

    private final Vertx vertx;
    private final RingOptions options;
    private final Announcements announcements;

    // Grows with the devices that wrote within the time to live; the sweep removes the others.
    private final Map<DeviceId, MemoryDevice> devices = new ConcurrentHashMap<>();

    MemoryRing(Vertx vertx, RingOptions options, Announcements announcements) {
        this.vertx = vertx;
        this.options = options;
        this.announcements = announcements;
    }

    @Override
    public Future<Appended> append(DeviceId device, Batch batch) {
        long now = System.currentTimeMillis();
        while (true) {
            MemoryDevice ring = of(device);
            // Numbering, storing and announcing are one step, or two event loops could announce in another order than
            // they numbered. Announcing only queues the batch, so the lock is held for microseconds.
            synchronized (ring) {
                if (!ring.isRetired()) {
                    return Future.succeededFuture(ring.append(batch, now));
                }
            }
        }
    }

    @Override
    public Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        MemoryDevice ring = devices.get(device);
        if (ring == null) {
            return Future.succeededFuture(new Page(RingState.NONE, 1, Entries.NONE));
        }
        synchronized (ring) {
            return later(ring.read(from, maxEntries, maxBytes, System.currentTimeMillis()));
        }
    }

    // In a later task, as any storage answers, so that a walk over many pages neither nests nor blocks the loop.
    private Future<Page> later(Page page) {
        Promise<Page> answer = Promise.promise();
        vertx.getOrCreateContext().runOnContext(nothing -> answer.complete(page));
        return answer.future();
    }

    @Override
    public Future<RingState> clear(DeviceId device) {
        MemoryDevice ring = devices.get(device);
        if (ring == null) {
            return Future.succeededFuture(RingState.NONE);
        }
        synchronized (ring) {
            return Future.succeededFuture(ring.clear(System.currentTimeMillis()));
        }
    }

    @Override
    public Watch watch(DeviceId device, Handler<Announcement> handler) {
        long now = System.currentTimeMillis();
        while (true) {
            MemoryDevice ring = of(device);
            // Within the lock, so that nothing is announced between the beginning of the watch and its first state.
            synchronized (ring) {
                if (!ring.isRetired()) {
                    Watch watch = announcements.listen(device, handler);
                    announcements.announce(device, new Announcement.Ready(ring.state(now)));
                    return watch;
                }
            }
        }
    }

    private MemoryDevice of(DeviceId device) {
        return devices.computeIfAbsent(device, id -> new MemoryDevice(id, options, announcements));
    }

    /** Drops the rings without appends for the time to live. */
    void sweep() {
        long now = System.currentTimeMillis();
        devices.values().removeIf(ring -> {
            synchronized (ring) {
                return ring.retireIfExpired(now);
            }
        });
    }
}
