package dev.tailrace.ingest;

/** Limits that refuse nothing, but slow senders down; named as their settings. */
enum RateLimit {
    /** Lines per second of one device. */
    DEVICE_LINES("device-lines"),
    /** Bytes per second of one device. */
    DEVICE_BYTES("device-bytes"),
    /** Lines per second of one fleet. */
    FLEET_LINES("fleet-lines"),
    /** Bytes per second of one fleet. */
    FLEET_BYTES("fleet-bytes");

    private final String label;

    RateLimit(String setting) {
        this.label = setting;
    }

    /** The value of the label {@code limit} in metrics. */
    String label() {
        return label;
    }
}
