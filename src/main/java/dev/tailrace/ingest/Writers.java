package dev.tailrace.ingest;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The writers of one event loop, each used by one sink at a time and then by another. So a device that sends by a thousand requests has
 * the few writers that were in use at once, and not a thousand that a ring would have to remember.
 */
final class Writers {

    private static final int MAX_IDLE = 256;

    private final Deque<Writer> idle = new ArrayDeque<>();

    Writer take() {
        Writer used = idle.pollLast();
        return used == null ? new Writer(newName()) : used;
    }

    /** Its appends were answered or given up; what follows has higher numbers in any case. */
    void giveBack(Writer writer) {
        if (idle.size() < MAX_IDLE) {
            idle.addLast(writer);
        }
    }

    private static String newName() {
        return Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), 36);
    }
}
