package dev.tailrace.broker;

import java.util.ArrayDeque;

/**
 * Bounds the ring reads under way on one event loop, so that a thousand subscribers that fall behind at once cost at most
 * {@link #CAPACITY} pages of memory. Those that wait are served in turn; there are never more than there are cursors.
 */
final class ReadGate {

    static final int CAPACITY = 32;

    private final ArrayDeque<Cursor> waiting = new ArrayDeque<>();
    private int underWay;

    /** Lets the cursor read now or when another has left; it calls {@link #leave} when the read is answered. */
    void enter(Cursor cursor) {
        if (underWay == CAPACITY) {
            waiting.addLast(cursor);
            return;
        }
        underWay++;
        cursor.readNow();
    }

    void leave() {
        underWay--;
        while (underWay < CAPACITY && !waiting.isEmpty()) {
            Cursor next = waiting.removeFirst();
            if (!next.isClosed()) {
                enter(next);
            }
        }
    }
}
