package dev.tailrace.ingest;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Senders of one event loop that are not read because the budget, or their caller's share of it, is overdrawn. When
 * there is room, callers are served round robin, and the senders of a caller continue in the order in which they came.
 * Touched on that loop only.
 */
final class WaitingSenders {

    /** Most bytes that one read of a connection brings before its sender can be stopped again. */
    private static final int READ_BYTES = 64 * 1024;

    private static final long NEXT_MILLIS = 1; // by then the senders that continued have been read

    /** Callers that are served at a time; there may be as many as connections. */
    private static final int MOST_CALLERS = 256;

    private final Vertx vertx;
    private final PendingBudget budget;
    private final Map<Account, Caller> callers = new LinkedHashMap<>(); // the next one first
    private final AtomicBoolean notified = new AtomicBoolean(); // that there may be room; set by any thread
    private boolean admitting;
    private int withoutRoom; // consecutive callers that had no room

    /** The waiting senders of one caller; at least one. */
    private record Caller(PendingShare share, Set<Runnable> senders) {

        Runnable first() {
            Iterator<Runnable> oldest = senders.iterator();
            Runnable sender = oldest.next();
            oldest.remove();
            return sender;
        }
    }

    WaitingSenders(Vertx vertx, PendingBudget budget) {
        this.vertx = vertx;
        this.budget = budget;
        Context context = vertx.getOrCreateContext();
        budget.onRoom(() -> {
            if (notified.compareAndSet(false, true)) {
                context.runOnContext(nothing -> onRoom());
            }
        });
    }

    /**
     * Runs the sender once when there is room, unless it leaves before. A sender that waits already does not wait
     * twice.
     */
    void await(PendingShare share, Runnable sender) {
        Caller caller = callers.computeIfAbsent(share.account(), account -> new Caller(share, new LinkedHashSet<>()));
        if (caller.senders.add(sender)) {
            budget.waits(1);
        }
        if (share.hasRoom()) {
            withoutRoom = 0;
            admitSoon(); // there is room already, and there may be no further notification
        }
    }

    void leave(PendingShare share, Runnable sender) {
        Caller caller = callers.get(share.account());
        if (caller != null && caller.senders.remove(sender)) {
            left(caller);
        }
    }

    private void left(Caller caller) {
        budget.waits(-1);
        if (caller.senders.isEmpty()) {
            callers.remove(caller.share.account());
        }
    }

    private void onRoom() {
        notified.set(false);
        if (!callers.isEmpty()) {
            withoutRoom = 0;
            admitSoon();
        }
    }

    private void admitSoon() {
        if (!admitting) {
            admitting = true;
            vertx.setTimer(NEXT_MILLIS, id -> {
                admitting = false;
                admit();
            });
        }
    }

    /**
     * Continues only as many senders as there is room for one read of each, because all of them together would overdraw
     * the budget.
     */
    private void admit() {
        long most = Math.max(1, budget.room() / READ_BYTES);
        for (int i = Math.min(MOST_CALLERS, callers.size()); i > 0 && most > 0 && !callers.isEmpty(); i--) {
            if (!budget.hasRoom()) {
                return; // onRoom continues
            }
            most -= admit(next(), most);
        }
        if (withoutRoom < callers.size()) {
            admitSoon();
        }
    }

    /** The next caller, which goes to the end of the queue. */
    private Caller next() {
        Iterator<Caller> first = callers.values().iterator();
        Caller caller = first.next();
        first.remove();
        callers.put(caller.share.account(), caller);
        return caller;
    }

    private long admit(Caller caller, long most) {
        if (!caller.share.hasRoom()) {
            withoutRoom++;
            return 0;
        }
        withoutRoom = 0;
        long count = Math.min(Math.min(most, caller.senders.size()), Math.max(1, caller.share.room() / READ_BYTES));
        long admitted = 0;
        for (; admitted < count && !caller.senders.isEmpty(); admitted++) {
            Runnable sender = caller.first();
            left(caller);
            sender.run();
        }
        return admitted;
    }
}
