package dev.tailrace.ingest;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The writers of one event loop, each used by one sink at a time. They are reused, so that a device that sends a
 * thousand requests has only as many writers as were in use at once, and a ring need not remember a thousand.
 */
final class Writers {

    private static final int MAX_IDLE = 256;

    private final Deque<Writer> idle = new ArrayDeque<>();

    Writer take() {
        Writer used = idle.pollLast();
        return used == null ? new Writer(newName()) : used;
    }

    /**
     * Takes the writer back when its appends are answered or given up; the next ones have higher numbers in any case.
     */
    void giveBack(Writer writer) {
        if (idle.size() < MAX_IDLE) {
            idle.addLast(writer);
        }
    }

    private static String newName() {
        return Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), 36);
    }
}
