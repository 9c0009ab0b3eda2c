package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who a caller is, and what that allows. */
public interface Identity {

    /** For those who never expire. */
    long NEVER = Long.MAX_VALUE;

    /** Everybody, where no credentials are configured: may do everything. */
    Identity EVERYBODY =
            new GrantedIdentity("everybody", List.of(), NEVER, List.of(Grant.all(Permission.ADMIN)), Fleets.NONE);

    /** Names the caller in limits; no secret. */
    String subject();

    /** Names of the credentials that this stands on, any of which may be revoked; no secrets. */
    List<String> credentials();

    /** Epoch milliseconds, or {@link #NEVER}. */
    long expiresAt();

    /** Whether any of the credentials that it stands on was revoked. */
    default boolean isRevoked(Predicate<String> revoked) {
        return credentials().stream().anyMatch(revoked);
    }

    /**
     * Whether it has ended, by itself or because it was revoked.
     *
     * @param now epoch milliseconds of storage's clock
     */
    default boolean isOver(long now, Predicate<String> revoked) {
        return expiresAt() <= now || isRevoked(revoked);
    }

    /** Whether it may do this to a device, known or not. Completes at once where that needs no asking. */
    Future<Boolean> may(Permission permission, DeviceId device);

    /** The same of a device whose fleet is known lately, so that it need not be looked up. */
    default Future<Boolean> may(Permission permission, DeviceId device, @Nullable FleetId fleet) {
        return may(permission, device);
    }

    /** Whether it may do this to every device. */
    boolean mayEverywhere(Permission permission);

    /** Whether it may do this to whatever device belongs to a fleet, now or later. */
    default boolean mayFleet(Permission permission, FleetId fleet) {
        return mayEverywhere(permission);
    }

    /** Where to look for devices to which it may do this. Everywhere, when somebody else decides each time. */
    default Scope scope(Permission permission) {
        return mayEverywhere(permission) || grants().isEmpty() ? Scope.ALL_DEVICES : Scope.of(grants(), permission);
    }

    /** Whether what it may can change while it stands, so that long streams ask again. */
    boolean canChange();

    /**
     * Whether somebody has confirmed that there is such a caller. Nothing is kept for one that nobody has, for a stranger invents
     * as many as he likes.
     */
    default Future<Boolean> isConfirmed() {
        return Future.succeededFuture(true);
    }

    /** For a stream that was opened with a ticket, the one that resumes it; null for all others. */
    default @Nullable NextTicket nextTicket() {
        return null;
    }

    /** About how many bytes it holds. */
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

    /** What it may, in the notation of {@link Grant}; empty when somebody else decides each time. */
    List<Grant> grants();
}
