package dev.tailrace.broker;

import dev.tailrace.metrics.Counts;
import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.metrics.Refusals;
import dev.tailrace.metrics.Timing;
import dev.tailrace.model.Gap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The metrics of appends and subscribers. Called from all event loops. {@code tailrace_gap_entries_total} counts entries
 * that subscribers could not get.
 */
public final class BrokerMeters {

    private final Refusals refusals;
    private final LongAdder delivered;
    private final LongAdder live = new LongAdder();
    private final LongAdder behind = new LongAdder();
    private final Counts<Eviction> evicted;
    private final Counts<Gap.Reason> gaps;
    private final LongAdder readFailures;
    private final Timing appendTime;
    private final Timing deliveryTime;
    private final Timing filterSlices;

    public BrokerMeters(Metrics metrics) {
        refusals = metrics.refusals();
        delivered = metrics.counter("tailrace.entries.delivered", "Entries written to subscribers");
        metrics.gauge("tailrace.subscribers", "Subscribers by state", "state", "live", live::sum);
        metrics.gauge("tailrace.subscribers", "Subscribers by state", "state", "behind", behind::sum);
        evicted = metrics.counters(
                "tailrace.subscribers.evicted",
                "Subscribers that the broker disconnected",
                "reason",
                Eviction.class,
                Eviction::label);
        gaps = metrics.counters(
                "tailrace.gap.entries",
                "Entries reported to subscribers as gaps; an unknown number counts as 1",
                "reason",
                Gap.Reason.class,
                Gap.Reason::wire);
        readFailures = metrics.counter("tailrace.ring.read.failures", "Reads of a ring that failed and are retried");
        appendTime = metrics.timer("tailrace.append", "Time from sending a batch to storage until its response");
        deliveryTime = metrics.timer(
                "tailrace.delivery", "Time from receipt of a line until it is written to its subscribers, per flush");
        filterSlices =
                metrics.timer("tailrace.filter", "Time slices of costly filters, which run in their own threads");
    }

    void refused(Limit limit) {
        refusals.refused(limit);
    }

    /** Storage answered an append. */
    void appended(long nanos) {
        appendTime.nanos(nanos);
    }

    /** A subscriber connected; it begins behind. */
    void subscribed() {
        behind.increment();
    }

    void unsubscribed(boolean wasBehind) {
        (wasBehind ? behind : live).decrement();
    }

    void wentLive() {
        behind.decrement();
        live.increment();
    }

    void fellBehind() {
        live.decrement();
        behind.increment();
    }

    void delivered(int entries) {
        delivered.add(entries);
    }

    void deliveredAfter(long millis) {
        deliveryTime.nanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    void gap(Gap gap) {
        Long count = gap.count();
        gaps.add(gap.reason(), count == null ? 1 : count);
    }

    /** A read of a ring failed. */
    void readFailed() {
        readFailures.increment();
    }

    /** A slice of filtering on another thread than the event loops. */
    void filtered(long nanos) {
        filterSlices.nanos(nanos);
    }

    public void evicted(Eviction reason) {
        evicted.increment(reason);
    }
}
