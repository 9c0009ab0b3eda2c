package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import dev.tailrace.ring.Announcement;
import dev.tailrace.ring.Page;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One device's live entries on one event loop, shared by all its subscribers there. What is announced within one turn of
 * the loop, or until the {@link FlushQueue} comes to this feed, becomes one encoded buffer per view and one
 * write per live subscriber.
 */
final class Feed {

    /** Entries waiting for a flush; at this size it is not put off, so a shared buffer stays near it. */
    static final int FLUSH_BYTES = 64 * 1024;

    private final DeviceId device;
    private final Broker broker;
    private final Ring.Watch watch;

    // All state below is touched on the broker's context only.
    private final List<Cursor> cursors = new ArrayList<>();
    private final Tail tail;
    private final RingReads reads = new RingReads(this);
    private int lagging; // cursors that were live and could not take what they were offered
    private final List<Chunk> pending = new ArrayList<>();
    private int pendingBytes;
    private boolean queued; // for a flush
    private boolean flushing;
    private boolean leftWhileFlushing;
    private boolean ready; // the epoch and the offsets below are known
    private boolean away;
    private boolean verifying;
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
            cursor.storage(true);
        }
        if (ready) {
            cursor.start();
        }
    }

    void leave(Cursor cursor) {
        broker.activity().unwatched(device);
        if (flushing) {
            leftWhileFlushing = true; // the list is being walked over
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
            cursors.forEach(cursor -> cursor.adopt(stored.epoch()));
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
        head = chunk.last();
        tail.add(chunk, lagging > 0);
        pending.add(chunk);
        pendingBytes += chunk.entries().byteSize();
        if (pendingBytes >= FLUSH_BYTES) {
            broker.flushes().now(this);
        } else if (!queued) {
            queued = true;
            broker.flushes().add(this);
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
            List.copyOf(cursors).forEach(cursor -> cursor.storage(true));
        }
    }

    private void onReady(RingState state) {
        if (away) {
            away = false;
            List.copyOf(cursors).forEach(cursor -> cursor.storage(false));
        }
        if (!ready) {
            ready = true;
            epoch = state.epoch();
            head = sent = heardEpoch.equals(epoch) ? Math.max(heardHead, state.head()) : state.head();
            cleared = state.cleared();
            List.copyOf(cursors).forEach(Cursor::start);
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

    /** A cursor read a state that contradicts this feed; asks the ring which of the two is older. */
    void verify() {
        if (verifying) {
            return;
        }
        verifying = true;
        broker.ring().state(device).onComplete(answer -> {
            verifying = false;
            if (answer.succeeded()) {
                flush();
                onReady(answer.result());
            }
        });
    }

    private void pumpAll() {
        List.copyOf(cursors).forEach(Cursor::pump);
    }

    // ---- handing over

    void scheduledFlush() {
        queued = false;
        flush();
    }

    void flush() {
        if (pending.isEmpty() || flushing) {
            return;
        }
        long first = sent + 1;
        sent = head;
        List<Chunk> chunks = List.copyOf(pending);
        pending.clear();
        pendingBytes = 0;
        flushing = true;
        boolean delivered = handOver(first, chunks);
        flushing = false;
        if (leftWhileFlushing) {
            leftWhileFlushing = false;
            dropClosed();
        }
        if (delivered) {
            Entries oldest = chunks.get(0).entries();
            long receivedAt = Entry.receivedAt(oldest.bytes(), oldest.start(0), oldest.end(0));
            broker.meters().deliveredAfter(System.currentTimeMillis() - receivedAt);
        }
    }

    private boolean handOver(long first, List<Chunk> chunks) {
        Map<View, Encoded> views = new HashMap<>(4);
        boolean delivered = false;
        for (int i = 0; i < cursors.size(); i++) {
            Cursor cursor = cursors.get(i);
            if (cursor.takes(first, sent)) {
                cursor.deliver(views.computeIfAbsent(cursor.view(), view -> encode(view, chunks)), sent);
                delivered = true;
            }
        }
        views.values().forEach(Encoded::release);
        return delivered;
    }

    private Encoded encode(View view, List<Chunk> chunks) {
        return Encoded.of(view, epoch, chunks, broker.draft());
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
