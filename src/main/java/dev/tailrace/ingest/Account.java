package dev.tailrace.ingest;

/**
 * Whose share of a limit a sender takes.
 *
 * @param caller names the caller; all of its connections count together
 * @param part 1 when its share is as much as all callers leave free, 3 when it is a third of that
 */
public record Account(String caller, int part) {

    /** Of who speaks for many devices, such as a collector. */
    public static final int WIDE = 1;

    /** Of who speaks for single devices. */
    static final int NARROW = 3;
}
