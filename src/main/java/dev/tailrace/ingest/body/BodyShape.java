package dev.tailrace.ingest.body;

import dev.tailrace.model.DeviceId;
import org.jspecify.annotations.Nullable;

/**
 * What kind of body a request has, and how long it may be.
 *
 * @param isDocument whether the body must be whole before any of it is stored
 * @param device the only device whose lines are in the body; null for lines of many devices, which are authorized one
 *     by one
 * @param limit most bytes, after decompression
 * @param tooLarge why a longer body is refused, for its sender
 */
public record BodyShape(boolean isDocument, @Nullable DeviceId device, long limit, String tooLarge) {

    /** Lines of one device, each stored as it arrives, without a limit. */
    public static BodyShape endless(DeviceId device) {
        return new BodyShape(false, device, Long.MAX_VALUE, "");
    }
}
