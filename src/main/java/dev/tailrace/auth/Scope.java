package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where to look for devices over which a caller has a permission, known before anything is read. Nothing outside is allowed; each
 * device inside still has to be checked.
 *
 * @param everywhere any device may be allowed; the sets are empty then
 * @param devices by name
 * @param fleets whose devices may be allowed
 */
public record Scope(boolean everywhere, Set<DeviceId> devices, Set<FleetId> fleets) {

    static final Scope ALL_DEVICES = new Scope(true, Set.of(), Set.of());

    /** Only these devices. */
    static Scope of(Set<DeviceId> devices) {
        return new Scope(false, devices, Set.of());
    }

    static Scope of(List<Grant> grants, Permission permission) {
        Set<DeviceId> devices = new HashSet<>();
        Set<FleetId> fleets = new HashSet<>();
        for (Grant grant : grants) {
            if (grant.permission().covers(permission)) {
                switch (grant.reach()) {
                    case ALL -> {
                        return ALL_DEVICES;
                    }
                    case FLEET -> fleets.add(new FleetId(grant.name()));
                    case DEVICE -> devices.add(new DeviceId(grant.name()));
                }
            }
        }
        return new Scope(false, Set.copyOf(devices), Set.copyOf(fleets));
    }

    /** Whether the caller has the permission over no device at all. */
    public boolean isEmpty() {
        return !everywhere && devices.isEmpty() && fleets.isEmpty();
    }
}
