package dev.tailrace.egress;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which devices belong to the fleets that streams of one event loop follow. Every few seconds one request checks
 * whether any membership has changed, however many streams and fleets there are; the devices of a fleet are read when
 * it has. While storage is unavailable each stream keeps its devices.
 */
final class FleetWatches {

    private static final Logger log = LoggerFactory.getLogger(FleetWatches.class);

    private static final long LOOK_MILLIS = 4000;

    /** Everything is read again so often, in case that a change was missed. */
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Vertx vertx;
    private final FleetStore store;
    private final int most;

    // Touched on one event loop only.
    private final Map<FleetId, FleetWatch> watches = new HashMap<>();
    private long timer = -1;
    private boolean asking;
    private long looks; // so far

    /** @param most devices of a fleet that are reported */
    FleetWatches(Vertx vertx, FleetStore store, int most) {
        this.vertx = vertx;
        this.store = store;
        this.most = most;
    }

    /**
     * Reports the fleet's devices from now on. What is reported was always read after this call.
     *
     * @return ends the reports; harmless when called twice
     */
    Runnable join(FleetId fleet, Consumer<List<DeviceId>> follower) {
        if (watches.isEmpty()) {
            timer = vertx.setPeriodic(LOOK_MILLIS, id -> look());
        }
        FleetWatch watch = watches.computeIfAbsent(fleet, FleetWatch::new);
        Seat seat = new Seat(follower, looks);
        watch.seats.add(seat);
        return () -> watch.leave(seat);
    }

    /** The first devices of a fleet now, at most so many. */
    Future<List<DeviceId>> devicesOf(FleetId fleet, int most) {
        return store.devicesOf(fleet, most);
    }

    void look() {
        if (asking) {
            return;
        }
        asking = true;
        long number = ++looks;
        store.version()
                .onComplete(answered -> asking = false)
                .onSuccess(version -> List.copyOf(watches.values()).forEach(watch -> watch.look(number, version)))
                .onFailure(cause -> log.debug("Cannot look up fleets", cause));
    }

    /** One stream that follows a fleet. */
    private static final class Seat {
        private final Consumer<List<DeviceId>> follower;
        private final long joined; // number of the latest look at that time
        private @Nullable List<DeviceId> reported;

        Seat(Consumer<List<DeviceId>> follower, long joined) {
            this.follower = follower;
            this.joined = joined;
        }

        void report(List<DeviceId> devices) {
            if (!devices.equals(reported)) {
                reported = devices;
                follower.accept(devices);
            }
        }
    }

    /** One fleet. */
    private final class FleetWatch {
        private final FleetId fleet;
        private final Set<Seat> seats = new LinkedHashSet<>();

        // As of the latest answer.
        private List<DeviceId> devices = List.of();
        private String version = "";
        private boolean known;
        private long readAt;

        private boolean reading;

        FleetWatch(FleetId fleet) {
            this.fleet = fleet;
        }

        /** @param now the version of all memberships, as of that look or later */
        void look(long number, String now) {
            if (known && now.equals(version) && System.nanoTime() - readAt < AGAIN_NANOS) {
                // A seat that joined after the look may know newer devices.
                report(seats.stream().filter(seat -> seat.joined < number).toList());
            } else if (!reading) {
                read(now);
            }
        }

        private void read(String now) {
            reading = true;
            List<Seat> before = List.copyOf(seats); // for the same reason
            store.devicesOf(fleet, most).onComplete(answer -> {
                reading = false;
                if (answer.succeeded()) {
                    devices = answer.result();
                    version = now; // the devices may be newer than this version, and are then read once more
                    known = true;
                    readAt = System.nanoTime();
                    report(before);
                }
            });
        }

        private void report(List<Seat> some) {
            some.stream().filter(seats::contains).forEach(seat -> seat.report(devices));
        }

        void leave(Seat seat) {
            if (seats.remove(seat) && seats.isEmpty()) {
                watches.remove(fleet);
                if (watches.isEmpty()) {
                    vertx.cancelTimer(timer);
                }
            }
        }
    }
}
