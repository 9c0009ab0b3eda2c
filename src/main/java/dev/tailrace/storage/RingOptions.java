package dev.tailrace.storage;

import java.time.Duration;

/**
 * @param capacity entries kept per device, exactly, unless they have more than {@code bytes}
 * @param bytes that the entries of a device may have, as they are stored; when they have more, the oldest are evicted
 *     until a sixteenth of it is free, but never the newest entry
 * @param timeToLive a ring without appends for this long is dropped; its next life has a new epoch
 */
public record RingOptions(int capacity, long bytes, Duration timeToLive) {

    private static final long DEFAULT_BYTES = 16 * 1024 * 1024;

    /** With 16 MiB for the entries of a device. */
    public RingOptions(int capacity, Duration timeToLive) {
        this(capacity, DEFAULT_BYTES, timeToLive);
    }

    /** The bytes that are left after the oldest entries were evicted. */
    public long bytesLeft() {
        return bytes - bytes / 16;
    }
}
