package dev.tailrace.testing;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.memory.MemoryFleets;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A ring that stores nothing: whatever it is asked waits until the test answers. Answers arrive on the context that the call
 * came from, as those of a real ring do.
 */
public class ScriptedRing implements RingStore {

    private final FleetStore fleets = new MemoryFleets();
    private static final long PATIENCE_SECONDS = 10;

    private final Set<DeviceId> known = ConcurrentHashMap.newKeySet();
    private final DeviceDirectory directory = new KnownDevices();
    private final BlockingQueue<Append> appends = new LinkedBlockingQueue<>();
    private final BlockingQueue<Read> reads = new LinkedBlockingQueue<>();
    private final List<Watching> watches = new CopyOnWriteArrayList<>();

    /** Knows the devices that the test named, takes reports, and lists nothing. */
    private final class KnownDevices implements DeviceDirectory {
        @Override
        public Future<Void> report(Sightings sightings) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Changes> changes(@Nullable Mark after, int most) {
            throw new UnsupportedOperationException("no test asks for it");
        }

        @Override
        public Future<@Nullable KnownDevice> device(DeviceId device) {
            return Future.succeededFuture(known.contains(device) ? new KnownDevice(device, 1, false) : null);
        }

        @Override
        public Future<Integer> count() {
            return Future.succeededFuture(known.size());
        }

        @Override
        public Future<Void> purge() {
            return Future.succeededFuture();
        }
    }

    /** A call that waits for its answer. */
    private static class Call<T> {
        private final @Nullable Context context = Vertx.currentContext();
        private final Promise<T> promise = Promise.promise();

        final void answer(T what) {
            on(context, () -> promise.complete(what));
        }

        /** Answers as a ring does that cannot reach its storage. */
        public final void away() {
            fail(new RingUnavailableException("away, says the test"));
        }

        public final void fail(Throwable cause) {
            on(context, () -> promise.fail(cause));
        }
    }

    /** An append that waits for its answer. */
    public static final class Append extends Call<Appended> {
        private final DeviceId device;
        private final Batch batch;

        private Append(DeviceId device, Batch batch) {
            this.device = device;
            this.batch = batch;
        }

        public DeviceId device() {
            return device;
        }

        public Batch batch() {
            return batch;
        }

        /** Answers that all of it is stored. */
        public void stored() {
            stored(batch.entries().size());
        }

        /** Answers that so many entries are stored and the others were before. */
        public void stored(int entries) {
            answer(new Appended("fed", entries, entries, batch.entries().size() - entries));
        }
    }

    /** A read that waits for its answer. */
    public static final class Read extends Call<Page> {
        private final DeviceId device;
        private final long from;
        private final int maxEntries;

        private Read(DeviceId device, long from, int maxEntries) {
            this.device = device;
            this.from = from;
            this.maxEntries = maxEntries;
        }

        public DeviceId device() {
            return device;
        }

        public long from() {
            return from;
        }

        public int maxEntries() {
            return maxEntries;
        }

        public void page(Page page) {
            answer(page);
        }
    }

    private record Watching(
            DeviceId device,
            Handler<Announcement> handler,
            @Nullable Context context) {}

    /** The next append; fails the test when none comes. */
    public Append nextAppend() {
        return next(appends, "append");
    }

    /** Whether an append waits that the test has not taken. */
    public boolean hasAppend() {
        return !appends.isEmpty();
    }

    /** The next read; fails the test when none comes. */
    public Read nextRead() {
        return next(reads, "read");
    }

    /** Whether a read waits that the test has not taken. */
    public boolean hasRead() {
        return !reads.isEmpty();
    }

    /** Tells all that watch this device. */
    public void announce(DeviceId device, Announcement announcement) {
        for (Watching watching : watches) {
            if (watching.device.equals(device)) {
                on(watching.context, () -> watching.handler.handle(announcement));
            }
        }
    }

    /** How many watch a device. */
    public long watchers(DeviceId device) {
        return watches.stream()
                .filter(watching -> watching.device.equals(device))
                .count();
    }

    private static void on(@Nullable Context context, Runnable what) {
        if (context == null) {
            what.run();
        } else {
            context.runOnContext(nothing -> what.run());
        }
    }

    private static <T> T next(BlockingQueue<T> calls, String what) {
        try {
            T call = calls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (call == null) {
                throw new AssertionError("no " + what + " came");
            }
            return call;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public Future<Appended> append(DeviceId device, Batch batch) {
        Append append = new Append(device, batch);
        appends.add(append);
        return ((Call<Appended>) append).promise.future();
    }

    @Override
    public Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        Read read = new Read(device, from, maxEntries);
        reads.add(read);
        return ((Call<Page>) read).promise.future();
    }

    @Override
    public Future<RingState> clear(DeviceId device) {
        return Future.succeededFuture(RingState.NONE);
    }

    @Override
    public Watch watch(DeviceId device, Handler<Announcement> handler) {
        Watching watching = new Watching(device, handler, Vertx.currentContext());
        watches.add(watching);
        return () -> watches.remove(watching);
    }

    /** Beside the ring: knows the devices that the test named. */
    public DeviceDirectory directory() {
        return directory;
    }

    /** From now on the device is one that wrote before. */
    public void known(DeviceId device) {
        known.add(device);
    }

    public FleetStore fleets() {
        return fleets;
    }
}
