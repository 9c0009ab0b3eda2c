package dev.tailrace.model;

/** A line that can be encoded as an entry. */
public interface StorableLine {

    /**
     * Appends the stored form: the JSON that readers get, from {@code "receivedAt"} on. A line is encoded only here.
     */
    void writeTo(Entries.Builder out, long receivedAt);
}
