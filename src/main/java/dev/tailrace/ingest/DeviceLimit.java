package dev.tailrace.ingest;

import dev.tailrace.broker.Broker;
import dev.tailrace.http.Problem;
import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Limit;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds how many devices there may be in storage. While there are clearly fewer, nobody is asked about a device; near the limit storage
 * is asked whether it knows a device that has not written lately, and a new one is refused. Every broker counts what it lets in between
 * two looks at the number, so several brokers together exceed the limit by what the others let in within some seconds at most. Shared by
 * all event loops.
 */
public final class DeviceLimit {

    private static final Logger log = LoggerFactory.getLogger(DeviceLimit.class);

    /** Longer than it takes until a device that wrote is in the list of devices. */
    private static final long LOOK_MILLIS = 3000;

    /** For who is refused. */
    public static final String REASON = "the maximum number of devices is reached, and this one is new (--max-devices)";

    /** So many new devices are looked up between two looks; then all are refused without, or invented names would keep storage busy. */
    private static final int MAX_UNKNOWN = 10_000;

    private static final String NAME = "device-limit";

    private final int most;
    private final Meters meters;
    private volatile int counted;

    // Who wrote lately, known or new: since the last look, and between it and the one before.
    private volatile Set<DeviceId> recent = ConcurrentHashMap.newKeySet();
    private volatile Set<DeviceId> before = Set.of();

    // Who was refused since the last look, and is not looked up again before the next.
    private volatile Set<DeviceId> unknown = ConcurrentHashMap.newKeySet();

    /** @param most 0 for any number */
    public DeviceLimit(int most, Meters meters) {
        this.most = most;
        this.meters = meters;
    }

    /** Begins to look how many devices there are, on the calling event loop. */
    public void begin(Vertx vertx, DeviceDirectory directory) {
        if (most > 0) {
            look(directory);
            vertx.setPeriodic(LOOK_MILLIS, id -> look(directory));
        }
    }

    private void look(DeviceDirectory directory) {
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

    /** Whether that is why an {@link #admit} failed, rather than that storage did not answer. */
    public static boolean isRefusal(Throwable cause) {
        return cause instanceof Problem problem && problem.name().equals(NAME);
    }

    /** Whether the device may write without a question. */
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
