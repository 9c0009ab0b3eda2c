package dev.tailrace.egress;

import dev.tailrace.broker.Broker;
import dev.tailrace.metrics.Meters;
import dev.tailrace.model.Problem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** What the ways out of one event loop share, and the streams that it serves, so that they can be asked to leave. */
public final class Egress {

    private final Vertx vertx;
    private final Broker broker;
    private final Meters meters;
    private final EgressOptions options;
    private final Pulse pulse;
    private final FleetWatches fleets;
    private boolean draining;

    public Egress(Vertx vertx, Broker broker, Meters meters, EgressOptions options) {
        this.vertx = vertx;
        this.broker = broker;
        this.meters = meters;
        this.options = options;
        this.fleets = new FleetWatches(vertx, broker, options.devicesPerStream() + 1);
        this.pulse = new Pulse(vertx, options.heartbeat().toMillis());
    }

    /** Sends all readers away politely; completes when each was told or is gone. */
    public Future<Void> drain() {
        draining = true;
        return Future.join(pulse.streams().stream().map(LiveStream::leave).toList())
                .mapEmpty();
    }

    boolean isDraining() {
        return draining;
    }

    void refuseIfDraining() {
        if (draining) {
            throw new Problem(503, "draining", "The broker is going away", "connect again; another one will answer");
        }
    }

    Vertx vertx() {
        return vertx;
    }

    Broker broker() {
        return broker;
    }

    Meters meters() {
        return meters;
    }

    EgressOptions options() {
        return options;
    }

    FleetWatches fleets() {
        return fleets;
    }

    Pulse pulse() {
        return pulse;
    }
}
