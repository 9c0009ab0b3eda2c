package dev.tailrace.broker;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The feeds of one event loop that have something to hand over. One task flushes them all: in the next turn of the loop, or
 * when its {@link FlushPace} allows.
 */
final class FlushQueue {

    private final Broker broker;
    private final FlushPace pace;
    private final ArrayDeque<Feed> feeds = new ArrayDeque<>();
    private boolean scheduled;

    FlushQueue(Broker broker) {
        this.broker = broker;
        this.pace = new FlushPace(broker.nanoTime());
    }

    /** The feed is flushed soon; it comes once until then. */
    void add(Feed feed) {
        feeds.addLast(feed);
        schedule();
    }

    private void schedule() {
        if (scheduled) {
            return;
        }
        scheduled = true;
        long wait = TimeUnit.NANOSECONDS.toMillis(pace.notBefore() - broker.nanoTime());
        if (wait > 0) {
            broker.vertx().setTimer(wait, id -> flush());
        } else {
            broker.context().runOnContext(nothing -> flush());
        }
    }

    private void flush() {
        scheduled = false;
        long began = broker.nanoTime();
        try {
            for (int due = feeds.size(); due > 0; due--) { // what comes meanwhile is for the next time
                feeds.removeFirst().scheduledFlush();
            }
        } finally {
            pace.flushed(began, broker.nanoTime());
            if (!feeds.isEmpty()) {
                schedule();
            }
        }
    }

    /** The feed has too much in hand to wait. */
    void now(Feed feed) {
        long began = broker.nanoTime();
        feed.flush();
        pace.flushed(began, broker.nanoTime());
    }
}
