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
 * One device's live entries on one event loop, shared by all its subscribers there. Entries announced within one tick
 * of the loop, or until the {@link FlushQueue} comes to this feed, become one encoded buffer per view and one write per
 * live subscriber.
 */
final class Feed {

    /** Entries pending for a flush. At this size the flush is not put off, so a shared buffer stays near it. */
    static final int FLUSH_BYTES = 64 * 1024;

    /** Entries pending while a flush goes on over several ticks. At this size it is finished at once. */
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
    private boolean queued; // in the flush queue
    private @Nullable Handover handover; // in progress, perhaps since an earlier tick of the loop
    private boolean flushing;
    private boolean leftDuringHandover;
    private boolean ready; // the epoch and the offsets below are known
    private boolean unavailable;
    private boolean verifying;
    private boolean verifyAgain;
    private String epoch = ""; // empty while the device has no ring
    private long head; // the highest offset announced
    private long sent; // entries up to this offset were handed to live cursors; the rest is pending
    private long cleared;
    private long oldest; // the highest that the ring reported in this epoch
    private String heardEpoch = ""; // announced before this feed was ready
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
        broker.context().runOnContext(nothing -> start(cursor)); // after its owner has got it
    }

    private void start(Cursor cursor) {
        if (unavailable) {
            cursor.guarded(one -> one.storage(true));
        }
        if (ready) {
            cursor.guarded(Cursor::start);
        }
    }

    void leave(Cursor cursor) {
        broker.activity().unwatched(device);
        if (handover != null) {
            leftDuringHandover = true; // the list is being walked
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
            // It is unknown which part was handled, so nothing that is pending is used any more.
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
        flush(); // what was stored earlier is delivered earlier
        if (announcement instanceof Announcement.Cleared clear) {
            onCleared(clear.epoch(), clear.offset());
        } else if (announcement instanceof Announcement.Unavailable) {
            onUnavailable();
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
            flush(); // the flush in progress takes too long
        }
    }

    private void onCleared(String clearedEpoch, long offset) {
        if (ready && clearedEpoch.equals(epoch) && offset > cleared) {
            cleared = offset;
            tail.clear();
            pumpAll();
        }
    }

    private void onUnavailable() {
        if (!unavailable) {
            unavailable = true;
            each(cursor -> cursor.storage(true));
        }
    }

    private void onReady(RingState state) {
        if (unavailable) {
            unavailable = false;
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

    /** Nothing pending connects to what was sent: every cursor catches up from the ring. */
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

    /** Something contradicts this feed, or was missed: reads the ring's state, after this call. */
    void verify() {
        if (verifying) {
            verifyAgain = true; // the answer in flight may be older than this
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
            // otherwise the next Ready has the state, because nothing is announced until then
            if (answer.succeeded() && !unavailable) {
                flush();
                onReady(answer.result());
            }
            if (again) {
                verifyLater();
            }
        });
    }

    private void verifyLater() {
        if (!isClosed() && !unavailable) { // when storage is available again, Ready has its state
            broker.vertx().setTimer(VERIFY_MILLIS, id -> {
                if (!isClosed() && !unavailable) {
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

    /** If a cursor throws, it is ended, and the others go on. */
    private void each(Consumer<Cursor> call) {
        for (Cursor cursor : List.copyOf(cursors)) {
            cursor.guarded(call);
        }
    }

    // ---- handing over

    /** Schedules a flush. */
    void queue() {
        if (!queued) {
            queued = true;
            broker.flushes().add(this);
        }
    }

    /** Called by the queue when the flush is due. */
    void leftQueue() {
        queued = false;
    }

    /** Whether a flush is in progress. */
    boolean isHandingOver() {
        return handover != null;
    }

    /** Delivers all that is pending. */
    private void flush() {
        Slice endless = Slice.endless();
        while (!flush(endless)) {
            // pending since the flush in progress began
        }
    }

    /**
     * Goes on with the flush in progress, or begins one.
     *
     * @return whether nothing is left to deliver
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
        boolean finished = true; // even after an exception, unless the handover returns otherwise
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
        var begun =
                new Handover(epoch, sent + 1, head, List.copyOf(pending), broker.encodeBuffer(), broker.streamBudget());
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

    /** Entries read from the ring, in one chunk. It is kept in the tail when there are other subscribers. */
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

    // ---- for cursors

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

    /** The ring has no older entry than this one; this one may be lost by now. */
    long oldest() {
        return oldest;
    }

    boolean isUnavailable() {
        return unavailable;
    }

    Tail tail() {
        return tail;
    }

    RingReads reads() {
        return reads;
    }
}
