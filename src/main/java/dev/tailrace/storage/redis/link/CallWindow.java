package dev.tailrace.storage.redis.link;

/**
 * Bounds the bytes in flight on one connection to what its server answers within a goal. Each answer measures the
 * server and the way to it: the bytes answered between the sending of a call and its answer, divided by that time.
 *
 * <p>An answer that took longer than the goal shrinks the window to the measured rate. An answer within the goal grows
 * it by the bytes that it answers, which doubles it in each round trip, up to the measured rate.
 */
final class CallWindow {

    /** The window before anything was measured. */
    private static final int FIRST_BYTES = 256 * 1024;

    /**
     * A smaller window is not worth a round trip. One call alone is sent however large it is, so this bounds no call.
     */
    private static final int LEAST_BYTES = 16 * 1024;

    private final long goalNanos;
    private final long mostBytes;
    private long bytes;
    private long inFlight;
    private long answered;

    /**
     * The highest measured rate since it last was too slow for the goal, in bytes per goal; 0 before the first answer.
     */
    private double rate;

    /**
     * @param goalNanos everything in flight should be answered within this time
     * @param mostBytes the window never grows beyond this
     */
    CallWindow(long goalNanos, long mostBytes) {
        this.goalNanos = goalNanos;
        this.mostBytes = mostBytes;
        this.bytes = Math.min(FIRST_BYTES, mostBytes);
    }

    boolean hasRoom(int callBytes) {
        return inFlight == 0 || inFlight + callBytes <= bytes;
    }

    /** @return the bytes answered before this call was sent, which {@link #onAnswer} needs */
    long onSend(int callBytes) {
        inFlight += callBytes;
        return answered;
    }

    void onAnswer(int callBytes, long answeredBefore, long nanos) {
        inFlight -= callBytes;
        answered += callBytes;
        long delivered = answered - answeredBefore;
        double measured = (double) delivered * goalNanos / Math.max(1, nanos);
        if (nanos > goalNanos) {
            if (delivered >= LEAST_BYTES) { // otherwise little was sent, and the rate could have been higher
                rate = measured;
            }
            bytes = Math.max(LEAST_BYTES, (long) Math.min(bytes, measured));
            return;
        }
        rate = Math.max(rate, measured);
        if (measured > bytes) {
            bytes = (long) Math.min(mostBytes, Math.min(measured, bytes + callBytes));
        }
    }

    long inFlight() {
        return inFlight;
    }

    /** How long a call of so many bytes takes at the measured rate, in nanoseconds; 0 before anything was measured. */
    long expectedNanos(int callBytes) {
        return rate == 0 ? 0 : (long) (callBytes * goalNanos / rate);
    }
}
