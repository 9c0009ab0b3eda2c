package dev.tailrace.broker;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shares the threads that apply costly filters among the callers of a broker (start-time fair queueing): of the callers
 * with waiting work, the one that has used the least time goes next, for a slice of {@link #SLICE_NANOS}. So a caller
 * gets the same share whether it has one request or a hundred, and a caller that comes late waits only for what is in
 * progress. Thread-safe; one for all event loops.
 */
public final class FilterShares {

    private static final Logger log = LoggerFactory.getLogger(FilterShares.class);

    /** After this time the next caller's work goes on; a match in progress is finished first. */
    static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final String THREADS = "tailrace-filter";

    private static final Comparator<Account> BY_TIME_USED =
            Comparator.<Account>comparingLong(account -> account.used).thenComparingLong(account -> account.number);

    private final WorkerExecutor workers;
    private final BrokerMeters meters;
    private final LongSupplier nanoTime;

    // All state below is guarded by this object.
    private final Map<Object, Account> accounts = new HashMap<>();
    private final TreeSet<Account> waiting = new TreeSet<>(BY_TIME_USED);
    // accounts that have used more than the waiting ones by now
    private final TreeSet<Account> idle = new TreeSet<>(BY_TIME_USED);
    private int running; // slices
    private long level; // time used by the caller that had the latest slice; new callers begin there
    private long opened; // accounts

    /** Work that can be interrupted. */
    interface Work {
        /**
         * Goes on until {@code nanoTime} reaches a limit.
         *
         * @return whether there is more to do
         */
        boolean goOn(LongSupplier nanoTime, long until);
    }

    /** The waiting work of one caller, and the time that it has used. */
    private static final class Account {
        final Object caller;
        final long number; // of two accounts that used the same time, the older one goes first
        final ArrayDeque<Work> waiting = new ArrayDeque<>();
        long used;
        int running;

        Account(Object caller, long number, long used) {
            this.caller = caller;
            this.number = number;
            this.used = used;
        }
    }

    /** Uses half of the cores, so that event loops have the other half however much is requested. */
    public FilterShares(Vertx vertx, BrokerMeters meters) {
        this(vertx, meters, System::nanoTime, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    FilterShares(Vertx vertx, BrokerMeters meters, LongSupplier nanoTime, int threads) {
        this.workers = vertx.createSharedWorkerExecutor(THREADS, threads);
        this.meters = meters;
        this.nanoTime = nanoTime;
    }

    /** @param caller who pays the time; equal objects are one caller */
    void add(Object caller, Work work) {
        synchronized (this) {
            Account account = accounts.computeIfAbsent(caller, who -> new Account(who, opened++, level));
            leaveQueues(account);
            if (account.running == 0 && account.waiting.isEmpty()) {
                account.used = Math.max(account.used, level);
            }
            account.waiting.addLast(work);
            waiting.add(account);
        }
        scheduleSlice();
    }

    /** Takes back work that is neither finished nor in progress. */
    void remove(Object caller, Work work) {
        synchronized (this) {
            Account account = accounts.get(caller);
            if (account != null) {
                leaveQueues(account);
                account.waiting.remove(work);
                enterQueue(account);
                forget();
            }
        }
    }

    /** The number of callers that have waiting work, or whose used time is remembered. */
    synchronized int callers() {
        return accounts.size();
    }

    /** Schedules one slice for each piece of waiting work. Which caller gets it is decided when the slice begins. */
    private void scheduleSlice() {
        workers.executeBlocking(
                        () -> {
                            turn();
                            return true;
                        },
                        false)
                .onFailure(cause -> log.debug("Stopped applying a filter", cause)); // the broker has stopped
    }

    private void turn() {
        Account account;
        Work work;
        synchronized (this) {
            account = waiting.pollFirst();
            if (account == null) {
                return; // its work was taken back
            }
            level = Math.max(level, account.used);
            work = account.waiting.removeFirst();
            // corrected afterwards; until then other threads must not take this time for unused
            account.used += SLICE_NANOS;
            account.running++;
            running++;
            enterQueue(account);
        }
        long began = nanoTime.getAsLong();
        boolean more = false;
        try {
            more = work.goOn(nanoTime, began + SLICE_NANOS);
        } finally {
            long took = nanoTime.getAsLong() - began;
            settle(account, took, more ? work : null);
            meters.filtered(took);
        }
        if (more) {
            scheduleSlice();
        }
    }

    private synchronized void settle(Account account, long took, @Nullable Work more) {
        leaveQueues(account);
        account.used += took - SLICE_NANOS;
        account.running--;
        running--;
        if (more != null) {
            account.waiting.addLast(more);
        }
        enterQueue(account);
        forget();
    }

    /** Drops accounts that are not ahead of any other. */
    private void forget() {
        if (running == 0 && waiting.isEmpty()) {
            idle.clear();
            accounts.clear();
        }
        while (!idle.isEmpty() && idle.first().used <= level) {
            accounts.remove(idle.pollFirst().caller);
        }
    }

    private void leaveQueues(Account account) {
        waiting.remove(account);
        idle.remove(account);
    }

    private void enterQueue(Account account) {
        if (!account.waiting.isEmpty()) {
            waiting.add(account);
        } else if (account.running == 0) {
            idle.add(account);
        }
    }
}
