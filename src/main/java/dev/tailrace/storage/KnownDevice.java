package dev.tailrace.storage;

import dev.tailrace.model.DeviceId;

/**
 * A device that wrote, or was connected, within the ring's time to live.
 *
 * @param lastSeen when, epoch milliseconds of storage's clock, to within some seconds
 * @param online whether some broker holds a connection of it
 */
public record KnownDevice(DeviceId device, long lastSeen, boolean online) {}
