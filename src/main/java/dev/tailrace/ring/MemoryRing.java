package dev.tailrace.ring;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the rings in this process, for a broker without Redis: the same promises, but they end with the process and hold
 * for one broker. One per node, shared by all its event loops.
 */
public final class MemoryRing implements Ring {

    /** A device counts as online for so long after the last touch that found it connected. */
    private static final long ONLINE_MILLIS = 15_000;

    private static final long MAX_SWEEP_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final Vertx vertx;
    private final RingOptions options;
    private final Announcements announcements;
    private final CredentialStore credentials = new MemoryCredentials();
    private final long timeToLiveMillis;
    private final long sweepTimer;

    // Both grow with the devices seen within the time to live; the sweep takes out the others.
    private final Map<DeviceId, MemoryDevice> devices = new ConcurrentHashMap<>();
    private final Map<DeviceId, Seen> seen = new ConcurrentHashMap<>();

    private final Memberships memberships = new MemoryMemberships();

    private record Seen(long last, long connected) {}

    public MemoryRing(Vertx vertx, RingOptions options, Announcements announcements) {
        this.vertx = vertx;
        this.options = options;
        this.announcements = announcements;
        this.timeToLiveMillis = options.timeToLive().toMillis();
        this.sweepTimer = vertx.setPeriodic(Math.max(1, Math.min(timeToLiveMillis, MAX_SWEEP_MILLIS)), id -> sweep());
    }

    @Override
    public Future<Appended> append(DeviceId device, Batch batch) {
        long now = System.currentTimeMillis();
        while (true) {
            MemoryDevice ring = of(device);
            // Numbering, keeping and announcing are one step, or two event loops could announce in the other order than
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

    // In a turn of its own, as any storage answers, so that a walk over many pages neither nests nor holds up the loop.
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

    @Override
    public Future<Void> touch(Collection<DeviceId> active, Collection<DeviceId> connected) {
        long now = System.currentTimeMillis();
        active.forEach(device -> seen.merge(device, new Seen(now, 0), (was, is) -> new Seen(now, was.connected)));
        connected.forEach(device -> seen.put(device, new Seen(now, now)));
        return Future.succeededFuture();
    }

    @Override
    public Future<List<KnownDevice>> devices() {
        long now = System.currentTimeMillis();
        return Future.succeededFuture(seen.entrySet().stream()
                .filter(entry -> isKnown(entry.getValue(), now))
                .map(entry -> known(entry.getKey(), entry.getValue(), now))
                .sorted(Comparator.comparing(KnownDevice::device))
                .toList());
    }

    @Override
    public Future<Integer> deviceCount() {
        return Future.succeededFuture(seen.size());
    }

    @Override
    public Future<@Nullable KnownDevice> device(DeviceId device) {
        long now = System.currentTimeMillis();
        Seen one = seen.get(device);
        return Future.succeededFuture(one == null || !isKnown(one, now) ? null : known(device, one, now));
    }

    private boolean isKnown(Seen one, long now) {
        return now - one.last < timeToLiveMillis;
    }

    private static KnownDevice known(DeviceId device, Seen one, long now) {
        return new KnownDevice(device, one.last, now - one.connected < ONLINE_MILLIS);
    }

    @Override
    public Memberships memberships() {
        return memberships;
    }

    private void sweep() {
        long now = System.currentTimeMillis();
        seen.values().removeIf(one -> !isKnown(one, now));
        devices.values().removeIf(ring -> {
            synchronized (ring) {
                return ring.retireIfExpired(now);
            }
        });
    }

    @Override
    public CredentialStore credentials() {
        return credentials;
    }

    @Override
    public Future<Void> close() {
        vertx.cancelTimer(sweepTimer);
        return Future.succeededFuture();
    }
}
