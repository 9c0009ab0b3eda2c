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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What storage knows of fleets, remembered for a short while on one event loop, and longer while storage is unavailable. What is
 * asked within one turn of the loop is one call to storage.
 */
public final class CachedFleets implements Fleets {

    /**
     * With the time between two questions of a long stream ({@link Leases}) less than the ten seconds within which a device
     * that left a fleet is out of reach of those who may read the fleet.
     */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** For so long an answer counts when storage cannot be asked. */
    private static final long GOOD_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final int MAX_REMEMBERED = 10_000;

    private final Vertx vertx;
    private final FleetStore memberships;
    private final LongSupplier nanoTime;

    // All state below is touched on one event loop only.
    private final Map<DeviceId, Promise<@Nullable String>> asked =
            new HashMap<>(); // their requests wait, and are bounded
    private Map<DeviceId, Promise<@Nullable String>> next =
            new HashMap<>(); // those of them that storage was not asked yet
    private final Map<DeviceId, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DeviceId, Known> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

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
        return asked.computeIfAbsent(device, this::askSoon).future();
    }

    private Promise<@Nullable String> askSoon(DeviceId device) {
        if (next.isEmpty()) {
            vertx.runOnContext(nothing -> ask());
        }
        Promise<@Nullable String> promise = Promise.promise();
        next.put(device, promise);
        return promise;
    }

    private void ask() {
        Map<DeviceId, Promise<@Nullable String>> these = next;
        next = new HashMap<>();
        long at = nanoTime.getAsLong();
        memberships.fleetsOf(List.copyOf(these.keySet())).onComplete(answer -> {
            these.keySet().forEach(asked::remove);
            these.forEach((device, promise) -> settle(device, promise, answer, at));
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
