package dev.tailrace.ingest.body;

import dev.tailrace.ingest.IngestServices;
import dev.tailrace.metrics.Meters.Limit;
import java.io.IOException;

/**
 * How reading a body ended.
 *
 * @param reason for the sender; empty when the body is complete
 */
public record BodyOutcome(Kind kind, String reason) {

    public static final BodyOutcome COMPLETE = new BodyOutcome(Kind.COMPLETE, "");

    /** Of a body that cannot be decoded at all, or for lack of room. */
    public static BodyOutcome undecodable(IngestServices ingest, IOException cause) {
        if (cause instanceof BodyDecoder.NoRoomException) {
            ingest.meters().refused(Limit.DECODER_BYTES);
            return new BodyOutcome(Kind.UNAVAILABLE, BodyResponses.FULL);
        }
        return new BodyOutcome(Kind.BROKEN, String.valueOf(cause.getMessage()));
    }

    /** The event that ended it. */
    public enum Kind {
        COMPLETE,
        /** The body is not of the form that it claims; the lines before are stored. */
        BROKEN,
        /** The body is over the limit; the lines before are stored. */
        TOO_LARGE,
        /** Storage was unavailable for longer than the broker waits; what is counted as stored is stored. */
        UNAVAILABLE,
        /** The device is a new one, and there are too many. */
        REFUSED,
        /** The broker is shutting down. */
        LEAVING,
        /** The credential of the sender has ended; the lines before are stored. */
        UNAUTHORIZED,
        /** The sender has disconnected. */
        ABORTED
    }
}
