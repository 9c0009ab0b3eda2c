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

/** The sender of a request, as the request's handler sees it. */
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
     * The name under which a request uses limited resources: the credential's subject, or the address where no credentials are
     * required.
     *
     * @param peer of the request's connection
     */
    public String account(@Nullable SocketAddress peer) {
        return identity == Identity.EVERYBODY ? accountOf(peer) : "subject " + identity.subject();
    }

    /** The same for a peer without credentials. */
    public static String accountOf(@Nullable SocketAddress peer) {
        return "address " + (peer == null ? "" : PeerNetwork.ofLiteral(peer.hostAddress()));
    }

    /** Fails with {@link Problem#unknownDevice} unless the permission is granted over all of these devices. */
    public Future<Void> require(Permission permission, Collection<DeviceId> devices) {
        if (identity.mayEverywhere(permission)) {
            return Future.succeededFuture();
        }
        List<Future<Void>> each =
                devices.stream().map(device -> require(permission, device)).toList();
        return Future.all(each).mapEmpty();
    }

    /** The same for one device. */
    public Future<Void> require(Permission permission, DeviceId device) {
        return identity.may(permission, device)
                .compose(may -> may ? Future.succeededFuture() : Future.failedFuture(Problem.unknownDevice(device)));
    }

    /** @throws Problem {@link Problem#unknownFleet} unless the permission is granted over all devices of the fleet */
    public void require(Permission permission, FleetId fleet) {
        if (!identity.mayFleet(permission, fleet)) {
            throw Problem.unknownFleet(fleet);
        }
    }

    /**
     * Call between the parts of a long response.
     *
     * @throws Problem when the identity has ended since the request began
     */
    public void requireStillValid() {
        if (leases.isOver(identity)) {
            throw new Problem(401, "unauthorized", "Authentication required", "the credential is no longer valid");
        }
    }

    /**
     * Call before a stream is opened.
     *
     * @throws Problem when this caller has as many streams as it may
     */
    public void requireRoomForAStream() {
        leases.requireRoom(identity);
    }

    /**
     * Watches the identity of a stream that may outlast it.
     *
     * @param devices whose permission is checked again if it can change; none for a stream of a fleet, whose permission cannot
     * @param onEnd called once, on this event loop, when the identity has ended or lost the permission; the stream must end
     */
    public Lease lease(Permission permission, Collection<DeviceId> devices, Consumer<End> onEnd) {
        return leases.hold(identity, permission, devices, onEnd);
    }
}
