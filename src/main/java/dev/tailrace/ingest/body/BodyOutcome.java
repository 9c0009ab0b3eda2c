package dev.tailrace.ingest.body;

import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.storage.RingUnavailableException;

/**
 * How reading a body ended.
 *
 * @param reason for the sender; empty when the body is complete
 */
public record BodyOutcome(Kind kind, String reason) {

    public static final BodyOutcome COMPLETE = new BodyOutcome(Kind.COMPLETE, "");

    /** The outcome when storage did not take the lines, because of {@code cause}. */
    public static BodyOutcome unavailable(Throwable cause) {
        return new BodyOutcome(
                Kind.UNAVAILABLE,
                cause instanceof RingUnavailableException ? "storage is unavailable" : "storage rejected the lines");
    }

    /** The outcome when the device is a new one, and there are too many. */
    public static BodyOutcome refused() {
        return new BodyOutcome(Kind.REFUSED, DeviceLimit.REASON);
    }

    /** The event that ended it. */
    public enum Kind {
        COMPLETE,
        /** The body is not of the form that it claims; the lines before are stored. */
        BROKEN,
        /** The body has lines, and none of them is valid. */
        REJECTED,
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
