package dev.tailrace.broker;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * A point in the order of the changes to a list of devices.
 *
 * @param index which broker's list it is
 * @param at epoch milliseconds of storage's clock, so that other brokers understand it; never less than of an earlier
 *     change
 * @param number of the change in this list, so that no two changes are at the same point
 */
record DeviceVersion(String index, long at, long number) implements Comparable<DeviceVersion> {

    private static final Comparator<DeviceVersion> ORDER =
            Comparator.comparingLong(DeviceVersion::at).thenComparingLong(DeviceVersion::number);

    private static final int PARTS = 3;
    private static final String NUMBER = "[0-9]{1,15}";

    /** Parses what {@link #toString} returned; null for any other text. */
    static @Nullable DeviceVersion parse(String text) {
        String[] parts = text.split("\\.", -1);
        return parts.length == PARTS && parts[1].matches(NUMBER) && parts[2].matches(NUMBER)
                ? new DeviceVersion(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]))
                : null;
    }

    @Override
    public int compareTo(DeviceVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return index + "." + at + "." + number;
    }
}
