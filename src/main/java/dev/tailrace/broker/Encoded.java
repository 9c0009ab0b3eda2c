package dev.tailrace.broker;

import dev.tailrace.model.Entries;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some entries as a view shows them; made once and shared by all subscribers with that view.
 *
 * @param buffer never changed once it is made; null when the view's filter lets none of the entries through
 * @param entries how many the filter lets through
 */
record Encoded(@Nullable Buffer buffer, int entries) {

    /** A filter lets through nobody knows how much; the Buffer grows when it is more. */
    private static final int FILTERED_BYTES = 256;

    static Encoded of(View view, String epoch, List<Tail.Chunk> chunks) {
        int expected = 0;
        for (Tail.Chunk chunk : chunks) {
            expected += expectedBytes(view, chunk);
        }
        Buffer out = Buffer.buffer(expected);
        int shown = 0;
        for (Tail.Chunk chunk : chunks) {
            shown += append(view, epoch, chunk, out);
        }
        return new Encoded(shown == 0 ? null : out, shown);
    }

    private static int expectedBytes(View view, Tail.Chunk chunk) {
        Entries entries = chunk.entries();
        return view.filter() == null
                ? entries.byteSize() + entries.size() * view.encoding().overhead()
                : FILTERED_BYTES;
    }

    private static int append(View view, String epoch, Tail.Chunk chunk, Buffer out) {
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
}
