package dev.tailrace.auth;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of day by the clock of storage, which all brokers share: a ticket that one broker issues for a minute expires after a minute
 * on all of them, whatever their own clocks show. Until storage has reported its time, this is the time of this machine. May be read
 * from any thread.
 */
public final class StorageClock {

    private static final Logger log = LoggerFactory.getLogger(StorageClock.class);

    /** A difference between the two clocks that is logged as a warning. */
    private static final long WRONG_MILLIS = 10_000;

    /** A slower answer is too inexact. */
    private static final long MAX_UNCERTAINTY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier own;
    private final LongSupplier nanoTime;
    private volatile Reading reading;

    // Touched only by the thread that calls set().
    private boolean isWrong;
    private boolean hasBeenSet;

    /** @param at in nanoseconds of the monotonic clock */
    private record Reading(long millis, long at) {}

    public StorageClock() {
        this(System::currentTimeMillis, System::nanoTime);
    }

    /** @param own the clock of this machine */
    StorageClock(LongSupplier own, LongSupplier nanoTime) {
        this.own = own;
        this.nanoTime = nanoTime;
        this.reading = new Reading(own.getAsLong(), nanoTime.getAsLong());
    }

    /** In epoch milliseconds. */
    public long millis() {
        Reading last = reading;
        return last.millis + TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - last.at);
    }

    /** The monotonic time at which storage is asked, for {@link #set}. */
    long nanos() {
        return nanoTime.getAsLong();
    }

    /**
     * Sets the clock to the time that storage reported; called by one thread.
     *
     * @param millis storage's time, in epoch milliseconds
     * @param asked {@link #nanos} when storage was asked; it read its clock between then and now
     */
    void set(long millis, long asked) {
        long now = nanos();
        if (hasBeenSet && now - asked > MAX_UNCERTAINTY_NANOS) {
            return; // the answer was delayed, and the reading before it is more exact
        }
        hasBeenSet = true;
        reading = new Reading(millis, asked + (now - asked) / 2);
        long ahead = own.getAsLong() - millis();
        boolean wasWrong = isWrong;
        isWrong = Math.abs(ahead) > WRONG_MILLIS;
        if (isWrong && !wasWrong) {
            log.warn(
                    "The clock of this machine is {} s {} the clock of storage. Entries carry the time of this machine; keys, tickets"
                            + " and logins expire by the clock of storage; tokens of identity providers must be valid by both. Synchronise the clocks (NTP)",
                    Math.abs(ahead) / 1000,
                    ahead > 0 ? "ahead of" : "behind");
        } else if (wasWrong && !isWrong) {
            log.info("The clock of this machine agrees with the clock of storage again");
        }
    }
}
