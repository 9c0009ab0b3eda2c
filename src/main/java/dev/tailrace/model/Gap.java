package dev.tailrace.model;

import org.jspecify.annotations.Nullable;

/**
 * Entries that a subscriber was entitled to and cannot get any more.
 *
 * @param from position of the first of them
 * @param to position of the last one, or null if it is unknown because the epoch changed
 * @param count number of the entries; null if {@code to} is
 */
public record Gap(
        Position from, @Nullable Position to, @Nullable Long count, Reason reason) {

    /** Entries from {@code first} to {@code last} of one epoch. */
    public static Gap of(String epoch, long first, long last, Reason reason) {
        return new Gap(new Position(epoch, first), new Position(epoch, last), last - first + 1, reason);
    }

    /** All entries after a position in an epoch that storage has lost or restored in an older state. */
    public static Gap ofEpoch(String epoch, long first) {
        return new Gap(new Position(epoch, first), null, null, Reason.EPOCH);
    }

    /** Why the entries are gone. */
    public enum Reason {
        /** The ring had evicted them before the subscriber connected or reconnected. */
        EVICTED("evicted"),
        /** The ring evicted them while the subscriber was too slow. */
        SLOW("slow"),
        /** Storage lost the ring, or restored an older state. */
        EPOCH("epoch"),
        /** The ring evicted them, and it is unknown which of them matched the subscriber's filter. */
        FILTERED_RANGE_LOST("filtered-range-lost"),
        /** Storage has them, but they cannot be read. */
        DAMAGED("damaged");

        private final String wire;

        Reason(String wire) {
            this.wire = wire;
        }

        /** The name in events and metric labels. */
        public String wire() {
            return wire;
        }
    }
}
