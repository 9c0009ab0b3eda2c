package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive entries of one epoch and, while somebody holds them, how one view shows them, for the next subscriber with
 * that view.
 */
final class Chunk {

    private final long first;
    private final Entries entries;
    private int holders;
    private @Nullable TailBudget budget; // pays for what is shown; null while no tail holds this
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

    /** What of this lies between the two offsets; they overlap with it. */
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

    /** The last one who lets go takes with it what was shown. */
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

    /** Asked by a holder. Only the view asked for last is remembered: with many, the first is no better than the last. */
    Encoded as(View wanted, String epoch, EncodeBuffer draft, StreamBudget streams) {
        Encoded known = shownAs(wanted);
        return known == null ? remember(wanted, Encoded.of(wanted, epoch, List.of(this), draft, streams)) : known;
    }

    /** As above, for a view whose filter selected these. */
    Encoded as(View wanted, String epoch, BitSet selected, EncodeBuffer draft, StreamBudget streams) {
        Encoded known = shownAs(wanted);
        return known == null ? remember(wanted, Encoded.of(wanted, epoch, this, selected, draft, streams)) : known;
    }

    /** How it was shown to the last who asked, if with this view; else null. */
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
