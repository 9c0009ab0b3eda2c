package dev.tailrace.storage;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The seam between storing and serving inside one node: hands announcements, without copying them, to the event loops
 * that watch their device. There is at most one listener per event loop and watched device. There is no back-pressure,
 * and none is needed: when more than {@link #LOOP_BYTES} wait for one event loop, or {@link #TOTAL_BYTES} for all,
 * further entries and clears are dropped there, and the listener receives {@link Announcement.Missed} and reads the
 * ring.
 */
public final class Announcements {

    /** Bytes that may wait for one event loop; some seconds of a busy node's announcements. */
    static final long LOOP_BYTES = 16L * 1024 * 1024;

    /** Bytes that may wait for all event loops together. Entries that wait for several loops count for each. */
    static final long TOTAL_BYTES = 64L * 1024 * 1024;

    /** Bytes that an announcement costs besides its entries: objects, and a place in the loop's queue of tasks. */
    static final int OVERHEAD_BYTES = 256;

    private final Vertx vertx;
    private final Map<DeviceId, Listener[]> listeners = new ConcurrentHashMap<>(); // arrays are never changed
    private final Map<Thread, Inbox> inboxes = new ConcurrentHashMap<>();
    private final AtomicLong waiting = new AtomicLong();
    private final LongAdder dropped = new LongAdder();

    public Announcements(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Announces to all listeners of this node. The order is kept per calling thread. */
    public void announce(DeviceId device, Announcement announcement) {
        Listener[] all = listeners.get(device);
        if (all != null) {
            for (Listener listener : all) {
                listener.offer(announcement);
            }
        }
    }

    /** Listens on the calling event loop. */
    public RingStore.Watch listen(DeviceId device, Handler<Announcement> handler) {
        Inbox inbox =
                inboxes.computeIfAbsent(Thread.currentThread(), loop -> new Inbox(loop, vertx.getOrCreateContext()));
        Listener listener = new Listener(inbox, handler);
        listeners.merge(device, new Listener[] {listener}, Announcements::concat);
        return () -> {
            listener.closed = true;
            listeners.computeIfPresent(device, (id, all) -> without(listener, all));
        };
    }

    private static Listener[] concat(Listener[] some, Listener[] more) {
        Listener[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private static Listener @Nullable [] without(Listener former, Listener[] all) {
        Listener[] rest = Arrays.stream(all).filter(one -> one != former).toArray(Listener[]::new);
        return rest.length == 0 ? null : rest;
    }

    /** Bytes of announcements that wait for event loops now. */
    public long waitingBytes() {
        return waiting.get();
    }

    /** Announcements that were dropped because too much waited, over all event loops. */
    public long dropped() {
        return dropped.sum();
    }

    private static long size(Announcement announcement) {
        int entries = announcement instanceof Announcement.Stored stored
                ? stored.entries().byteSize()
                : 0;
        return OVERHEAD_BYTES + entries;
    }

    /** The listener of one event loop to one device. */
    private final class Listener {
        private final Inbox inbox;
        private final Handler<Announcement> handler;
        private final AtomicBoolean missed = new AtomicBoolean(); // Missed is on its way
        private boolean closed; // touched on the event loop only

        Listener(Inbox inbox, Handler<Announcement> handler) {
            this.inbox = inbox;
            this.handler = handler;
        }

        void offer(Announcement announcement) {
            long size = size(announcement);
            boolean isInTheRing =
                    announcement instanceof Announcement.Stored || announcement instanceof Announcement.Cleared;
            if (!isInTheRing || inbox.hasRoomFor(size)) {
                inbox.put(new Delivery(this, announcement, size));
                return;
            }
            dropped.increment();
            if (missed.compareAndSet(false, true)) {
                inbox.put(new Delivery(this, new Announcement.Missed(), OVERHEAD_BYTES));
            }
        }

        void hear(Announcement announcement) {
            if (announcement instanceof Announcement.Missed) {
                missed.set(false); // first, because what is dropped from here on is reported again
            }
            if (!closed) {
                handler.handle(announcement);
            }
        }
    }

    private record Delivery(Listener listener, Announcement announcement, long size) {}

    /**
     * What waits for one event loop. All that another loop announces while it handles one read from its sockets comes
     * in one task, so that the entries of several announcements leave in one flush.
     */
    private final class Inbox {
        private final Thread loop;
        private final Context context;
        private final AtomicLong bytes = new AtomicLong();
        private ArrayDeque<Delivery> deliveries = new ArrayDeque<>(); // guarded by this
        private @Nullable Thread waker; // the only thread that has put something into it so far; guarded by this

        Inbox(Thread loop, Context context) {
            this.loop = loop;
            this.context = context;
        }

        boolean hasRoomFor(long size) {
            return bytes.get() + size <= LOOP_BYTES && waiting.get() + size <= TOTAL_BYTES;
        }

        void put(Delivery delivery) {
            account(delivery.size());
            boolean isFirst;
            boolean isOfAnother; // it must not wait until the first one's loop has handled what it reads
            synchronized (this) {
                isFirst = deliveries.isEmpty();
                isOfAnother = !isFirst && waker != null && waker != Thread.currentThread();
                waker = isFirst ? Thread.currentThread() : isOfAnother ? null : waker;
                deliveries.addLast(delivery);
            }
            if (isFirst) {
                wakeLoop();
            } else if (isOfAnother) {
                context.runOnContext(nothing -> handOver());
            }
        }

        private void wakeLoop() {
            Context caller = Vertx.currentContext();
            if (caller == null || Thread.currentThread() == loop) {
                context.runOnContext(nothing -> handOver());
            } else {
                caller.runOnContext(read -> context.runOnContext(nothing -> handOver()));
            }
        }

        private void handOver() {
            ArrayDeque<Delivery> all;
            synchronized (this) {
                all = deliveries;
                deliveries = new ArrayDeque<>();
            }
            for (Delivery delivery : all) {
                account(-delivery.size());
                try {
                    delivery.listener().hear(delivery.announcement());
                } catch (RuntimeException | Error failure) {
                    context.runOnContext(
                            nothing -> { // which reports it; the other listeners are called
                                throw failure;
                            });
                }
            }
        }

        private void account(long change) {
            bytes.addAndGet(change);
            waiting.addAndGet(change);
        }
    }
}
