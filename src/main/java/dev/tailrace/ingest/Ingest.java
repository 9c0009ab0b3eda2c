package dev.tailrace.ingest;

import dev.tailrace.auth.Fleets;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.metrics.Meters;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.UsualLine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the ways in of one event loop share, and the senders that are connected to it, so that they can be asked to leave.
 */
public final class Ingest {

    private final Vertx vertx;
    private final Broker broker;
    private final Activity activity;
    private final Meters meters;
    private final PendingBudget budget;
    private final IngestOptions options;
    private final Rates rates;
    private final Fleets fleets;
    private final Turn turn;
    private final Pings pings;
    private final UsualLine usualLine = new UsualLine();
    private final LineParser lineParser = new LineParser();
    private final byte[] piece = new byte[WebSocketIngest.PIECE_BYTES];
    private final Set<Connected> connected = new HashSet<>();
    private boolean draining;

    public Ingest(
            Vertx vertx,
            Broker broker,
            Activity activity,
            Meters meters,
            PendingBudget budget,
            Rates rates,
            Fleets fleets,
            IngestOptions options) {
        this.vertx = vertx;
        this.broker = broker;
        this.activity = activity;
        this.meters = meters;
        this.budget = budget;
        this.rates = rates;
        this.fleets = fleets;
        this.options = options;
        this.turn = new Turn(vertx.getOrCreateContext());
        this.pings = new Pings(vertx);
    }

    /** A sender that can be asked to leave; completes when what it sent is stored. */
    interface Connected {
        Future<Void> leave();
    }

    /** Asks all senders to leave, and each that comes later; completes when what they sent is stored or given up. */
    public Future<Void> drain() {
        draining = true;
        return Future.join(List.copyOf(connected).stream().map(Connected::leave).toList())
                .mapEmpty();
    }

    boolean isDraining() {
        return draining;
    }

    void joined(Connected sender) {
        connected.add(sender);
    }

    void left(Connected sender) {
        connected.remove(sender);
    }

    /** A connection of the device opened. */
    void connected(DeviceId device) {
        activity.connected(device);
        meters.deviceConnected();
    }

    /** A connection of the device closed. */
    void disconnected(DeviceId device) {
        activity.disconnected(device);
        meters.deviceDisconnected();
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

    PendingBudget budget() {
        return budget;
    }

    Rates rates() {
        return rates;
    }

    Fleets fleets() {
        return fleets;
    }

    Turn turn() {
        return turn;
    }

    Pings pings() {
        return pings;
    }

    // A line is read, taken and forgotten before the next, whosever it is; so one of each does for all connections.

    UsualLine usualLine() {
        return usualLine;
    }

    LineParser lineParser() {
        return lineParser;
    }

    /** Room for the piece of a frame that is being read. */
    byte[] piece() {
        return piece;
    }

    IngestOptions options() {
        return options;
    }
}
