package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import org.jspecify.annotations.Nullable;

/**
 * A device as this broker's {@link DeviceIndex} has it.
 *
 * @param fleet the fleet that it belongs to
 * @param formerFleet the one before, as far as this broker knows, so that a reader of that fleet learns that the device
 *     left
 * @param online whether some broker holds a connection of it
 * @param lastSeen epoch milliseconds of storage's clock; for a device that is online, the time of the read
 * @param listedSeen {@code lastSeen} as of the last change that counts as one
 */
public record ListedDevice(
        DeviceId device,
        @Nullable FleetId fleet,
        @Nullable FleetId formerFleet,
        boolean online,
        long lastSeen,
        long listedSeen) {

    /** The same device in another fleet. */
    public ListedDevice in(@Nullable FleetId other) {
        return new ListedDevice(device, other, fleet, online, lastSeen, listedSeen);
    }
}
