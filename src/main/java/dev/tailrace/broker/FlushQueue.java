package dev.tailrace.broker;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The feeds of one event loop that have something to deliver. They are flushed in rounds: the next round begins in the
 * next tick of the loop, or when its {@link FlushPace} allows. A round that takes longer than a {@link Slice} goes on
 * after the loop has read from its sockets; entries that arrive meanwhile wait for the next round, so that each write
 * has more of them.
 */
final class FlushQueue {

    private final Broker broker;
    private final FlushPace pace;
    private ArrayDeque<Feed> next = new ArrayDeque<>();
    private ArrayDeque<Feed> round = new ArrayDeque<>(); // feeds that were not flushed in it yet
    private final ArrayDeque<Feed> unfinished = new ArrayDeque<>(); // feeds whose flush took longer than a slice
    private boolean scheduled;
    private boolean pausing; // between two slices of a round
    private long pausedAt;

    FlushQueue(Broker broker) {
        this.broker = broker;
        this.pace = new FlushPace(broker.nanoTime());
    }

    /** Schedules a flush of the feed. Until then the feed is in the queue once. */
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
        // A pause counts as flushing, so that a loop with much to flush delivers more with each flush, and not less.
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
            boolean first = !round.isEmpty(); // so that a feed with many readers does not delay the others
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
            feed.queue(); // with what arrived meanwhile
        }
    }

    /** The feed has too much pending to wait. */
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
