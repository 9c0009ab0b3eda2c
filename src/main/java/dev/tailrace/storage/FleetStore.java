package dev.tailrace.storage;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which device belongs to which fleet: to one at most, whether or not the device has a ring, and until somebody changes
 * it. Threads and failures are as in {@link RingStore}.
 */
public interface FleetStore {

    /** The order of fleets in lists: by their names with a slash at the end, as storage keeps them. */
    Comparator<FleetId> ORDER = Comparator.comparing(fleet -> fleet.value() + "/");

    /**
     * Moves a device into a fleet, out of the one it was in, in one atomic step.
     *
     * @param fleet null for no fleet
     * @param most devices that a fleet may have
     * @return false when the fleet has so many others already; then nothing is changed
     */
    Future<Boolean> assign(DeviceId device, @Nullable FleetId fleet, int most);

    /** The fleets of these devices. Devices without a fleet are left out. */
    Future<Map<DeviceId, FleetId>> fleetsOf(Collection<DeviceId> devices);

    /** The first devices of a fleet in order of their names, at most so many; none when there is no such fleet. */
    default Future<List<DeviceId>> devicesOf(FleetId fleet, int most) {
        return devicesOf(fleet, null, most);
    }

    /**
     * The devices of a fleet after one of them, in order of their names, at most so many.
     *
     * @param after a name, whether or not there is such a device; null for the first
     */
    Future<List<DeviceId>> devicesOf(FleetId fleet, @Nullable DeviceId after, int most);

    /**
     * The fleets that have devices, at most so many, in {@link #ORDER}.
     *
     * @param after a name, whether or not there is such a fleet; null for the first
     */
    Future<List<Fleet>> fleets(@Nullable FleetId after, int most);

    /** The sizes of these fleets. Fleets without devices are left out. */
    Future<List<Fleet>> sizesOf(Collection<FleetId> fleets);

    /**
     * A text that changes with each change of any membership, so that a caller that remembers many need not read all
     * again.
     */
    Future<String> version();

    /**
     * A fleet that has devices.
     *
     * @param devices how many
     */
    record Fleet(FleetId name, int devices) {}
}
