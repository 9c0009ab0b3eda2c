package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A caller and its permissions. */
public interface Identity {

    /** The expiry of an identity that never expires. */
    long NEVER = Long.MAX_VALUE;

    /** Every caller, where no credentials are configured: may do everything. */
    Identity EVERYBODY =
            new GrantedIdentity("everybody", List.of(), NEVER, List.of(Grant.all(Permission.ADMIN)), Fleets.NONE);

    /** The name of the caller in limits; not a secret. */
    String subject();

    /** Names of the credentials on which it depends, each of which may be revoked; not secrets. */
    List<String> credentials();

    /** Epoch milliseconds, or {@link #NEVER}. */
    long expiresAt();

    /** Whether any of the credentials on which it depends is revoked. */
    default boolean isRevoked(Predicate<String> revoked) {
        return credentials().stream().anyMatch(revoked);
    }

    /**
     * Whether it has expired or is revoked.
     *
     * @param now epoch milliseconds of storage's clock
     */
    default boolean isOver(long now, Predicate<String> revoked) {
        return expiresAt() <= now || isRevoked(revoked);
    }

    /** Whether it has a permission over a device, known or not. The future is complete if nothing has to be looked up. */
    Future<Boolean> may(Permission permission, DeviceId device);

    /** The same for a device whose fleet was looked up already. */
    default Future<Boolean> may(Permission permission, DeviceId device, @Nullable FleetId fleet) {
        return may(permission, device);
    }

    /** Whether it has a permission over every device. */
    boolean mayEverywhere(Permission permission);

    /** Whether it has a permission over every device of a fleet, now and later. */
    default boolean mayFleet(Permission permission, FleetId fleet) {
        return mayEverywhere(permission);
    }

    /** Where to look for devices over which it has a permission. All devices, if another service decides on each of them. */
    default Scope scope(Permission permission) {
        return mayEverywhere(permission) || grants().isEmpty() ? Scope.ALL_DEVICES : Scope.of(grants(), permission);
    }

    /** Whether its permissions can change while it is valid, so that long streams have to check them again. */
    boolean canChange();

    /**
     * Whether the caller is confirmed to exist. Nothing is stored for one that is not, because a stranger can invent any number of
     * callers.
     */
    default Future<Boolean> isConfirmed() {
        return Future.succeededFuture(true);
    }

    /** The ticket that resumes a stream that was opened with a ticket; null for all other identities. */
    default @Nullable NextTicket nextTicket() {
        return null;
    }

    /** Approximate heap bytes. */
    default int bytes() {
        int bytes = 256 + 2 * subject().length();
        for (String credential : credentials()) {
            bytes += 64 + 2 * credential.length();
        }
        for (Grant grant : grants()) {
            bytes += 96 + 2 * grant.name().length();
        }
        return bytes;
    }

    /** Its grants; empty if another service decides each time. */
    List<Grant> grants();
}
