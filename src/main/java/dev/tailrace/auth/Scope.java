package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where to look for devices over which a caller holds a permission, known before anything is read. Nothing outside is allowed;
 * what is inside still has to be asked about, one by one.
 *
 * @param everywhere any device may be one; the sets are empty then
 * @param devices by name
 * @param fleets whose devices may be
 */
public record Scope(boolean everywhere, Set<DeviceId> devices, Set<FleetId> fleets) {

    static final Scope ALL_DEVICES = new Scope(true, Set.of(), Set.of());

    /** @param devices some only */
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

    /** Whether the caller holds it over no device, whatever there is. */
    public boolean isEmpty() {
        return !everywhere && devices.isEmpty() && fleets.isEmpty();
    }
}
