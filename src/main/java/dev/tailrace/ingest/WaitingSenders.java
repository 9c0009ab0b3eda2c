package dev.tailrace.ingest;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Senders of one event loop that are not read because the budget is overdrawn; they go on in the order in which they came. Touched on
 * that loop only.
 */
final class WaitingSenders {

    /** What one read of a connection brings at most, before its sender can be stopped again. */
    private static final int READ_BYTES = 64 * 1024;

    private static final long NEXT_MILLIS = 1; // by then those that went on have been read

    private final Vertx vertx;
    private final PendingBudget budget;
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private boolean admitting;

    WaitingSenders(Vertx vertx, PendingBudget budget) {
        this.vertx = vertx;
        this.budget = budget;
        Context context = vertx.getOrCreateContext();
        budget.onRoom(() -> context.runOnContext(nothing -> admit()));
    }

    /** Runs the sender once when there is room, unless it leaves before; it waits once at most. */
    void await(Runnable sender) {
        waiting.add(sender);
        if (budget.hasRoom()) {
            admitSoon(); // there was room just now, and nobody will say so again
        }
    }

    void leave(Runnable sender) {
        waiting.remove(sender);
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

    /** Only so many at a time as there is room for what each may bring, or all of them would overdraw it together. */
    private void admit() {
        long most = Math.max(1, budget.room() / READ_BYTES);
        for (long i = 0; i < most && !waiting.isEmpty() && !budget.isOverdrawn(); i++) {
            Iterator<Runnable> first = waiting.iterator();
            Runnable sender = first.next();
            first.remove();
            sender.run();
        }
        if (!waiting.isEmpty() && !budget.isOverdrawn()) {
            admitSoon();
        }
    }
}
