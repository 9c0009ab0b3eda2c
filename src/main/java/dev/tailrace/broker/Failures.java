package dev.tailrace.broker;

import dev.tailrace.metrics.Meters;
import dev.tailrace.metrics.Meters.Eviction;
import io.netty.util.internal.OutOfDirectMemoryError;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about an exception in a walk over many readers or feeds: it is counted and, once a minute at most, logged, and
 * the walk goes on. An exhausted heap is thrown on, because it ends the process. Touched on one event loop only.
 */
public final class Failures {

    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int LOGGED_FRAMES = 12;

    private final Meters meters;
    private final LongSupplier nanoTime;
    private boolean logged;
    private long loggedAt;
    private long unlogged;

    Failures(Meters meters, LongSupplier nanoTime) {
        this.meters = meters;
        this.nanoTime = nanoTime;
    }

    /** A reader's stream is ended for it. */
    public void ofReader(Throwable failure) {
        meters.evicted(Eviction.FAILED);
        report("Closed the stream of a reader because of an exception", failure);
    }

    /** A sender's connection is closed for it. */
    public void ofSender(Throwable failure) {
        report("Closed the connection of a sender because of an exception", failure);
    }

    /** Something that is not one reader's went wrong, and was mended by reading the ring. */
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
            log.debug("Memory is exhausted", failure); // each time, for whoever counts on hearing of it
        }
        if (isExhaustedHeap(failure)) {
            throw (OutOfMemoryError) failure;
        }
    }

    /** Whether no more can be allocated by anybody; memory outside the heap is budgeted, and missing it is one reader's. */
    public static boolean isExhaustedHeap(Throwable failure) {
        return failure instanceof OutOfMemoryError
                && !(failure instanceof OutOfDirectMemoryError)
                && !String.valueOf(failure.getMessage()).contains("direct buffer memory");
    }
}
