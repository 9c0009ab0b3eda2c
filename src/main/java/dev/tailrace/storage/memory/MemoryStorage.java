package dev.tailrace.storage.memory;

import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.Storage;
import dev.tailrace.storage.Stores;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/**
 * Keeps everything in this process, for a broker without Redis: the promises are the same, but they end with the
 * process and hold for one broker. All event loops share the stores.
 */
public final class MemoryStorage implements Storage {

    private static final long MAX_SWEEP_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final Vertx vertx;
    private final Stores stores;
    private final long sweepTimer;

    public MemoryStorage(Vertx vertx, RingOptions options, Announcements announcements) {
        this.vertx = vertx;
        long timeToLiveMillis = options.timeToLive().toMillis();
        MemoryRing ring = new MemoryRing(vertx, options, announcements);
        MemoryPlaces places = new MemoryPlaces();
        this.stores = new Stores(
                ring,
                new MemoryDirectory(vertx, timeToLiveMillis),
                new MemoryFleets(),
                new MemoryCredentials(),
                new MemoryRevocations(),
                places);
        this.sweepTimer = vertx.setPeriodic(Math.max(1, Math.min(timeToLiveMillis, MAX_SWEEP_MILLIS)), id -> {
            places.sweep();
            ring.sweep();
        });
    }

    @Override
    public Future<Stores> stores(EndOfTick endOfTick) {
        return Future.succeededFuture(stores);
    }

    @Override
    public Future<Void> close() {
        vertx.cancelTimer(sweepTimer);
        return Future.succeededFuture();
    }
}
