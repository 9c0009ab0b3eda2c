package dev.tailrace.model;

import org.jspecify.annotations.Nullable;

/**
 * Entries that a subscriber was entitled to and cannot get any more.
 *
 * @param from position of the first of them
 * @param to position of the last, or null when nobody knows it (the epoch changed)
 * @param count how many, or null with {@code to}
 */
public record Gap(
        Position from, @Nullable Position to, @Nullable Long count, Reason reason) {

    /** Entries from {@code first} to {@code last} of one epoch. */
    public static Gap of(String epoch, long first, long last, Reason reason) {
        return new Gap(new Position(epoch, first), new Position(epoch, last), last - first + 1, reason);
    }

    /** Whatever followed a position in an epoch that storage lost or cannot vouch for. */
    public static Gap ofEpoch(String epoch, long first) {
        return new Gap(new Position(epoch, first), null, null, Reason.EPOCH);
    }

    /** Why the entries are gone. */
    public enum Reason {
        /** The ring had moved on before the subscriber came (back). */
        EVICTED("evicted"),
        /** The ring moved on while the subscriber was too slow to take what it was offered. */
        SLOW("slow"),
        /** Storage lost the ring, or came back with an older state. */
        EPOCH("epoch"),
        /** The ring moved on, and which of the entries the subscriber's filter would have let through is unknown. */
        FILTERED_RANGE_LOST("filtered-range-lost"),
        /** Storage keeps them and they cannot be read. */
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
