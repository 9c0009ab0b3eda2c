package dev.tailrace.broker;

/** Bounds what the tails of one event loop hold in total. While it is overdrawn, each keeps to its usual size. */
final class TailBudget {

    static final long BYTES = 64L * 1024 * 1024;

    private long held;

    void add(int bytes) {
        held += bytes;
    }

    long held() {
        return held;
    }

    boolean isOverdrawn() {
        return held > BYTES;
    }

    /** Whether there is room for entries that only save reads; half is kept for bursts. */
    boolean hasRoomToShare() {
        return held < BYTES / 2;
    }
}
