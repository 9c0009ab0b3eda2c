package dev.tailrace.broker;

import io.netty.util.internal.OutOfDirectMemoryError;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles exceptions in walks over many readers or feeds: they are counted and, once a minute at most, logged, and the
 * walk goes on. An exhausted heap is thrown on, because it ends the process. Touched on one event loop only.
 */
public final class Failures {

    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int LOGGED_FRAMES = 12;

    private final BrokerMeters meters;
    private final LongSupplier nanoTime;
    private boolean logged;
    private long loggedAt;
    private long unlogged;

    Failures(BrokerMeters meters, LongSupplier nanoTime) {
        this.meters = meters;
        this.nanoTime = nanoTime;
    }

    /** The exception ends a reader's stream. */
    public void ofReader(Throwable failure) {
        meters.evicted(Eviction.FAILED);
        report("Closed the stream of a reader because of an exception", failure);
    }

    /** The exception closes a sender's connection. */
    public void ofSender(Throwable failure) {
        report("Closed the connection of a sender because of an exception", failure);
    }

    /** The exception concerned no single reader, and reading the ring repaired its consequences. */
    void ofFeed(Throwable failure) {
        report("Reading the ring of a device again because of an exception", failure);
    }

    // Without its message, which may quote a line.
    private void report(String what, Throwable failure) {
        long now = nanoTime.getAsLong();
        if (logged && now - loggedAt < LOG_NANOS) {
            unlogged++;
        } else {
            log.error(
                    "{} ({} more since the last report): {} at {}",
                    what,
                    unlogged,
                    failure.getClass().getName(),
                    Arrays.stream(failure.getStackTrace())
                            .limit(LOGGED_FRAMES)
                            .map(StackTraceElement::toString)
                            .collect(Collectors.joining(", ")));
            logged = true;
            loggedAt = now;
            unlogged = 0;
        }
        if (failure instanceof OutOfMemoryError) {
            log.debug("Memory is exhausted", failure); // each time, because a handler may depend on the report
        }
        if (isExhaustedHeap(failure)) {
            throw (OutOfMemoryError) failure;
        }
    }

    /**
     * Whether nothing more can be allocated. Memory outside the heap has budgets, and a lack of it concerns one reader
     * only.
     */
    public static boolean isExhaustedHeap(Throwable failure) {
        return failure instanceof OutOfMemoryError
                && !(failure instanceof OutOfDirectMemoryError)
                && !String.valueOf(failure.getMessage()).contains("direct buffer memory");
    }
}
