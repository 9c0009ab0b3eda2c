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
 * cursor that is behind reads the feed's tail or the ring until it is live again. Begin, replay, resume, recovery after a
 * stall and repair of a lost announcement are all that same loop, {@link #pump}.
 */
public final class Cursor {

    private static final int RETRY_MILLIS = 200;

    /** Stands in a position for "before the device's first ring". */
    private static final String NO_EPOCH = "0";

    private final Feed feed;
    private final Start start;
    private final View view;
    private final Subscriber outlet;

    // All state below is touched on the broker's context only.
    int index; // in the feed's list
    private String epoch = ""; // empty while the device has no ring
    private long next = 1; // the offset to deliver next
    private long vouched; // the ring said that this epoch reaches so far; it may be ahead of the feed
    private long clearedSeen; // clears up to here were told, or lie before this subscriber's time
    private boolean started;
    private boolean closed;
    private boolean behind = true;
    private boolean reading; // or its filter is being applied
    private boolean retrying;
    private boolean awayReported; // that storage does not answer
    private long promised = 1; // what is missing from here on is a gap; before it, the tail asked for was not all there
    private boolean placed; // what the ring did not keep of the tail asked for was passed over
    private boolean wasLive;
    private boolean slow; // could not take what it was offered since it was last live

    Cursor(Feed feed, Start start, View view, Subscriber outlet) {
        this.feed = feed;
        this.start = start;
        this.view = view;
        this.outlet = outlet;
        feed.broker().meters().subscribed();
    }

    /** The last entry handed over or passed over by the filter; where a resume would go on. Offset 0 before the first. */
    public Position position() {
        return new Position(epoch.isEmpty() ? NO_EPOCH : epoch, next - 1);
    }

    /** The device's newest entry as far as this event loop knows; offset 0 before the first. */
    public Position head() {
        return new Position(feed.epoch().isEmpty() ? NO_EPOCH : feed.epoch(), feed.head());
    }

    /** Whose entries it is handed. */
    public DeviceId device() {
        return feed.device();
    }

    /** Whether it is known where this subscriber begins. */
    public boolean isOpen() {
        return started;
    }

    /** Whether entries wait in the ring for this subscriber to take them. */
    public boolean isBehind() {
        return behind;
    }

    /** The outlet can take more. */
    public void drained() {
        guarded(Cursor::pump);
    }

    /** Makes a call that ends this cursor, and nobody else, when it throws. */
    void guarded(Consumer<Cursor> call) {
        try {
            call.accept(this);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    /** Ends this subscriber because of an exception: from what it was handed, it can resume. */
    void fail(Throwable failure) {
        if (closed) {
            return;
        }
        try {
            close();
            outlet.failed(this);
        } finally {
            feed.broker().failures().ofReader(failure);
        }
    }

    /** Leaves the feed; harmless when called twice. */
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

    /** Whether its owner has closed it. */
    public boolean isClosed() {
        return closed;
    }

    /** Whether its owner was told that storage does not answer, and not yet that it does. */
    public boolean isAway() {
        return awayReported;
    }

    /** What this subscriber wants to see. */
    public View view() {
        return view;
    }

    /** The feed knows the ring's state; once. */
    void start() {
        if (started || closed) {
            return;
        }
        started = true;
        if (start instanceof Start.After after) {
            boolean never = after.position().epoch().equals(NO_EPOCH);
            epoch = never ? "" : after.position().epoch();
            next = never ? 1 : after.position().offset() + 1;
            clearedSeen = Math.max(0, next - 2); // a clear at the very position may have been missed
            promised = next;
            placed = true;
        } else if (start instanceof Start.Tail tail) {
            epoch = feed.epoch();
            next = Math.max(1, feed.head() - tail.count() + 1);
            clearedSeen = feed.cleared();
            promised = feed.head() + 1;
        }
        outlet.opened(this);
        pump();
    }

    /** The device got its first ring. */
    void adopt(String newEpoch) {
        if (epoch.isEmpty()) {
            epoch = newEpoch;
        }
    }

    void storage(boolean away) {
        if (!closed && away != awayReported) {
            awayReported = away;
            outlet.storage(this, away);
        }
    }

    // ---- live

    /** Whether a flush of the entries from {@code first} to {@code last}, of so many bytes, is for this cursor now. */
    boolean takes(long first, long last, int bytes) {
        if (behind || closed || next > last) {
            return false; // closed, will read, or has read ahead of the announcements
        }
        if (outlet.isFull()) {
            fallBehind();
            slow = true;
            outlet.waits(this);
            return false;
        }
        if (next != first || !view.isCheap(bytes)) {
            fallBehind(); // has read a part of these ahead of the announcement, or its filter would hold up the others
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
            outlet.entries(this, encoded.bytes());
        } else if (!closed) {
            outlet.passedOver(this);
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

    /** Goes on as far as the outlet, the tail and the ring allow. Safe to call at any time. */
    void pump() {
        while (started && !closed && !reading) {
            if (outlet.isFull()) {
                if (next <= feed.sent() || !epoch.equals(feed.epoch())) {
                    fallBehind();
                    slow = true;
                }
                if (behind) {
                    outlet.waits(this);
                }
                return;
            }
            if (!epoch.equals(feed.epoch())) {
                fallBehind();
                read();
                return;
            }
            if (feed.cleared() > clearedSeen) {
                tellCleared(feed.cleared());
                continue;
            }
            if (next > Math.max(feed.head(), vouched) + 1) {
                fallBehind();
                read(); // whether this position was ever given, and is not lost, is for the ring to say
                return;
            }
            if (next > feed.sent()) {
                goLive();
                return;
            }
            fallBehind();
            if (!view.isCheap(RingReads.PAGE_BYTES) && feed.broker().filters().isFull(outlet.caller())) {
                retryLater();
                return;
            }
            Chunk chunk = next < promised && !placed ? null : feed.tail().from(next, feed.sent());
            if (chunk == null) {
                read();
                return;
            }
            deliver(chunk);
            if (hadItsTurn()) {
                return;
            }
        }
    }

    /** Another cursor of the outlet comes next, if this one has more to hand over. */
    private boolean hadItsTurn() {
        if (!outlet.isShared() || closed || reading || (next > feed.sent() && epoch.equals(feed.epoch()))) {
            return false;
        }
        outlet.waits(this);
        return true;
    }

    /** At once, or when its filter has been applied elsewhere. */
    private void deliver(Chunk chunk) {
        chunk.hold();
        Filter filter = view.filter();
        if (filter != null
                && chunk.shownAs(view) == null
                && !view.isCheap(chunk.entries().byteSize())) {
            reading = true;
            feed.broker()
                    .filters()
                    .select(outlet.caller(), filter, chunk.entries(), this)
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
            deliver(chunk.as(view, epoch, feed.broker().draft(), feed.broker().streamBudget()), chunk.last());
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
        if (feed.cleared() <= clearedSeen || !epoch.equals(feed.epoch())) { // or it was cleared meanwhile
            deliver(
                    chunk.as(
                            view,
                            epoch,
                            selected.result(),
                            feed.broker().draft(),
                            feed.broker().streamBudget()),
                    chunk.last());
        }
        if (!hadItsTurn()) {
            pump();
        }
    }

    private void read() {
        if (feed.isAway()) {
            return; // the feed pumps when storage is available again
        }
        reading = true;
        // The feed may hold more than the ring keeps, so a new subscriber's tail begins where the ring says.
        boolean onlyToBePlaced = next < promised && !placed && feed.tail().holds(Math.max(next, feed.oldest()));
        boolean isBeyond = epoch.equals(feed.epoch()) && next > feed.head() + 1;
        feed.reads().ask(this, onlyToBePlaced || isBeyond ? RingReads.STATE : next);
    }

    /**
     * The read that it asked for is about to begin. False when its outlet became full meanwhile: then it asks again at its next
     * turn, for of thousands of cursors of one outlet each may have asked while there was room. One whose outlet throws is ended.
     */
    boolean stillReads() {
        guarded(Cursor::missTurnIfFull);
        return !closed && reading;
    }

    private void missTurnIfFull() {
        if (!closed && outlet.isFull()) {
            reading = false;
            slow = true;
            outlet.missedTurn(this);
        }
    }

    void onReadFailed() {
        reading = false;
        if (!closed) {
            retryLater();
        }
    }

    /** @param read what followed from the offset asked for, if anything */
    void onPage(RingState state, Chunk read) {
        reading = false;
        if (closed) {
            return;
        }
        boolean isShort = state.epoch().equals(epoch) && next > state.head() + 1;
        if (isShort && next <= feed.head() + 1) {
            feed.verify(); // it heard of entries that this storage does not have: one of the two is about to learn
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
            if (!hadItsTurn()) {
                pump();
            }
        } else if (next <= feed.sent() || !epoch.equals(feed.epoch())) {
            retryLater(); // the ring and the feed disagree; one of them is about to learn
        } else {
            pump();
        }
    }

    /**
     * Offsets of another life of the ring mean nothing in this one, but for those up to a fork; neither do those of this life that
     * were never given.
     */
    private void goBackToShared(RingState state) {
        if (!epoch.isEmpty()) {
            long shared = state.sharedWith(epoch);
            tellGap(Gap.ofEpoch(epoch, Math.max(Math.max(next, promised), shared + 1)));
            next = Math.min(next, shared + 1);
            promised = Math.min(promised, shared + 1);
            clearedSeen = Math.min(clearedSeen, Math.max(0, shared - 1)); // as with a position that is resumed at
        }
        epoch = state.epoch();
    }

    private void skipEvicted(RingState state) {
        if (state.cleared() > clearedSeen) {
            tellCleared(state.cleared());
        }
        next = Math.max(next, Math.min(promised, state.oldest()));
        if (next < state.oldest()) {
            tellGap(Gap.of(epoch, next, state.oldest() - 1, gapReason()));
            next = state.oldest();
        }
    }

    /** What the ring says that it has, and did not hand out. */
    private void passOverUnreadable(long readable) {
        if (next < readable) {
            tellGap(Gap.of(epoch, next, readable - 1, Gap.Reason.DAMAGED));
            next = readable;
        }
    }

    private void tellCleared(long offset) {
        clearedSeen = offset;
        next = Math.max(next, offset + 1);
        if (!closed) {
            outlet.cleared(this, offset);
        }
    }

    private void tellGap(Gap gap) {
        if (!closed) {
            feed.broker().meters().gap(gap);
            outlet.gap(this, gap);
        }
    }

    private Gap.Reason gapReason() {
        if (view.filter() != null) {
            return Gap.Reason.FILTERED_RANGE_LOST;
        }
        return slow ? Gap.Reason.SLOW : Gap.Reason.EVICTED;
    }

    /** Hands over what of it is due; false when none of it is. */
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
