package dev.tailrace.storage;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** The announcements that one watch received. */
public final class WatchRecorder {

    private final List<Announcement> announcements = new CopyOnWriteArrayList<>();
    private volatile Runnable close = () -> {};

    void add(Announcement announcement) {
        announcements.add(announcement);
    }

    void closeWith(Runnable action) {
        close = action;
    }

    public void close() {
        close.run();
    }

    public List<Announcement> all() {
        return List.copyOf(announcements);
    }

    public void await(Predicate<List<Announcement>> heard) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(20, SECONDS)
                .until(() -> heard.test(all()));
    }

    public void awaitReady() {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(20, SECONDS)
                .until(() -> all().stream().anyMatch(Announcement.Ready.class::isInstance));
    }

    /** Waits for the announcement of an offset. */
    public void awaitHead(String epoch, long offset) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(20, SECONDS)
                .until(() -> all().stream()
                        .anyMatch(one -> one instanceof Announcement.Stored stored
                                && stored.epoch().equals(epoch)
                                && stored.first() + stored.entries().size() > offset));
    }

    /** Waits until an offset was announced or was part of a state. */
    void awaitReach(long offset) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(20, SECONDS)
                .until(() ->
                        all().stream().mapToLong(WatchRecorder::reach).max().orElse(0) >= offset);
    }

    /** Offsets that were skipped: neither in a state nor announced in order. */
    List<Long> holes() {
        List<Long> holes = new ArrayList<>();
        long head = -1;
        for (Announcement one : all()) {
            if (one instanceof Announcement.Stored stored && stored.first() > head + 1) {
                holes.add(stored.first());
            }
            head = Math.max(head, reach(one));
        }
        return holes;
    }

    private static long reach(Announcement one) {
        if (one instanceof Announcement.Stored stored) {
            return stored.first() + stored.entries().size() - 1;
        }
        return one instanceof Announcement.Ready ready ? ready.state().head() : 0;
    }

    public List<Long> offsets() {
        List<Long> offsets = new ArrayList<>();
        for (Announcement one : all()) {
            if (one instanceof Announcement.Stored stored) {
                for (int i = 0; i < stored.entries().size(); i++) {
                    offsets.add(stored.first() + i);
                }
            }
        }
        return offsets;
    }

    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Announcement one : all()) {
            if (one instanceof Announcement.Stored stored) {
                lines.addAll(TestStores.lines(stored.entries()));
            }
        }
        return lines;
    }
}
