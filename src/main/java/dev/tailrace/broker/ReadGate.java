package dev.tailrace.broker;

import java.util.ArrayDeque;

/**
 * Bounds the ring reads under way on one event loop, so that a thousand subscribers that fall behind at once cost at most
 * {@link #CAPACITY} pages of memory. Those that wait are served in turn; there are never more than there are cursors.
 */
final class ReadGate {

    static final int CAPACITY = 32;

    /** What waits to be read. */
    interface Read {

        /** Reads, and calls {@link #leave} when that is answered; false when nobody wants the answer any more. */
        boolean begin();
    }

    private final ArrayDeque<Read> waiting = new ArrayDeque<>();
    private int underWay;

    /** Begins the read now or when another has left. */
    void enter(Read read) {
        waiting.addLast(read);
        admit();
    }

    void leave() {
        underWay--;
        admit();
    }

    private void admit() {
        while (underWay < CAPACITY && !waiting.isEmpty()) {
            underWay++; // first, for the answer may come at once
            boolean begun = false;
            try {
                begun = waiting.removeFirst().begin();
            } finally {
                if (!begun) {
                    underWay--;
                }
            }
        }
    }
}
