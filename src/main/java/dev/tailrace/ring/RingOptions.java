package dev.tailrace.ring;

import java.time.Duration;

/**
 * @param capacity entries kept per device, exactly
 * @param timeToLive a ring without appends for this long is dropped; its next life has a new epoch
 */
public record RingOptions(int capacity, Duration timeToLive) {}
