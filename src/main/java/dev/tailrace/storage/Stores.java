package dev.tailrace.storage;

/**
 * What one event loop uses of storage. Calls from other event loops are allowed, and take a hop there and back.
 *
 * @param credentials keys, logins and tickets
 * @param places positions of the readers of many devices
 */
public record Stores(
        RingStore ring,
        DeviceDirectory devices,
        FleetStore fleets,
        KeyValueStore credentials,
        RevocationList revocations,
        PlaceStore places) {}
