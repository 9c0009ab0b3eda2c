package dev.tailrace.egress;

import dev.tailrace.broker.Broker;
import dev.tailrace.broker.Wheel;
import dev.tailrace.http.Problem;
import dev.tailrace.metrics.Meters;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.PlaceStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayDeque;

/** What the ways out of one event loop share, and the streams that it serves, so that they can be asked to leave. */
public final class EgressServices {

    private static final int BEATS = 15; // per heartbeat interval, each of a fraction of the streams

    private final Vertx vertx;
    private final Broker broker;
    private final Meters meters;
    private final EgressOptions options;
    private final Wheel<LiveStream> pulse;
    private final FleetWatches fleets;
    private final ArrayDeque<LiveStream> holding = new ArrayDeque<>(); // the last to write first
    private final FollowBudget budget;
    private final KeptPlaces places;
    private boolean draining;

    public EgressServices(
            Vertx vertx,
            Broker broker,
            Meters meters,
            EgressOptions options,
            FollowBudget budget,
            FleetStore fleets,
            PlaceStore places) {
        this.vertx = vertx;
        this.broker = broker;
        this.meters = meters;
        this.options = options;
        this.fleets = new FleetWatches(vertx, fleets, options.devicesPerStream() + 1);
        this.budget = budget;
        this.places = new KeptPlaces(places, budget, meters);
        this.pulse = new Wheel<>(vertx, options.heartbeat().toMillis(), BEATS, LiveStream::beat, LiveStream::fail);
    }

    /** Sends all readers away politely; completes when each was told or is gone. */
    public Future<Void> drain() {
        draining = true;
        return Future.join(
                        pulse.members().stream().map(LiveStream::leaveGuarded).toList())
                .mapEmpty();
    }

    /** The stream wrote while more is held for all readers than may be. */
    void overdrawnBy(LiveStream stream) {
        holding.push(stream);
        if (holding.size() == 1) {
            vertx.runOnContext(nothing -> relieve());
        }
    }

    // One in each task, because what the one before has held is given back in a task of its own.
    private void relieve() {
        LiveStream newest = holding.pop();
        if (!broker.streamBudget().isOverdrawn()) {
            holding.clear();
            return;
        }
        newest.guarded(LiveStream::evictIfHolding);
        if (!holding.isEmpty()) {
            vertx.runOnContext(nothing -> relieve());
        }
    }

    boolean isDraining() {
        return draining;
    }

    public void refuseIfDraining() {
        if (draining) {
            throw new Problem(503, "draining", "The broker is shutting down", "reconnect; another broker will answer");
        }
    }

    FollowBudget budget() {
        return budget;
    }

    KeptPlaces places() {
        return places;
    }

    /** @throws Problem when the streams of this broker follow as many devices as they may */
    public void refuseIfFull(int devices) {
        budget.requireRoom(devices);
    }

    public Vertx vertx() {
        return vertx;
    }

    public Broker broker() {
        return broker;
    }

    public Meters meters() {
        return meters;
    }

    public EgressOptions options() {
        return options;
    }

    /** Where a stream's response goes. */
    public PeerSocket socket(HttpServerRequest request) {
        return PeerSocket.ofResponse(request, options.streamBytes(), broker.streamBudget());
    }

    FleetWatches fleets() {
        return fleets;
    }

    /** The heartbeats of the streams, and the watch over those that have stalled. */
    Wheel<LiveStream> pulse() {
        return pulse;
    }
}
