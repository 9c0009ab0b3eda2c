package dev.tailrace.broker;

import java.util.ArrayDeque;

/**
 * Bounds the ring reads under way on one event loop, so that a thousand subscribers that fall behind at once cost at most
 * {@link #CAPACITY} pages of memory. Those that wait are served in turn; there are never more than there are cursors.
 */
final class ReadGate {

    static final int CAPACITY = 32;

    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int underWay;

    /** Runs the read now or when another has left; it calls {@link #leave} when it is answered. */
    void enter(Runnable read) {
        if (underWay == CAPACITY) {
            waiting.addLast(read);
            return;
        }
        underWay++;
        read.run();
    }

    void leave() {
        Runnable next = waiting.pollFirst();
        if (next == null) {
            underWay--;
        } else {
            next.run();
        }
    }
}
