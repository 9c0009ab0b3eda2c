package dev.tailrace.ingest;

/** Where bytes are counted that wait for their sender to go on, such as the begin of a line. Used by all event loops. */
public interface Room {

    /**
     * Counts bytes, before they are held.
     *
     * @return false when there is no room for them; they are not counted then, and must not be held
     */
    boolean hold(long more);

    /** Counts bytes that were held, and are not any more. */
    void release(long less);

    /** Bytes that {@link #hold} allows when nobody else holds any. */
    long most();
}
