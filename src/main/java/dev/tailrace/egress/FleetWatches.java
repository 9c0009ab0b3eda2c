package dev.tailrace.egress;

import dev.tailrace.broker.Broker;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which devices belong to the fleets that streams of one event loop follow: one question per fleet every few seconds,
 * however many streams follow it. While storage is away everybody keeps the devices that they have.
 */
final class FleetWatches {

    private static final long LOOK_MILLIS = 4000;

    private final Vertx vertx;
    private final Broker broker;
    private final int most;

    // Touched on one event loop only.
    private final Map<FleetId, FleetWatch> watches = new HashMap<>();

    /** @param most devices of a fleet that are told */
    FleetWatches(Vertx vertx, Broker broker, int most) {
        this.vertx = vertx;
        this.broker = broker;
        this.most = most;
    }

    /**
     * Tells the fleet's devices from now on: always what was asked after this call.
     *
     * @return ends it; harmless when called twice
     */
    Runnable join(FleetId fleet, Consumer<List<DeviceId>> follower) {
        FleetWatch watch = watches.computeIfAbsent(fleet, FleetWatch::new);
        Seat seat = new Seat(follower);
        watch.seats.add(seat);
        return () -> watch.leave(seat);
    }

    /** One stream's part. */
    private static final class Seat {
        private final Consumer<List<DeviceId>> follower;
        private @Nullable List<DeviceId> told;

        Seat(Consumer<List<DeviceId>> follower) {
            this.follower = follower;
        }

        void tell(List<DeviceId> devices) {
            if (!devices.equals(told)) {
                told = devices;
                follower.accept(devices);
            }
        }
    }

    /** One fleet. */
    private final class FleetWatch {
        private final FleetId fleet;
        private final Set<Seat> seats = new LinkedHashSet<>();
        private final long timer;
        private boolean asking;

        FleetWatch(FleetId fleet) {
            this.fleet = fleet;
            this.timer = vertx.setPeriodic(LOOK_MILLIS, id -> look());
        }

        private void look() {
            if (asking) {
                return;
            }
            asking = true;
            List<Seat> before = List.copyOf(seats); // who joins later knows newer things than this answer
            broker.memberships().devicesOf(fleet, most).onComplete(answer -> {
                asking = false;
                if (answer.succeeded()) {
                    before.stream().filter(seats::contains).forEach(seat -> seat.tell(answer.result()));
                }
            });
        }

        void leave(Seat seat) {
            if (seats.remove(seat) && seats.isEmpty()) {
                vertx.cancelTimer(timer);
                watches.remove(fleet);
            }
        }
    }
}
