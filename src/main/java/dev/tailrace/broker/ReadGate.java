package dev.tailrace.broker;

import java.util.ArrayDeque;

/**
 * Bounds the ring reads in flight on one event loop, so that a thousand subscribers that fall behind at once cost at
 * most {@link #CAPACITY} pages of memory. Waiting reads are served in order; there are never more than there are
 * cursors.
 */
final class ReadGate {

    static final int CAPACITY = 32;

    /** A read that waits. */
    interface Read {

        /** Reads, and calls {@link #leave} after the answer. Returns false when the answer is not wanted any more. */
        boolean begin();
    }

    private final ArrayDeque<Read> waiting = new ArrayDeque<>();
    private int underWay;

    /** Begins the read now, or after another one has left. */
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
            underWay++; // before the read, because its answer may come at once
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
