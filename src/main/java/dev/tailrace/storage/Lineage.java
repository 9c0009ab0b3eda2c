package dev.tailrace.storage;

import java.util.ArrayList;
import java.util.List;

/**
 * The epochs that a ring's epoch descends from, newest first, as far as storage remembers them.
 *
 * @param ancestors each epoch is named once
 */
public record Lineage(List<Ancestor> ancestors) {

    /** The lineage of an epoch that did not fork off from another one. */
    public static final Lineage NONE = new Lineage(List.of());

    /**
     * An earlier epoch of the same ring.
     *
     * @param shared its entries up to this offset are those of the ring's present epoch
     */
    public record Ancestor(String epoch, long shared) {}

    public Lineage {
        ancestors = List.copyOf(ancestors);
    }

    /**
     * Parses what storage keeps.
     *
     * @param parent the epoch that the present one forked off from, empty for none
     * @param fork the last offset of the parent in the present epoch
     * @param older epochs before the parent, each followed by the offset that it shared with the parent; separated by
     *     spaces
     */
    public static Lineage of(String parent, long fork, String older) {
        if (parent.isEmpty()) {
            return NONE;
        }
        List<Ancestor> ancestors = new ArrayList<>();
        ancestors.add(new Ancestor(parent, fork));
        String[] words = older.split(" ");
        for (int i = 0; i + 1 < words.length; i += 2) {
            ancestors.add(new Ancestor(words[i], Math.min(offset(words[i + 1]), fork)));
        }
        return new Lineage(ancestors);
    }

    private static long offset(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException damaged) {
            return 0; // repeating entries is safe, and skipping some is not
        }
    }

    /** The last offset that an ancestor shares with the present epoch; 0 when the epoch is not a known ancestor. */
    long sharedWith(String epoch) {
        for (Ancestor ancestor : ancestors) {
            if (ancestor.epoch.equals(epoch)) {
                return ancestor.shared;
            }
        }
        return 0;
    }
}
