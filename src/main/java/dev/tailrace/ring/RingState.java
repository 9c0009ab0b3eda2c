package dev.tailrace.ring;

/**
 * What a ring holds at one moment.
 *
 * @param epoch names this life of the ring; empty when nothing was ever stored, or all of it was lost
 * @param head the highest offset given, 0 before the first
 * @param oldest the lowest offset kept; {@code head + 1} when none is
 * @param cleared entries up to this offset were removed by {@link Ring#clear}; 0 when never
 * @param parentEpoch the epoch before this one when it is known, else empty: a Redis that came back with older data
 *     starts a new epoch in which entries up to {@code fork} are those of the parent
 * @param fork the last offset that this epoch shares with its parent
 */
public record RingState(String epoch, long head, long oldest, long cleared, String parentEpoch, long fork) {

    /** No ring: never written, expired or lost. */
    public static final RingState NONE = new RingState("", 0, 1, 0, "", 0);

    public boolean exists() {
        return !epoch.isEmpty();
    }
}
