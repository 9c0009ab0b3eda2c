package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Gap;
import dev.tailrace.model.Position;
import dev.tailrace.storage.RingState;
import io.vertx.core.AsyncResult;
import java.util.BitSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * One subscriber's place in a feed: <em>live</em> when the feed's next flush is for it, <em>behind</em> otherwise. A
 * cursor that is behind reads the feed's tail or the ring until it is live again. Begin, replay, resume, recovery after
 * a stall and repair of a lost announcement are all that same loop, {@link #pump}.
 */
public final class Cursor {

    private static final int RETRY_MILLIS = 200;

    /** Stands in a position for "before the device's first ring". */
    private static final String NO_EPOCH = "0";

    private final Feed feed;
    private final Start start;
    private final View view;
    private final Subscriber subscriber;

    // All state below is touched on the broker's context only.
    int index; // of this cursor in the feed's list
    private String epoch = ""; // empty while the device has no ring
    private long next = 1; // the offset to deliver next
    private long vouched; // the ring reported that this epoch reaches so far; that may be after the feed's head
    private long clearedSeen; // clears up to this offset were reported, or were before this subscriber's time
    private boolean started;
    private boolean closed;
    private boolean behind = true;
    private boolean reading; // or its filter is being applied
    private boolean retrying;
    private boolean unavailableReported; // to the subscriber
    // entries missing from this offset on are a gap; before it, the tail asked for was longer than the ring
    private long promised = 1;
    private boolean placed; // whether `next` has been moved to the oldest entry of the ring
    private boolean wasLive;
    private boolean slow; // could not take what it was offered since it was last live

    Cursor(Feed feed, Start start, View view, Subscriber subscriber) {
        this.feed = feed;
        this.start = start;
        this.view = view;
        this.subscriber = subscriber;
        feed.broker().meters().subscribed();
    }

    /**
     * The last entry handed over, or hidden by the filter; the subscriber would resume after it. Offset 0 before the
     * first.
     */
    public Position position() {
        return new Position(epoch.isEmpty() ? NO_EPOCH : epoch, next - 1);
    }

    /** The device's newest entry as far as this event loop knows. Offset 0 before the first. */
    public Position head() {
        return new Position(feed.epoch().isEmpty() ? NO_EPOCH : feed.epoch(), feed.head());
    }

    /** The device whose entries the subscriber gets. */
    public DeviceId device() {
        return feed.device();
    }

    /** Whether it is known where this subscriber begins. */
    public boolean isOpen() {
        return started;
    }

    /** Whether entries wait in the ring for this subscriber. */
    public boolean isBehind() {
        return behind;
    }

    /** The subscriber can take more. */
    public void drained() {
        guarded(Cursor::pump);
    }

    /** Makes a call; if it throws, this cursor ends, and no other. */
    void guarded(Consumer<Cursor> call) {
        try {
            call.accept(this);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    /** Ends this cursor because of an exception. The subscriber can resume after the last entry that it got. */
    void fail(Throwable failure) {
        if (closed) {
            return;
        }
        try {
            close();
            subscriber.failed(this);
        } finally {
            feed.broker().failures().ofReader(failure);
        }
    }

    /** Leaves the feed. Harmless when called twice. */
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (behind && wasLive) {
            feed.lagsNoMore();
        }
        feed.broker().meters().unsubscribed(behind);
        feed.leave(this);
    }

    /** Whether the cursor was closed. */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Whether it was reported to the subscriber that storage is unavailable, and not yet that it is available again.
     */
    public boolean isStorageUnavailable() {
        return unavailableReported;
    }

    /** What this subscriber wants to see. */
    public View view() {
        return view;
    }

    /** The feed knows the ring's state. Called once. */
    void start() {
        if (started || closed) {
            return;
        }
        started = true;
        if (start instanceof Start.After after) {
            boolean never = after.position().epoch().equals(NO_EPOCH);
            epoch = never ? "" : after.position().epoch();
            next = never ? 1 : after.position().offset() + 1;
            clearedSeen = Math.max(0, next - 2); // a clear at exactly this position may have been missed
            promised = next;
            placed = true;
        } else if (start instanceof Start.Tail tail) {
            epoch = feed.epoch();
            next = Math.max(1, feed.head() - tail.count() + 1);
            clearedSeen = feed.cleared();
            promised = feed.head() + 1;
        }
        subscriber.opened(this);
        pump();
    }

    /** The device got its first ring. */
    void adopt(String newEpoch) {
        if (epoch.isEmpty()) {
            epoch = newEpoch;
        }
    }

    void storage(boolean unavailable) {
        if (!closed && unavailable != unavailableReported) {
            unavailableReported = unavailable;
            subscriber.storage(this, unavailable);
        }
    }

    // ---- live

    /** Whether this cursor takes a flush of the entries from {@code first} to {@code last}, of so many bytes, now. */
    boolean takes(long first, long last, int bytes) {
        if (behind || closed || next > last) {
            return false; // closed, will read, or has read these before they were announced
        }
        if (subscriber.isFull()) {
            fallBehind();
            slow = true;
            subscriber.waits(this);
            return false;
        }
        if (next != first || !view.isCheap(bytes)) {
            // has read a part of these before they were announced, or its filter would delay the other subscribers
            fallBehind();
            pumpSoon();
            return false;
        }
        return true;
    }

    private void pumpSoon() {
        feed.broker().context().runOnContext(nothing -> drained());
    }

    void deliver(Encoded encoded, long last) {
        next = last + 1;
        if (encoded.bytes() != null && !closed) {
            feed.broker().meters().delivered(encoded.entries());
            subscriber.entries(this, encoded.bytes());
        } else if (!closed) {
            subscriber.passedOver(this);
        }
    }

    private void fallBehind() {
        if (!behind) {
            behind = true;
            feed.lags();
            feed.broker().meters().fellBehind();
        }
    }

    private void goLive() {
        if (behind) {
            behind = false;
            if (wasLive) {
                feed.lagsNoMore();
            }
            wasLive = true;
            slow = false;
            feed.broker().meters().wentLive();
        }
    }

    // ---- behind

    /** Goes on as far as the subscriber, the tail and the ring allow. Safe to call at any time. */
    void pump() {
        while (started && !closed && !reading) {
            if (subscriber.isFull()) {
                if (next <= feed.sent() || !epoch.equals(feed.epoch())) {
                    fallBehind();
                    slow = true;
                }
                if (behind) {
                    subscriber.waits(this);
                }
                return;
            }
            if (!epoch.equals(feed.epoch())) {
                fallBehind();
                read();
                return;
            }
            if (feed.cleared() > clearedSeen) {
                reportCleared(feed.cleared());
                continue;
            }
            if (next > Math.max(feed.head(), vouched) + 1) {
                fallBehind();
                read(); // only the ring knows whether this position was ever given, and is not lost
                return;
            }
            if (next > feed.sent()) {
                goLive();
                return;
            }
            fallBehind();
            if (!view.isCheap(RingReads.PAGE_BYTES) && feed.broker().filters().isFull(subscriber.caller())) {
                retryLater();
                return;
            }
            Chunk chunk = next < promised && !placed ? null : feed.tail().from(next, feed.sent());
            if (chunk == null) {
                read();
                return;
            }
            deliver(chunk);
            if (endTurn()) {
                return;
            }
        }
    }

    /** Lets another cursor of the subscriber go on. Returns false when this cursor goes on itself. */
    private boolean endTurn() {
        if (!subscriber.isShared() || closed || reading || (next > feed.sent() && epoch.equals(feed.epoch()))) {
            return false;
        }
        subscriber.waits(this);
        return true;
    }

    /** Delivers at once, or after the filter was applied elsewhere. */
    private void deliver(Chunk chunk) {
        chunk.hold();
        Filter filter = view.filter();
        if (filter != null
                && chunk.shownAs(view) == null
                && !view.isCheap(chunk.entries().byteSize())) {
            reading = true;
            feed.broker()
                    .filters()
                    .select(subscriber.caller(), filter, chunk.entries(), this)
                    .onComplete(selected -> {
                        try {
                            guarded(cursor -> cursor.onSelected(chunk, selected));
                        } finally {
                            chunk.release();
                        }
                    });
            return;
        }
        try {
            deliver(
                    chunk.as(
                            view,
                            epoch,
                            feed.broker().encodeBuffer(),
                            feed.broker().streamBudget()),
                    chunk.last());
        } finally {
            chunk.release();
        }
    }

    private void onSelected(Chunk chunk, AsyncResult<BitSet> selected) {
        reading = false;
        if (closed) {
            return;
        }
        if (selected.failed()) {
            fail(selected.cause());
            return;
        }
        if (feed.cleared() <= clearedSeen || !epoch.equals(feed.epoch())) { // otherwise it was cleared meanwhile
            deliver(
                    chunk.as(
                            view,
                            epoch,
                            selected.result(),
                            feed.broker().encodeBuffer(),
                            feed.broker().streamBudget()),
                    chunk.last());
        }
        if (!endTurn()) {
            pump();
        }
    }

    private void read() {
        if (feed.isUnavailable()) {
            return; // the feed calls pump when storage is available again
        }
        reading = true;
        // The feed may hold more than the ring keeps, so the ring decides where a new subscriber's tail begins.
        boolean onlyToBePlaced = next < promised && !placed && feed.tail().holds(Math.max(next, feed.oldest()));
        boolean isBeyond = epoch.equals(feed.epoch()) && next > feed.head() + 1;
        feed.reads().ask(this, onlyToBePlaced || isBeyond ? RingReads.STATE : next);
    }

    /**
     * The read that this cursor asked for is about to begin. Returns false when the subscriber became full meanwhile;
     * the cursor asks again in its next turn. Thousands of cursors of one subscriber may have asked while there was
     * room. A cursor whose subscriber throws is ended.
     */
    boolean stillReads() {
        guarded(Cursor::missTurnIfFull);
        return !closed && reading;
    }

    private void missTurnIfFull() {
        if (!closed && subscriber.isFull()) {
            reading = false;
            slow = true;
            subscriber.missedTurn(this);
        }
    }

    void onReadFailed() {
        reading = false;
        if (!closed) {
            retryLater();
        }
    }

    /** @param read the entries from the offset asked for on, if there are any */
    void onPage(RingState state, Chunk read) {
        reading = false;
        if (closed) {
            return;
        }
        boolean isShort = state.epoch().equals(epoch) && next > state.head() + 1;
        if (isShort && next <= feed.head() + 1) {
            feed.verify(); // it received entries that this storage does not have: one of the two is about to learn
            retryLater();
            return;
        }
        boolean wasPlaced = placed;
        placed = true;
        if (!state.epoch().equals(feed.epoch())) {
            feed.verify();
        }
        long wanted = next;
        if (!state.epoch().equals(epoch) || isShort) {
            goBackToShared(state);
        }
        vouched = state.head();
        if (state.exists()) {
            skipEvicted(state);
            if (next >= wanted) {
                passOverUnreadable(read.first());
            }
        }
        if (deliverFrom(read) || next != wanted || !wasPlaced) {
            if (!endTurn()) {
                pump();
            }
        } else if (next <= feed.sent() || !epoch.equals(feed.epoch())) {
            retryLater(); // the ring and the feed disagree; one of them is about to learn
        } else {
            pump();
        }
    }

    /**
     * Offsets of another life of the ring mean nothing in this one, except those up to a fork. Offsets of this life
     * that were never given mean nothing either.
     */
    private void goBackToShared(RingState state) {
        if (!epoch.isEmpty()) {
            long shared = state.sharedWith(epoch);
            reportGap(Gap.ofEpoch(epoch, Math.max(Math.max(next, promised), shared + 1)));
            next = Math.min(next, shared + 1);
            promised = Math.min(promised, shared + 1);
            clearedSeen = Math.min(clearedSeen, Math.max(0, shared - 1)); // as with a position that is resumed at
        }
        epoch = state.epoch();
    }

    private void skipEvicted(RingState state) {
        if (state.cleared() > clearedSeen) {
            reportCleared(state.cleared());
        }
        next = Math.max(next, Math.min(promised, state.oldest()));
        if (next < state.oldest()) {
            reportGap(Gap.of(epoch, next, state.oldest() - 1, gapReason()));
            next = state.oldest();
        }
    }

    /** Reports entries that the ring has and did not return as a gap. */
    private void passOverUnreadable(long readable) {
        if (next < readable) {
            reportGap(Gap.of(epoch, next, readable - 1, Gap.Reason.DAMAGED));
            next = readable;
        }
    }

    private void reportCleared(long offset) {
        clearedSeen = offset;
        next = Math.max(next, offset + 1);
        if (!closed) {
            subscriber.cleared(this, offset);
        }
    }

    private void reportGap(Gap gap) {
        if (!closed) {
            feed.broker().meters().gap(gap);
            subscriber.gap(this, gap);
        }
    }

    private Gap.Reason gapReason() {
        if (view.filter() != null) {
            return Gap.Reason.FILTERED_RANGE_LOST;
        }
        return slow ? Gap.Reason.SLOW : Gap.Reason.EVICTED;
    }

    /** Delivers the part of it that is due. Returns false when none is. */
    private boolean deliverFrom(Chunk read) {
        if (read.entries().isEmpty() || read.first() > next || read.last() < next) {
            return false;
        }
        deliver(read.part(next, read.last()));
        return true;
    }

    private void retryLater() {
        if (retrying) {
            return;
        }
        retrying = true;
        long delay = RETRY_MILLIS / 2 + ThreadLocalRandom.current().nextInt(RETRY_MILLIS);
        feed.broker().vertx().setTimer(delay, id -> {
            retrying = false;
            drained();
        });
    }
}
