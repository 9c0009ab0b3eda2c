package dev.tailrace.ingest;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Grant;
import dev.tailrace.auth.Identity;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.metrics.Limit;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.LevelGuess;
import dev.tailrace.storage.EndOfTick;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The services that the ways in of one event loop share, and the registry of the senders that are connected to it,
 * which are asked to leave when the broker shuts down.
 */
public final class IngestServices {

    private static final String ACCOUNT = "tailrace.account";

    /** Bytes that are decoded or read before a sink is asked whether it is full. */
    public static final int PIECE_BYTES = 16 * 1024;

    private final Vertx vertx;
    private final Broker broker;
    private final Activity activity;
    private final IngestMeters meters;
    private final PendingBudget budget;
    private final FairRoom decoders;
    private final IngestOptions options;
    private final Rates rates;
    private final Fleets fleets;
    private final DeviceLimit deviceLimit;
    private final WaitingSenders waitingSenders;
    private final Writers writers = new Writers();
    private final EndOfTick endOfTick;
    private final Slices slices;
    private final @Nullable LevelGuess levelGuess;
    private final byte[] piece = new byte[PIECE_BYTES];
    private final Set<Connected> connected = new HashSet<>();
    private boolean draining;

    /** @param decoders the memory that decoders of compressed bodies take outside the heap */
    public IngestServices(
            Vertx vertx,
            Broker broker,
            Activity activity,
            IngestMeters meters,
            PendingBudget budget,
            FairRoom decoders,
            Rates rates,
            Fleets fleets,
            DeviceLimit deviceLimit,
            EndOfTick endOfTick,
            IngestOptions options) {
        this.vertx = vertx;
        this.broker = broker;
        this.activity = activity;
        this.meters = meters;
        this.budget = budget;
        this.decoders = decoders;
        this.rates = rates;
        this.fleets = fleets;
        this.options = options;
        this.deviceLimit = deviceLimit;
        this.waitingSenders = new WaitingSenders(vertx, budget);
        this.endOfTick = endOfTick;
        this.slices = new Slices(vertx);
        this.levelGuess = options.guessLevels() ? new LevelGuess() : null;
    }

    /** A sender that can be asked to leave. */
    public interface Connected {
        /** Stops reading; completes when the lines that were read are stored or given up. */
        Future<Void> leave();

        /**
         * There is no more time to wait for storage: the sender is to connect to another broker, and to send again what
         * is not acknowledged.
         */
        default void leaveNow() {}
    }

    /** Asks all senders to leave, and each that comes later; completes when their lines are stored or given up. */
    public Future<Void> drain() {
        draining = true;
        return Future.join(List.copyOf(connected).stream().map(Connected::leave).toList())
                .mapEmpty();
    }

    /** The time for {@link #drain} is nearly over. */
    public void endDrain() {
        List.copyOf(connected).forEach(Connected::leaveNow);
    }

    public boolean isDraining() {
        return draining;
    }

    /** Whether a request is refused because too much waits for storage already; counts the refusal. */
    public boolean isFull(RoutingContext call) {
        return isFull(account(call));
    }

    /** As {@link #isFull(RoutingContext)}, for a peer without credentials. */
    public boolean isFull(SocketAddress peer) {
        return isFull(account(peer));
    }

    private boolean isFull(Account account) {
        boolean full = budget.isOverdrawn(account);
        if (full) {
            meters.refused(Limit.PENDING_BYTES);
        }
        return full;
    }

    /** Completes when the device may write; the failure is for its sender. The request is paused meanwhile. */
    public Future<Void> admit(HttpServerRequest request, DeviceId device) {
        if (deviceLimit.isKnown(device)) {
            return Future.succeededFuture();
        }
        request.pause();
        return deviceLimit.admit(broker, device);
    }

    public void joined(Connected sender) {
        connected.add(sender);
    }

    public void left(Connected sender) {
        connected.remove(sender);
    }

    /** A connection of the device opened. */
    public void connected(DeviceId device) {
        activity.connected(device);
        meters.deviceConnected();
    }

    /** A connection of the device closed. */
    public void disconnected(DeviceId device) {
        activity.disconnected(device);
        meters.deviceDisconnected();
    }

    public Vertx vertx() {
        return vertx;
    }

    public Broker broker() {
        return broker;
    }

    public IngestMeters meters() {
        return meters;
    }

    public PendingBudget budget() {
        return budget;
    }

    /** The account whose share of all limits a request takes. */
    public static Account account(RoutingContext call) {
        Account account = call.get(ACCOUNT);
        if (account == null) { // asked for several times in a request
            account = accountOf(call);
            call.put(ACCOUNT, account);
        }
        return account;
    }

    private static Account accountOf(RoutingContext call) {
        Caller caller = Caller.of(call);
        boolean wide = caller.identity() == Identity.EVERYBODY
                || caller.identity().grants().stream().anyMatch(grant -> grant.reach() != Grant.Reach.DEVICE);
        return new Account(caller.account(call.request().remoteAddress()), wide ? Account.WIDE : Account.NARROW);
    }

    /** The account of a peer without credentials. */
    public static Account account(SocketAddress peer) {
        return new Account(Caller.accountOf(peer), Account.WIDE);
    }

    /** The room in which the unfinished lines and documents of a caller are counted. */
    public Room room(Account account) {
        return budget.share(account);
    }

    /** The room in which the memory outside the heap is counted that the decoders of a caller take. */
    public Room decoderRoom(RoutingContext call) {
        return decoders.share(account(call));
    }

    WaitingSenders waitingSenders() {
        return waitingSenders;
    }

    Writers writers() {
        return writers;
    }

    DeviceLimit deviceLimit() {
        return deviceLimit;
    }

    Rates rates() {
        return rates;
    }

    Fleets fleets() {
        return fleets;
    }

    EndOfTick endOfTick() {
        return endOfTick;
    }

    /** Guesses the levels of lines that were sent without; null when they are stored so. */
    @Nullable
    LevelGuess levelGuess() {
        return levelGuess;
    }

    public Slices slices() {
        return slices;
    }

    /** A buffer for the piece of a frame or body that is being read; free again when its lines are taken. */
    public byte[] piece() {
        return piece;
    }

    public IngestOptions options() {
        return options;
    }
}
