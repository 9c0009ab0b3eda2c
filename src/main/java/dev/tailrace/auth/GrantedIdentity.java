package dev.tailrace.auth;

import dev.tailrace.auth.Grant.Reach;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An identity with a list of grants. */
public record GrantedIdentity(
        String subject, List<String> credentials, long expiresAt, List<Grant> grants, Fleets fleets)
        implements Identity {

    @Override
    public Future<Boolean> may(Permission permission, DeviceId device) {
        if (mayEverywhere(permission)
                || over(Reach.DEVICE, permission).anyMatch(grant -> grant.name().equals(device.value()))) {
            return Future.succeededFuture(true);
        }
        if (over(Reach.FLEET, permission).findAny().isEmpty()) {
            return Future.succeededFuture(false);
        }
        return fleets.of(device)
                .map(fleet -> over(Reach.FLEET, permission)
                        .anyMatch(grant -> grant.name().equals(fleet)));
    }

    @Override
    public Future<Boolean> may(Permission permission, DeviceId device, @Nullable FleetId fleet) {
        for (Grant grant : grants) {
            boolean reaches = switch (grant.reach()) {
                case ALL -> true;
                case FLEET -> fleet != null && grant.name().equals(fleet.value());
                case DEVICE -> grant.name().equals(device.value());
            };
            if (reaches && grant.permission().covers(permission)) {
                return Future.succeededFuture(true);
            }
        }
        return Future.succeededFuture(false);
    }

    @Override
    public boolean mayEverywhere(Permission permission) {
        return over(Reach.ALL, permission).findAny().isPresent();
    }

    @Override
    public boolean mayFleet(Permission permission, FleetId fleet) {
        return mayEverywhere(permission)
                || over(Reach.FLEET, permission).anyMatch(grant -> grant.name().equals(fleet.value()));
    }

    private Stream<Grant> over(Reach reach, Permission permission) {
        return grants.stream()
                .filter(grant -> grant.reach() == reach && grant.permission().covers(permission));
    }

    /** A device may move to another fleet. */
    @Override
    public boolean canChange() {
        return grants.stream().anyMatch(grant -> grant.reach() == Reach.FLEET);
    }
}
