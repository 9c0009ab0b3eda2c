package dev.tailrace.egress;

import dev.tailrace.http.Problem;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the streams of all event loops of one broker may hold together: devices that they follow, and places kept in storage. */
public final class FollowBudget {

    /** Of places that this broker keeps in storage. Beyond it those go first that nobody will need for the longest time. */
    static final long PLACE_BYTES = 64L * 1024 * 1024;

    private final int most;
    private final AtomicInteger devices = new AtomicInteger();

    // Guarded by this.
    private final PriorityQueue<Ended> ended = new PriorityQueue<>(Comparator.comparingLong(Ended::until));
    private long placeBytes;

    /** A list of places that no stream writes to any more. */
    private record Ended(String list, int bytes, long until) {}

    /** @param devices followed at most, each counted once per stream; a few more when several streams open at the same moment */
    public FollowBudget(int devices) {
        this.most = devices;
    }

    // ---- devices

    /** @throws Problem when so many devices more would be too many */
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

    // ---- places

    /** Counts what is about to be kept. */
    synchronized void keep(int bytes) {
        placeBytes += bytes;
    }

    /**
     * No stream writes to a list any more.
     *
     * @param until epoch milliseconds when storage drops it
     */
    synchronized void ended(String list, int bytes, long until) {
        ended.add(new Ended(list, bytes, until));
    }

    /** A list to remove from storage because there is too much; null when there is not, or no list is left that could go. */
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
