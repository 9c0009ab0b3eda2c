package dev.tailrace.storage;

/**
 * What a ring holds at one moment.
 *
 * @param epoch names this life of the ring; empty when nothing was ever stored, or all of it was lost
 * @param head the highest offset given, 0 before the first
 * @param oldest the lowest offset in the ring; {@code head + 1} when it is empty
 * @param cleared entries up to this offset were removed by {@link RingStore#clear}; 0 when never
 * @param lineage the epochs before this one that share their first entries with it: storage that may have lost
 *     acknowledged entries starts a new epoch where its data ends
 */
public record RingState(String epoch, long head, long oldest, long cleared, Lineage lineage) {

    /** No ring: never written, expired or lost. */
    public static final RingState NONE = new RingState("", 0, 1, 0, Lineage.NONE);

    /** The state of a ring of which one ancestor is known, or none when {@code parentEpoch} is empty. */
    public RingState(String epoch, long head, long oldest, long cleared, String parentEpoch, long fork) {
        this(epoch, head, oldest, cleared, Lineage.of(parentEpoch, fork, ""));
    }

    public boolean exists() {
        return !epoch.isEmpty();
    }

    /**
     * The last offset that names the same entry in an epoch and in this ring: the head for the ring's own epoch, 0 for
     * an epoch that is not known to be an ancestor.
     */
    public long sharedWith(String other) {
        return other.equals(epoch) ? head : lineage.sharedWith(other);
    }

    /** The same with a head that is known to be higher. */
    public RingState withHead(long higher) {
        return new RingState(epoch, higher, oldest, cleared, lineage);
    }
}
