package dev.tailrace.broker;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The feeds of one event loop that have something to hand over. They are flushed in rounds: the next one begins in the next turn
 * of the loop, or when its {@link FlushPace} allows. A round that takes longer than a {@link Slice} goes on when the loop has read
 * from its sockets; what comes meanwhile waits for the next round, so that more entries leave with each.
 */
final class FlushQueue {

    private final Broker broker;
    private final FlushPace pace;
    private ArrayDeque<Feed> next = new ArrayDeque<>();
    private ArrayDeque<Feed> round = new ArrayDeque<>(); // those that had no turn in it so far
    private final ArrayDeque<Feed> unfinished = new ArrayDeque<>(); // those whose turn took longer than a slice
    private boolean scheduled;
    private boolean pausing; // between two slices of a round
    private long pausedAt;

    FlushQueue(Broker broker) {
        this.broker = broker;
        this.pace = new FlushPace(broker.nanoTime());
    }

    /** The feed is flushed soon; it comes once until then. */
    void add(Feed feed) {
        next.addLast(feed);
        schedule();
    }

    private void schedule() {
        if (scheduled) {
            return;
        }
        scheduled = true;
        long wait = TimeUnit.NANOSECONDS.toMillis(pace.notBefore() - broker.nanoTime());
        if (pausing) {
            broker.afterReading(this::flush);
        } else if (wait > 0) {
            broker.vertx().setTimer(wait, id -> flush());
        } else {
            broker.context().runOnContext(nothing -> flush());
        }
    }

    private void flush() {
        // A pause counts as flushing, so that a loop with much to flush hands over more with each flush and not less.
        long began = pausing ? pausedAt : broker.nanoTime();
        if (!pausing) {
            ArrayDeque<Feed> empty = round;
            round = next;
            next = empty;
        }
        try {
            goOn(broker.slice());
        } finally {
            pausedAt = broker.nanoTime();
            pausing = !round.isEmpty() || !unfinished.isEmpty();
            pace.flushed(began, pausedAt);
            scheduled = false; // only now, or a feed that was flushed would be due before the pause is over
            if (pausing || !next.isEmpty()) {
                schedule();
            }
        }
    }

    private void goOn(Slice slice) {
        do {
            boolean first = !round.isEmpty(); // so that a feed with many readers does not keep the others waiting
            Feed feed = first ? round.removeFirst() : unfinished.removeFirst();
            if (first) {
                feed.leftQueue();
            }
            flush(feed, slice);
        } while ((!round.isEmpty() || !unfinished.isEmpty()) && !slice.isOver());
    }

    private void flush(Feed feed, Slice slice) {
        boolean finished = feed.flush(slice);
        if (feed.isHandingOver()) {
            unfinished.addLast(feed);
        } else if (!finished) {
            feed.queue(); // what came meanwhile
        }
    }

    /** The feed has too much in hand to wait. */
    void now(Feed feed) {
        long began = broker.nanoTime();
        try {
            if (!feed.flush(broker.slice())) {
                feed.queue();
            }
        } finally {
            pace.flushed(began, broker.nanoTime());
        }
    }
}
