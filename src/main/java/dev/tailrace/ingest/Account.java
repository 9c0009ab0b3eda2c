package dev.tailrace.ingest;

/**
 * The caller whose share of a limit a sender takes.
 *
 * @param caller the name of the caller; all of its connections count together
 * @param part 1 when the share is as much as all callers leave free, 3 when it is a third of that
 */
public record Account(String caller, int part) {

    /** The part of a caller that sends for many devices, such as a collector. */
    public static final int WIDE = 1;

    /** The part of a caller that sends for single devices. */
    static final int NARROW = 3;
}
