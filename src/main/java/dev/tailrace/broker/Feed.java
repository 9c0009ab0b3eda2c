package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One device's live entries on one event loop, shared by all its subscribers there. What is announced within one turn of
 * the loop, or until the {@link FlushQueue} comes to this feed, becomes one encoded buffer per view and one
 * write per live subscriber.
 */
final class Feed {

    /** Entries waiting for a flush; at this size it is not put off, so a shared buffer stays near it. */
    static final int FLUSH_BYTES = 64 * 1024;

    /** Entries waiting for a flush that goes on over several turns; at this size it is finished at once. */
    static final int PENDING_BYTES = 4 * FLUSH_BYTES;

    private static final long VERIFY_MILLIS = 200;

    private final DeviceId device;
    private final Broker broker;
    private final RingStore.Watch watch;

    // All state below is touched on the broker's context only.
    private final List<Cursor> cursors = new ArrayList<>();
    private final Tail tail;
    private final RingReads reads = new RingReads(this);
    private int lagging; // cursors that were live and could not take what they were offered
    private final List<Chunk> pending = new ArrayList<>();
    private int pendingBytes;
    private boolean queued; // for a flush
    private @Nullable Handover handover; // under way, perhaps since an earlier turn of the loop
    private boolean flushing;
    private boolean leftDuringHandover;
    private boolean ready; // the epoch and the offsets below are known
    private boolean away;
    private boolean verifying;
    private boolean verifyAgain;
    private String epoch = ""; // empty while the device has no ring
    private long head; // the highest offset heard of
    private long sent; // up to here entries were handed to live cursors; the rest is pending
    private long cleared;
    private long oldest; // the highest that the ring told of in this epoch
    private String heardEpoch = ""; // what was announced before this feed was ready
    private long heardHead;

    Feed(DeviceId device, Broker broker) {
        this.device = device;
        this.broker = broker;
        this.tail = new Tail(broker.tailBudget());
        this.watch = broker.ring().watch(device, this::onAnnouncement);
    }

    void join(Cursor cursor) {
        cursor.index = cursors.size();
        cursors.add(cursor);
        broker.activity().watched(device);
        broker.context().runOnContext(nothing -> greet(cursor)); // when its owner holds it
    }

    private void greet(Cursor cursor) {
        if (away) {
            cursor.guarded(one -> one.storage(true));
        }
        if (ready) {
            cursor.guarded(Cursor::start);
        }
    }

    void leave(Cursor cursor) {
        broker.activity().unwatched(device);
        if (handover != null) {
            leftDuringHandover = true; // the list is being walked over
            return;
        }
        remove(cursor);
        closeIfEmpty();
    }

    private void closeIfEmpty() {
        if (cursors.isEmpty()) {
            tail.clear();
            watch.close();
            broker.forget(this);
        }
    }

    void lags() {
        lagging++;
    }

    void lagsNoMore() {
        if (--lagging == 0) {
            tail.trim();
        }
    }

    private void remove(Cursor cursor) {
        Cursor last = cursors.remove(cursors.size() - 1);
        if (last != cursor) {
            cursors.set(cursor.index, last);
            last.index = cursor.index;
        }
    }

    // ---- what the ring announces

    private void onAnnouncement(Announcement announcement) {
        try {
            hear(announcement);
        } catch (Throwable failure) {
            // What of it was taken in is unknown, so nothing in hand is used any more.
            broker.failures().ofFeed(failure);
            pending.clear();
            pendingBytes = 0;
            startOver(epoch, head);
            verify();
        }
    }

    private void hear(Announcement announcement) {
        if (announcement instanceof Announcement.Stored stored) {
            onStored(stored);
            return;
        }
        flush(); // what was stored before is told before
        if (announcement instanceof Announcement.Cleared clear) {
            onCleared(clear.epoch(), clear.offset());
        } else if (announcement instanceof Announcement.Away) {
            onAway();
        } else if (announcement instanceof Announcement.Ready now) {
            onReady(now.state());
        } else if (announcement instanceof Announcement.Missed) {
            verify();
        }
    }

    private void onStored(Announcement.Stored stored) {
        long last = stored.first() + stored.entries().size() - 1;
        if (!ready) {
            heardEpoch = stored.epoch(); // the state on its way here may be older than this
            heardHead = last;
            return;
        }
        if (epoch.isEmpty() && stored.first() == 1) {
            epoch = stored.epoch();
            each(cursor -> cursor.adopt(stored.epoch()));
        }
        if (!stored.epoch().equals(epoch)) {
            startOver(stored.epoch(), last);
        } else if (stored.first() > head + 1) {
            startOver(epoch, last); // an announcement was lost on the way
        } else if (last > head) {
            append(new Chunk(
                    head + 1,
                    stored.entries()
                            .slice(
                                    (int) (head + 1 - stored.first()),
                                    stored.entries().size())));
        }
    }

    private void append(Chunk chunk) {
        pending.add(chunk);
        pendingBytes += chunk.entries().byteSize();
        head = chunk.last();
        tail.add(chunk, lagging > 0);
        if (pendingBytes < FLUSH_BYTES) {
            queue();
        } else if (pendingBytes < PENDING_BYTES) {
            broker.flushes().now(this);
        } else {
            flush(); // the flush before it goes on for too long
        }
    }

    private void onCleared(String clearedEpoch, long offset) {
        if (ready && clearedEpoch.equals(epoch) && offset > cleared) {
            cleared = offset;
            tail.clear();
            pumpAll();
        }
    }

    private void onAway() {
        if (!away) {
            away = true;
            each(cursor -> cursor.storage(true));
        }
    }

    private void onReady(RingState state) {
        if (away) {
            away = false;
            each(cursor -> cursor.storage(false));
        }
        if (!ready) {
            ready = true;
            epoch = state.epoch();
            head = sent = heardEpoch.equals(epoch) ? Math.max(heardHead, state.head()) : state.head();
            cleared = state.cleared();
            each(Cursor::start);
            if (!heardEpoch.isEmpty() && !heardEpoch.equals(epoch)) {
                verify();
            }
            return;
        }
        if (!state.epoch().equals(epoch) || state.head() > head) {
            startOver(state.epoch(), state.head());
        }
        onCleared(state.epoch(), state.cleared());
        pumpAll();
    }

    /** Nothing in hand joins what came before: every cursor finds its own way through the ring. */
    private void startOver(String newEpoch, long newHead) {
        flush();
        if (!newEpoch.equals(epoch)) {
            epoch = newEpoch;
            cleared = 0;
            oldest = 0;
        }
        head = sent = newHead;
        tail.clear();
        pumpAll();
    }

    /** Something contradicts this feed, or was not heard: asks the ring for its state, after this call. */
    void verify() {
        if (verifying) {
            verifyAgain = true; // the answer under way may be older than this
            return;
        }
        verifying = true;
        Future<RingState> state;
        try {
            state = broker.ring().state(device);
        } catch (RuntimeException refused) {
            state = Future.failedFuture(refused);
        }
        state.onComplete(answer -> {
            verifying = false;
            boolean again = verifyAgain || answer.failed();
            verifyAgain = false;
            if (answer.succeeded() && !away) { // else the next Ready tells, for nothing is heard until then
                flush();
                onReady(answer.result());
            }
            if (again) {
                verifyLater();
            }
        });
    }

    private void verifyLater() {
        if (!isClosed() && !away) { // when storage is available again it tells its state
            broker.vertx().setTimer(VERIFY_MILLIS, id -> {
                if (!isClosed() && !away) {
                    verify();
                }
            });
        }
    }

    private boolean isClosed() {
        return cursors.isEmpty();
    }

    private void pumpAll() {
        each(Cursor::pump);
    }

    /** A cursor that throws is ended, and the others go on. */
    private void each(Consumer<Cursor> call) {
        for (Cursor cursor : List.copyOf(cursors)) {
            cursor.guarded(call);
        }
    }

    // ---- handing over

    /** Is flushed soon. */
    void queue() {
        if (!queued) {
            queued = true;
            broker.flushes().add(this);
        }
    }

    /** The queue flushes it now. */
    void leftQueue() {
        queued = false;
    }

    /** Whether a flush was begun that is not finished. */
    boolean isHandingOver() {
        return handover != null;
    }

    /** Hands over all that is pending. */
    private void flush() {
        Slice endless = Slice.endless();
        while (!flush(endless)) {
            // what was pending while an earlier flush went on
        }
    }

    /**
     * Goes on with a flush that is under way, or begins one.
     *
     * @return whether nothing is left to hand over
     */
    boolean flush(Slice slice) {
        if (flushing) {
            return true;
        }
        Handover current = handover;
        if (current == null) {
            if (pending.isEmpty()) {
                return true;
            }
            current = begin();
        }
        boolean finished = true; // unless it tells otherwise: after an exception it is over
        flushing = true;
        try {
            finished = current.goOn(cursors, slice);
        } finally {
            flushing = false;
            if (finished) {
                end(current);
            }
        }
        return finished && pending.isEmpty();
    }

    private Handover begin() {
        var begun = new Handover(epoch, sent + 1, head, List.copyOf(pending), broker.draft(), broker.streamBudget());
        handover = begun;
        sent = head;
        pending.clear();
        pendingBytes = 0;
        return begun;
    }

    private void end(Handover over) {
        handover = null;
        over.release();
        if (leftDuringHandover) {
            leftDuringHandover = false;
            dropClosed();
        }
        if (over.hasDelivered()) {
            broker.meters().deliveredAfter(System.currentTimeMillis() - over.receivedAt());
        }
    }

    private void dropClosed() {
        for (int i = cursors.size() - 1; i >= 0; i--) {
            if (cursors.get(i).isClosed()) {
                remove(cursors.get(i));
            }
        }
        closeIfEmpty();
    }

    /** What was read, in one chunk; kept for others when there are any. */
    Chunk keep(Page page) {
        Chunk chunk = new Chunk(page.first(), page.entries());
        if (page.state().epoch().equals(epoch)) {
            oldest = Math.max(oldest, page.state().oldest());
            if (cursors.size() > 1 && chunk.first() > cleared) {
                tail.fill(chunk, head);
            }
        }
        return chunk;
    }

    // ---- what cursors ask

    DeviceId device() {
        return device;
    }

    Broker broker() {
        return broker;
    }

    String epoch() {
        return epoch;
    }

    long head() {
        return head;
    }

    long sent() {
        return sent;
    }

    long cleared() {
        return cleared;
    }

    /** The ring has no older entry than this one; it may have lost it by now. */
    long oldest() {
        return oldest;
    }

    boolean isAway() {
        return away;
    }

    Tail tail() {
        return tail;
    }

    RingReads reads() {
        return reads;
    }
}
