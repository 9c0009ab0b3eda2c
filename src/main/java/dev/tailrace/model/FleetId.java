package dev.tailrace.model;

/**
 * A named group of devices.
 *
 * @param value of the same form as that of a {@link DeviceId}
 */
public record FleetId(String value) implements Comparable<FleetId> {

    public FleetId {
        if (!DeviceId.isValid(value)) {
            throw new IllegalArgumentException(
                    "a fleet's name is 1 to 128 of the characters A-Z a-z 0-9 . _ - (and not only dots)");
        }
    }

    @Override
    public int compareTo(FleetId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
