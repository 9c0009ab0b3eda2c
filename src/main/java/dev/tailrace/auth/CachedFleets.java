package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The fleets of devices, read from storage and cached on one event loop for a few seconds, or longer while storage is unavailable.
 * Lookups within one tick of the loop are one call to storage.
 */
public final class CachedFleets implements Fleets {

    /**
     * Together with the interval at which streams are checked again ({@link Leases}) this stays below ten seconds. After that time a
     * device that left a fleet can no longer be read by callers that may read the fleet.
     */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** How long an answer is used while storage is unavailable. */
    private static final long GOOD_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final int MAX_CACHED = 10_000;

    private final Vertx vertx;
    private final FleetStore memberships;
    private final LongSupplier nanoTime;

    // All state below is touched on one event loop only.
    private final Map<DeviceId, Promise<@Nullable String>> pending =
            new HashMap<>(); // bounded, because the requests that wait for them are
    private Map<DeviceId, Promise<@Nullable String>> next = new HashMap<>(); // pending, and not yet sent to storage
    private final Map<DeviceId, Known> known = new RecentMap<>(MAX_CACHED);

    private record Known(@Nullable String fleet, long at) {}

    /** For the calling event loop. */
    public CachedFleets(Vertx vertx, FleetStore memberships) {
        this(vertx, memberships, System::nanoTime);
    }

    CachedFleets(Vertx vertx, FleetStore memberships, LongSupplier nanoTime) {
        this.vertx = vertx;
        this.memberships = memberships;
        this.nanoTime = nanoTime;
    }

    @Override
    public Future<@Nullable String> of(DeviceId device) {
        Known last = known.get(device);
        if (last != null && nanoTime.getAsLong() - last.at < FRESH_NANOS) {
            return Future.succeededFuture(last.fleet);
        }
        return pending.computeIfAbsent(device, this::lookUpSoon).future();
    }

    private Promise<@Nullable String> lookUpSoon(DeviceId device) {
        if (next.isEmpty()) {
            vertx.runOnContext(nothing -> lookUp());
        }
        Promise<@Nullable String> promise = Promise.promise();
        next.put(device, promise);
        return promise;
    }

    private void lookUp() {
        Map<DeviceId, Promise<@Nullable String>> batch = next;
        next = new HashMap<>();
        long at = nanoTime.getAsLong();
        memberships.fleetsOf(List.copyOf(batch.keySet())).onComplete(answer -> {
            batch.keySet().forEach(pending::remove);
            batch.forEach((device, promise) -> settle(device, promise, answer, at));
        });
    }

    private void settle(
            DeviceId device, Promise<@Nullable String> promise, AsyncResult<Map<DeviceId, FleetId>> answer, long at) {
        Known last = known.get(device);
        if (answer.succeeded()) {
            FleetId fleet = answer.result().get(device);
            String name = fleet == null ? null : fleet.value();
            known.put(device, new Known(name, at));
            promise.complete(name);
        } else if (last != null
                && answer.cause() instanceof RingUnavailableException
                && nanoTime.getAsLong() - last.at < GOOD_NANOS) {
            promise.complete(last.fleet);
        } else {
            promise.fail(answer.cause());
        }
    }
}
