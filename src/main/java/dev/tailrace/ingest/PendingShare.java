package dev.tailrace.ingest;

import java.util.concurrent.atomic.AtomicLong;

/**
 * One sender's view of the bytes of its caller that wait for storage. Bytes that have arrived are counted in any case.
 * While they are more than a part of what all callers leave free, no sender of the caller is read. So a caller that
 * sends as much as it can while storage is slow, on however many connections, leaves room for the others. Used by all
 * event loops.
 */
final class PendingShare {

    private final PendingBudget budget;
    private final Account account;
    private final AtomicLong held; // by all senders of the caller

    PendingShare(PendingBudget budget, Account account, AtomicLong held) {
        this.budget = budget;
        this.account = account;
        this.held = held;
    }

    Account account() {
        return account;
    }

    /** Counts bytes that wait for storage; fewer when negative. */
    void add(long more) {
        held.addAndGet(more);
        budget.add(more);
    }

    /** Counts bytes that do not wait for storage any more. */
    void remove(long less) {
        add(-less);
    }

    /** Whether the caller exceeds its share, so that none of its senders is to be read. */
    boolean isOverdrawn() {
        return budget.isOverdrawn() || isMoreThanItsPart(held.get(), account, budget.room());
    }

    static boolean isMoreThanItsPart(long held, Account account, long free) {
        return held * account.part() > free;
    }

    /**
     * Whether a waiting sender of the caller may continue. Room for one byte is not enough: the sender would stop again
     * at once.
     */
    boolean hasRoom() {
        long free = budget.room();
        return budget.hasRoom() && !isMoreThanItsPart(held.get(), account, free - free / 4);
    }

    /** Bytes left until no sender of the caller is read. */
    long room() {
        return Math.max(0, (budget.room() - held.get() * account.part()) / (account.part() + 1));
    }

    /** The sender has left, and none of its bytes wait. */
    void close() {
        budget.close(account);
    }
}
