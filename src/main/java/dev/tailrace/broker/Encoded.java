package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import io.netty.buffer.ByteBuf;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Entries encoded for a view, once for all subscribers with that view, who may use it until {@link #release}.
 *
 * @param bytes never changed after they are made; null when the view's filter hides all entries
 * @param entries how many entries the filter lets through
 */
record Encoded(@Nullable ByteBuf bytes, int entries) {

    static Encoded of(View view, String epoch, List<Chunk> chunks, EncodeBuffer buffer, StreamBudget budget) {
        buffer.clear();
        int shown = 0;
        for (Chunk chunk : chunks) {
            shown += append(view, epoch, chunk, buffer);
        }
        return new Encoded(shown == 0 ? null : budget.counted(view.encoding().pack(buffer)), shown);
    }

    /** @param selected indices of the entries to show, which the view's filter lets through */
    static Encoded of(View view, String epoch, Chunk chunk, BitSet selected, EncodeBuffer buffer, StreamBudget budget) {
        buffer.clear();
        Entries entries = chunk.entries();
        for (int i = selected.nextSetBit(0); i >= 0; i = selected.nextSetBit(i + 1)) {
            view.encoding().append(buffer, epoch, chunk.first() + i, entries.bytes(), entries.start(i), entries.end(i));
        }
        return new Encoded(
                selected.isEmpty() ? null : budget.counted(view.encoding().pack(buffer)), selected.cardinality());
    }

    private static int append(View view, String epoch, Chunk chunk, EncodeBuffer out) {
        Entries entries = chunk.entries();
        byte[] bytes = entries.bytes();
        int shown = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (Filter.shows(view.filter(), bytes, entries.start(i), entries.end(i))) {
                view.encoding().append(out, epoch, chunk.first() + i, bytes, entries.start(i), entries.end(i));
                shown++;
            }
        }
        return shown;
    }

    /** Its maker does not need it any more. Subscribers that still send it have their own share. */
    void release() {
        if (bytes != null) {
            bytes.release();
        }
    }
}
