package dev.tailrace.broker;

/** Why the broker closed a subscriber's connection. */
public enum Eviction {
    /** It accepted no byte for the stall limit. */
    STALLED("stalled"),
    /** It held bytes when all readers together held too many. */
    MEMORY("memory"),
    /** An exception was thrown while it was served; it is in the log. */
    FAILED("failed");

    private final String label;

    Eviction(String label) {
        this.label = label;
    }

    /** The value of the label {@code reason} in metrics. */
    String label() {
        return label;
    }
}
