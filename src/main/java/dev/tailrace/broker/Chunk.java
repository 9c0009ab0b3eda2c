package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive entries of one epoch and, while the chunk is held, their encoding for the latest view, so that the next
 * subscriber with that view need not encode them again.
 */
final class Chunk {

    private final long first;
    private final Entries entries;
    private int holders;
    private @Nullable TailBudget budget; // pays for the encoding; null while no tail holds this chunk
    private @Nullable View view;
    private @Nullable Encoded shown;

    Chunk(long first, Entries entries) {
        this.first = first;
        this.entries = entries;
    }

    long first() {
        return first;
    }

    long last() {
        return first + entries.size() - 1;
    }

    Entries entries() {
        return entries;
    }

    /** The part of this chunk between the two offsets, which overlap with it. */
    Chunk part(long from, long to) {
        if (from <= first && to >= last()) {
            return this;
        }
        long start = Math.max(from, first);
        return new Chunk(start, entries.slice((int) (start - first), (int) (Math.min(to, last()) - first) + 1));
    }

    void hold() {
        holders++;
    }

    /** Releases one hold; the last one frees the encoding. */
    void release() {
        if (--holders == 0) {
            forget();
        }
    }

    void paidBy(@Nullable TailBudget payer) {
        charge(-1);
        budget = payer;
        charge(1);
    }

    /**
     * The entries encoded for a view. Called while the chunk is held. Only the latest view is remembered: with many
     * views, the first is no better than the last.
     */
    Encoded as(View wanted, String epoch, EncodeBuffer buffer, StreamBudget streams) {
        Encoded known = shownAs(wanted);
        return known == null ? remember(wanted, Encoded.of(wanted, epoch, List.of(this), buffer, streams)) : known;
    }

    /** As above, for a view whose filter selected these entries. */
    Encoded as(View wanted, String epoch, BitSet selected, EncodeBuffer buffer, StreamBudget streams) {
        Encoded known = shownAs(wanted);
        return known == null ? remember(wanted, Encoded.of(wanted, epoch, this, selected, buffer, streams)) : known;
    }

    /** The encoding that is remembered, if it is of this view; otherwise null. */
    @Nullable
    Encoded shownAs(View wanted) {
        return shown != null && wanted.equals(view) ? shown : null;
    }

    private Encoded remember(View wanted, Encoded made) {
        forget();
        view = wanted;
        shown = made;
        charge(1);
        return made;
    }

    private void forget() {
        charge(-1);
        if (shown != null) {
            shown.release();
        }
        view = null;
        shown = null;
    }

    private void charge(int sign) {
        if (budget != null && shown != null && shown.bytes() != null) {
            budget.add(sign * shown.bytes().capacity());
        }
    }
}
