package dev.tailrace.auth;

import dev.tailrace.auth.Lease.End;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.model.PeerNetwork;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who sends a request, as the handler of the request sees it. */
public final class Caller {

    private static final String KEY = "tailrace.caller";

    private final Identity identity;
    private final Leases leases;

    Caller(Identity identity, Leases leases) {
        this.identity = identity;
        this.leases = leases;
    }

    /** The caller of a request that the {@link Gate} let pass. */
    public static Caller of(RoutingContext call) {
        Caller caller = call.get(KEY);
        return Objects.requireNonNull(caller, "the route has no access rule");
    }

    void attach(RoutingContext call) {
        call.put(KEY, this);
    }

    public Identity identity() {
        return identity;
    }

    /**
     * Names whose share of a limited resource a request takes: the credential's subject, or the address where no credentials are
     * asked for.
     *
     * @param peer of the request's connection
     */
    public String account(@Nullable SocketAddress peer) {
        return identity == Identity.EVERYBODY ? accountOf(peer) : "subject " + identity.subject();
    }

    /** The same of a peer that shows no credentials. */
    public static String accountOf(@Nullable SocketAddress peer) {
        return "address " + (peer == null ? "" : PeerNetwork.ofLiteral(peer.hostAddress()));
    }

    /** Fails with the {@link Problem} that an unknown device has, unless all of them are allowed. */
    public Future<Void> require(Permission permission, Collection<DeviceId> devices) {
        if (identity.mayEverywhere(permission)) {
            return Future.succeededFuture();
        }
        List<Future<Void>> each =
                devices.stream().map(device -> require(permission, device)).toList();
        return Future.all(each).mapEmpty();
    }

    /** Likewise, of one device. */
    public Future<Void> require(Permission permission, DeviceId device) {
        return identity.may(permission, device)
                .compose(may -> may ? Future.succeededFuture() : Future.failedFuture(Problem.unknownDevice(device)));
    }

    /** Throws the {@link Problem} that an unknown fleet has, unless all its devices are allowed. */
    public void require(Permission permission, FleetId fleet) {
        if (!identity.mayFleet(permission, fleet)) {
            throw Problem.unknownFleet(fleet);
        }
    }

    /**
     * Between the parts of a long answer.
     *
     * @throws Problem when the identity has ended since the request came
     */
    public void requireStillValid() {
        if (leases.isOver(identity)) {
            throw new Problem(401, "unauthorized", "Authentication required", "the credential is no longer valid");
        }
    }

    /**
     * Before a stream is opened.
     *
     * @throws Problem when this caller reads as many as it may
     */
    public void requireRoomForAStream() {
        leases.requireRoom(identity);
    }

    /**
     * Holds on to the identity for a stream that may outlast it.
     *
     * @param devices asked about again where that can change; none for a stream of a fleet, over which nothing changes
     * @param onEnd told once, on this event loop, when the identity has ended or no longer allows this; the stream must end
     */
    public Lease lease(Permission permission, Collection<DeviceId> devices, Consumer<End> onEnd) {
        return leases.hold(identity, permission, devices, onEnd);
    }
}
