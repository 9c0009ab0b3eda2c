package dev.tailrace.egress;

import dev.tailrace.broker.Broker;
import dev.tailrace.broker.Eviction;
import dev.tailrace.broker.Wheel;
import dev.tailrace.http.Problem;
import dev.tailrace.http.WebSocketUpgrade;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.PlaceStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayDeque;

/** What the routes of one event loop that serve entries share, and its streams, so that they can be drained. */
public final class EgressServices {

    private static final int BEATS = 15; // in a heartbeat interval; each attends to a fraction of the streams

    private final Vertx vertx;
    private final Broker broker;
    private final EgressOptions options;
    private final Wheel<LiveStream> pulse;
    private final FleetWatches fleets;
    private final ArrayDeque<LiveStream> holding = new ArrayDeque<>(); // the latest to write first
    private final FollowBudget budget;
    private final KeptPlaces places;
    private boolean draining;

    public EgressServices(
            Vertx vertx,
            Broker broker,
            EgressMeters meters,
            EgressOptions options,
            FollowBudget budget,
            FleetStore fleets,
            PlaceStore places) {
        this.vertx = vertx;
        this.broker = broker;
        this.options = options;
        this.fleets = new FleetWatches(vertx, fleets, options.devicesPerStream() + 1);
        this.budget = budget;
        this.places = new KeptPlaces(places, budget, meters);
        this.pulse = new Wheel<>(vertx, options.heartbeat().toMillis(), BEATS, LiveStream::beat, LiveStream::fail);
    }

    /** Ends all streams with a farewell; completes when each reader has received it or is gone. */
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

    // One in each task, because the bytes that an evicted stream held are released in a later task.
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

    /** Counts a reader that is disconnected. */
    public void evicted(Eviction reason) {
        broker.meters().evicted(reason);
    }

    public EgressOptions options() {
        return options;
    }

    /** The socket to which a stream is written as a response. */
    public PeerSocket socket(HttpServerRequest request) {
        return PeerSocket.ofResponse(request, options.streamBytes(), broker.streamBudget());
    }

    /**
     * Answers a request with the WebSocket to which a stream is written.
     *
     * @throws Problem 426 when the request does not ask for a WebSocket of the version that is spoken
     */
    public Future<PeerSocket> webSocket(RoutingContext call) {
        WebSocketUpgrade.require(call);
        return WebSocketUpgrade.accept(call)
                .map(socket ->
                        PeerSocket.ofWebSocket(call.request(), socket, options.streamBytes(), broker.streamBudget()));
    }

    FleetWatches fleets() {
        return fleets;
    }

    /** The heartbeats of the streams, and the eviction of stalled readers. */
    Wheel<LiveStream> pulse() {
        return pulse;
    }
}
