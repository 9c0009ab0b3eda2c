package dev.tailrace.broker;

import dev.tailrace.model.Gap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reader with a valve, which notes what it is handed: {@code "k-1=a"} for an entry, {@code "gap k-2..k-4 3 slow"},
 * {@code "clear k-5"}, {@code "away"}, {@code "back"}.
 */
final class ValveSubscriber implements Subscriber {

    /** Position and stored JSON of each entry, a line each. */
    enum Lines implements Encoding {
        PLAIN;

        @Override
        public void append(EncodeBuffer out, String epoch, long offset, byte[] bytes, int start, int end) {
            out.append(epoch).append('-').append(offset).append('=').append(bytes, start, end);
            out.append('\n');
        }

        @Override
        public ByteBuf pack(EncodeBuffer entries) {
            return Unpooled.directBuffer(entries.length()).writeBytes(entries.bytes(), 0, entries.length());
        }
    }

    // Touched on the broker's event loop only, except by a test that has waited for it.
    final List<String> seen = new ArrayList<>();
    final List<ByteBuf> writes = new ArrayList<>();
    final List<Cursor> missed = new ArrayList<>(); // cursors whose reads did not begin, because this was full
    boolean full;
    Object caller = "reader"; // all are one caller unless the test says otherwise
    boolean shared; // several cursors take turns
    boolean waiting; // a cursor waits for its turn
    int room = Integer.MAX_VALUE; // writes that still fit before it is full

    @Nullable
    Runnable onCall; // runs inside each call of the broker

    @Nullable
    Runnable onAsked; // runs when the broker calls isFull

    @Override
    public boolean isFull() {
        if (onAsked != null) {
            onAsked.run();
        }
        return full || room <= 0;
    }

    @Override
    public Object caller() {
        return caller;
    }

    @Override
    public void waits(Cursor cursor) {
        waiting = true;
    }

    @Override
    public void missedTurn(Cursor cursor) {
        missed.add(cursor);
    }

    @Override
    public boolean isShared() {
        return shared;
    }

    @Override
    public void opened(Cursor cursor) {
        note("open " + cursor.position());
    }

    @Override
    public void entries(Cursor cursor, ByteBuf encoded) {
        room--;
        writes.add(encoded);
        for (String line : encoded.toString(StandardCharsets.UTF_8).split("\n")) {
            seen.add(line.substring(0, line.indexOf('=') + 1) + message(line));
        }
        called();
    }

    private static String message(String line) {
        String opening = "\"message\":\"";
        int from = line.indexOf(opening) + opening.length();
        return line.substring(from, line.indexOf('"', from));
    }

    @Override
    public void gap(Cursor cursor, Gap gap) {
        String to = gap.to() == null ? "" : gap.to().toString();
        note("gap " + gap.from() + ".." + to + " " + gap.count() + " "
                + gap.reason().wire());
    }

    @Override
    public void cleared(Cursor cursor, long offset) {
        note("clear " + cursor.position().epoch() + "-" + offset);
    }

    @Override
    public void failed(Cursor cursor) {
        seen.add("failed");
    }

    @Override
    public void storage(Cursor cursor, boolean away) {
        note(away ? "away" : "back");
    }

    private void note(String what) {
        seen.add(what);
        called();
    }

    private void called() {
        if (onCall != null) {
            onCall.run();
        }
    }
}
