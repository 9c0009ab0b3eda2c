package dev.tailrace.egress;

import dev.tailrace.http.Problem;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what the streams of all event loops of one broker hold together: devices that they follow, and positions kept
 * in storage.
 */
public final class FollowBudget {

    /**
     * Bytes of positions that this broker keeps in storage. With more, the lists that will not be needed for the
     * longest time are removed first.
     */
    static final long PLACE_BYTES = 64L * 1024 * 1024;

    private final int most;
    private final AtomicInteger devices = new AtomicInteger();

    // Guarded by this.
    private final PriorityQueue<Ended> ended = new PriorityQueue<>(Comparator.comparingLong(Ended::until));
    private long placeBytes;

    /** A list of positions whose stream has ended. */
    private record Ended(String list, int bytes, long until) {}

    /**
     * @param devices followed at most, each counted once per stream; a few more when several streams open at the same
     *     moment
     */
    public FollowBudget(int devices) {
        this.most = devices;
    }

    // ---- devices

    /** @throws Problem when so many more devices would be too many */
    void requireRoom(int more) {
        if (devices.get() + more > most) {
            throw new Problem(
                    503,
                    "broker-full",
                    "Too many followed devices",
                    "retry later or use another broker; this one may follow " + most + " (--followed-devices)");
        }
    }

    void follow(int more) {
        devices.addAndGet(more);
    }

    // ---- positions

    /** Counts positions before they are stored. */
    synchronized void keep(int bytes) {
        placeBytes += bytes;
    }

    /**
     * A list's stream has ended.
     *
     * @param until epoch milliseconds when storage drops it
     */
    synchronized void ended(String list, int bytes, long until) {
        ended.add(new Ended(list, bytes, until));
    }

    /**
     * A list to remove from storage because there is too much; null when there is not, or when no list may be removed.
     */
    synchronized @Nullable String superfluous(long now) {
        while (!ended.isEmpty() && ended.peek().until <= now) {
            placeBytes -= ended.remove().bytes; // storage has dropped it
        }
        if (placeBytes <= PLACE_BYTES || ended.isEmpty()) {
            return null;
        }
        Ended first = ended.remove();
        placeBytes -= first.bytes;
        return first.list;
    }

    synchronized boolean hasRoomForPlaces() {
        return placeBytes <= PLACE_BYTES;
    }
}
