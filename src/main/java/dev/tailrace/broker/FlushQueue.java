package dev.tailrace.broker;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The feeds of one event loop that have something to hand over. One task flushes them all: in the next turn of the loop, or
 * when its {@link FlushPace} allows. A task that takes longer than a {@link Slice} goes on after a pause.
 */
final class FlushQueue {

    private final Broker broker;
    private final FlushPace pace;
    private final ArrayDeque<Feed> feeds = new ArrayDeque<>();
    private boolean scheduled;
    private boolean pausing; // between two slices
    private long pausedAt;

    FlushQueue(Broker broker) {
        this.broker = broker;
        this.pace = new FlushPace(broker.nanoTime());
    }

    /** The feed is flushed soon; it comes once until then. */
    void add(Feed feed) {
        feeds.addLast(feed);
        schedule(false);
    }

    private void schedule(boolean afterPause) {
        if (scheduled) {
            return;
        }
        scheduled = true;
        long wait = TimeUnit.NANOSECONDS.toMillis(pace.notBefore() - broker.nanoTime());
        if (afterPause) {
            broker.vertx().setTimer(Slice.PAUSE_MILLIS, id -> flush());
        } else if (wait > 0) {
            broker.vertx().setTimer(wait, id -> flush());
        } else {
            broker.context().runOnContext(nothing -> flush());
        }
    }

    private void flush() {
        // A pause counts as flushing, so that a loop with much to flush hands over more with each flush and not less.
        long began = pausing ? pausedAt : broker.nanoTime();
        Slice slice = broker.slice();
        boolean cutShort = false;
        try {
            for (int due = feeds.size(); due > 0 && !cutShort; due--) { // what comes meanwhile is for the next time
                Feed feed = feeds.removeFirst();
                boolean finished = feed.scheduledFlush(slice);
                if (!finished) {
                    feed.queue(); // after the others, so that a feed with many readers does not keep them waiting
                }
                cutShort = !finished || (due > 1 && slice.isOver());
            }
        } finally {
            pausedAt = broker.nanoTime();
            pausing = cutShort;
            pace.flushed(began, pausedAt);
            scheduled = false; // only now, or a feed that goes on would be due before the pause is over
            if (!feeds.isEmpty()) {
                schedule(cutShort);
            }
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
