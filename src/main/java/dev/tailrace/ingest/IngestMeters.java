package dev.tailrace.ingest;

import dev.tailrace.metrics.Counts;
import dev.tailrace.metrics.Limit;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.metrics.Refusals;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The metrics of lines and of the devices that send them. Called from all event loops.
 *
 * <p>While no line is in flight, {@code tailrace_lines_received_total = tailrace_lines_stored_total +
 * tailrace_lines_rejected_total + tailrace_lines_deduplicated_total}: a difference is lines that the broker lost.
 */
public final class IngestMeters {

    private final Metrics metrics;
    private final Refusals refusals;
    private final LongAdder received;
    private final LongAdder stored;
    private final LongAdder deduplicated;
    private final Counts<Rejection> rejected;
    private final LongAdder partialDocuments;
    private final Counts<RateLimit> slowed;
    private final LongAdder deviceConnections = new LongAdder();
    private final LongAdder devicesPaused = new LongAdder();

    public IngestMeters(Metrics metrics) {
        this.metrics = metrics;
        refusals = metrics.refusals();
        received = metrics.counter("tailrace.lines.received", "Lines received from senders");
        stored = metrics.counter("tailrace.lines.stored", "Lines stored in their ring");
        deduplicated = metrics.counter("tailrace.lines.deduplicated", "Lines dropped as duplicates of a producer");
        rejected = metrics.counters(
                "tailrace.lines.rejected",
                "Lines not stored, as reported to their senders",
                "reason",
                Rejection.class,
                Rejection::label);
        partialDocuments = metrics.counter(
                "tailrace.documents.partial",
                "Documents of OTLP and Loki that were accepted although some of their records were rejected");
        slowed = metrics.counters(
                "tailrace.slowed",
                "Times that a device or fleet was over its rate limit and its senders were paused",
                "limit",
                RateLimit.class,
                RateLimit::label);
        metrics.gauge("tailrace.device.connections", "Open connections of devices", deviceConnections::sum);
        metrics.gauge("tailrace.devices.paused", "Connections of devices that are not being read", devicesPaused::sum);
    }

    /** Registers the number of bytes that wait for storage; once. */
    public void pendingBytes(LongSupplier bytes) {
        metrics.gauge("tailrace.pending.bytes", "Bytes that the broker holds for senders", bytes);
    }

    public void received(int lines) {
        received.add(lines);
    }

    /** Storage answered an append. */
    void appended(int storedLines, int deduplicatedLines) {
        stored.add(storedLines);
        deduplicated.add(deduplicatedLines);
    }

    void deduplicated(int lines) {
        deduplicated.add(lines);
    }

    /** Lines were not stored. */
    public void rejected(Rejection reason, int lines) {
        rejected.add(reason, lines);
    }

    /** Some records of a document were stored, and some were rejected. */
    public void partialDocument() {
        partialDocuments.increment();
    }

    /** A device or fleet exceeded a rate, and its senders pause until its debt is paid off. */
    void slowed(RateLimit rate) {
        slowed.increment(rate);
    }

    public void refused(Limit limit) {
        refusals.refused(limit);
    }

    void deviceConnected() {
        deviceConnections.increment();
    }

    void deviceDisconnected() {
        deviceConnections.decrement();
    }

    public void devicePaused() {
        devicesPaused.increment();
    }

    public void deviceResumed() {
        devicesPaused.decrement();
    }
}
