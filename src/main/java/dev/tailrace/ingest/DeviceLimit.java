package dev.tailrace.ingest;

import dev.tailrace.broker.Broker;
import dev.tailrace.http.Problem;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the number of devices in storage. While there are clearly fewer, devices are admitted without a request to
 * storage. Near the limit, storage is asked whether it knows a device that has not written lately, and a new device is
 * refused. Every broker counts the devices that it admits between two counts of storage, so several brokers together
 * exceed the limit at most by the devices that the others admit within some seconds. Shared by all event loops.
 */
public final class DeviceLimit {

    private static final Logger log = LoggerFactory.getLogger(DeviceLimit.class);

    /** Interval between two counts; longer than it takes until a device that wrote is in the directory. */
    private static final long COUNT_MILLIS = 3000;

    /** Why a device is refused, for its sender. */
    public static final String REASON = "the maximum number of devices is reached, and this one is new (--max-devices)";

    /**
     * New devices that are looked up between two counts. Further ones are refused without, because invented names would
     * keep storage busy.
     */
    private static final int MAX_UNKNOWN = 10_000;

    private static final String NAME = "device-limit";

    private final int most;
    private final IngestMeters meters;
    private volatile int counted;

    // Devices that wrote lately, known or new: since the last count, and between it and the count before.
    private volatile Set<DeviceId> recent = ConcurrentHashMap.newKeySet();
    private volatile Set<DeviceId> before = Set.of();

    // Devices that were refused since the last count; they are not looked up again before the next.
    private volatile Set<DeviceId> unknown = ConcurrentHashMap.newKeySet();

    /** @param most 0 for any number */
    public DeviceLimit(int most, IngestMeters meters) {
        this.most = most;
        this.meters = meters;
    }

    /** Begins to count the devices in storage, on the calling event loop. */
    public void begin(Vertx vertx, DeviceDirectory directory) {
        if (most > 0) {
            count(directory);
            vertx.setPeriodic(COUNT_MILLIS, id -> count(directory));
        }
    }

    private void count(DeviceDirectory directory) {
        directory
                .count()
                .onSuccess(this::counted)
                .onFailure(cause -> log.debug("Cannot count devices: {}", cause.getMessage()));
    }

    void counted(int devices) {
        before = recent;
        recent = ConcurrentHashMap.newKeySet();
        unknown = ConcurrentHashMap.newKeySet();
        counted = devices;
    }

    /** Whether an {@link #admit} failed because of the limit, rather than because storage did not answer. */
    public static boolean isRefusal(Throwable cause) {
        return cause instanceof Problem problem && problem.name().equals(NAME);
    }

    /** Whether the device may write without a request to storage. */
    boolean isKnown(DeviceId device) {
        return most == 0
                || recent.contains(device)
                || before.contains(device)
                || ((long) counted + before.size() + recent.size() < most && recent.add(device));
    }

    /** Asks whether the device may write; fails with a {@link Problem} when it may not, or as the ring does. */
    Future<Void> admit(Broker broker, DeviceId device) {
        if (isKnown(device)) {
            return Future.succeededFuture();
        }
        Set<DeviceId> unknown = this.unknown;
        if (unknown.size() >= MAX_UNKNOWN || unknown.contains(device)) {
            return Future.failedFuture(refusal());
        }
        return broker.device(device).compose(found -> {
            if (found == null) {
                unknown.add(device);
                return Future.failedFuture(refusal());
            }
            recent.add(device);
            return Future.succeededFuture();
        });
    }

    private Problem refusal() {
        meters.refused(Limit.DEVICES);
        return new Problem(429, NAME, "Too many devices", REASON);
    }
}
