package dev.tailrace.ingest.body;

import java.util.List;

/**
 * The result of reading a body: how that ended, and the numbers of its lines.
 *
 * @param received lines that were read
 * @param stored lines that are in storage
 * @param deduplicated lines that were in storage already
 * @param rejected lines that are not stored, because they are invalid
 * @param errors the first of the rejected lines
 */
public record BodyReceipt(
        BodyOutcome outcome, long received, long stored, long deduplicated, long rejected, List<LineError> errors) {

    /** The same numbers of a body that was complete, of which no line could be stored. */
    public BodyReceipt refused(String reason) {
        var refused = new BodyOutcome(BodyOutcome.Kind.REJECTED, reason);
        return new BodyReceipt(refused, received, stored, deduplicated, rejected, errors);
    }
}
