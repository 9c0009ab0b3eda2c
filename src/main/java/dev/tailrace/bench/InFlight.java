package dev.tailrace.bench;

/** The lines of one device that are in flight: the device waits for the acknowledgement, each reader for the line. */
final class InFlight {

    private final int[] waiting; // for each line in the window how many still wait for it
    private final int mask;
    private final int window;
    private long oldest = 1;
    private long next = 1;

    InFlight(int window) {
        this.window = window;
        this.waiting = new int[Integer.highestOneBit(Math.max(1, window - 1)) * 2];
        this.mask = waiting.length - 1;
    }

    int room() {
        return window - (int) (next - oldest);
    }

    /** @param parties the number of peers that wait for each of these lines */
    void sent(int lines, int parties) {
        for (int i = 0; i < lines; i++) {
            waiting[(int) next++ & mask] = parties;
        }
    }

    /** One of the peers has the lines {@code [from, to)}. */
    void settled(long from, long to) {
        for (long line = Math.max(from, oldest); line < Math.min(to, next); line++) {
            waiting[(int) line & mask]--;
        }
        while (oldest < next && waiting[(int) oldest & mask] <= 0) {
            oldest++;
        }
    }
}
