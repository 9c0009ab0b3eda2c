package dev.tailrace.ingest;

/**
 * A budget for unfinished input, such as the first part of a line whose end has not arrived. Used by all event loops.
 */
public interface Room {

    /**
     * Counts bytes, before they are held.
     *
     * @return false when there is no room for them; they are not counted then, and must not be held
     */
    boolean hold(long more);

    /** Counts bytes that are not held any more. */
    void release(long less);

    /** Most bytes that {@link #hold} allows, when no other caller holds any. */
    long most();
}
