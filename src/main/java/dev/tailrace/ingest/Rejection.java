package dev.tailrace.ingest;

/** Why a line was not stored. */
public enum Rejection {
    /** It could not be read: no JSON, no message, a field of the wrong kind. */
    INVALID("invalid"),
    /** It was too long. */
    TOO_LONG("too_long"),
    /** Its sender has no permission to write for its device. */
    FORBIDDEN("forbidden"),
    /** Storage was unavailable and its sender did not wait, or there was no memory to hold it. */
    UNAVAILABLE("unavailable"),
    /** Its device is new, and there are too many devices. */
    DEVICES("too_many_devices"),
    /** Storage refused it; the reason is in the log. */
    FAILED("failed");

    private final String label;

    Rejection(String label) {
        this.label = label;
    }

    /** The value of the label {@code reason} in metrics. */
    String label() {
        return label;
    }
}
