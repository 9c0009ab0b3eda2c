package dev.tailrace.auth;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of day by the clock of storage, which is one for all brokers: what one of them makes for a minute ends after a minute
 * at each, whatever their own clocks say and however they are set. Until storage has told the time it is this machine's. May be
 * read from any thread.
 */
public final class StorageClock {

    private static final Logger log = LoggerFactory.getLogger(StorageClock.class);

    /** A difference from this machine's clock that is worth a warning. */
    private static final long WRONG_MILLIS = 10_000;

    /** An answer that took longer says too little about the time. */
    private static final long MOST_UNSURE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier own;
    private final LongSupplier nanoTime;
    private volatile Told told;

    // Touched only by who is told the time.
    private boolean isWrong;
    private boolean hasBeenTold;

    /** @param at in nanoseconds of the clock that only runs forward and cannot be set */
    private record Told(long millis, long at) {}

    public StorageClock() {
        this(System::currentTimeMillis, System::nanoTime);
    }

    /** @param own the clock of this machine */
    StorageClock(LongSupplier own, LongSupplier nanoTime) {
        this.own = own;
        this.nanoTime = nanoTime;
        this.told = new Told(own.getAsLong(), nanoTime.getAsLong());
    }

    /** In epoch milliseconds. */
    public long millis() {
        Told last = told;
        return last.millis + TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - last.at);
    }

    /** When something is asked, for {@link #tell}. */
    long nanos() {
        return nanoTime.getAsLong();
    }

    /**
     * Takes what storage says; called by one thread.
     *
     * @param millis its time, in epoch milliseconds
     * @param asked {@link #nanos} when it was asked; it said so between then and now
     */
    void tell(long millis, long asked) {
        long now = nanos();
        if (hasBeenTold && now - asked > MOST_UNSURE_NANOS) {
            return; // the answer waited somewhere, and what was told before is more exact
        }
        hasBeenTold = true;
        told = new Told(millis, asked + (now - asked) / 2);
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
