package dev.tailrace.model;

/** What can become an entry. */
public interface StorableLine {

    /**
     * Adds the stored form to a batch: the JSON that readers get, from {@code "receivedAt"} on. This is the one time in
     * its life that a line is encoded.
     */
    void writeTo(Entries.Builder out, long receivedAt);
}
