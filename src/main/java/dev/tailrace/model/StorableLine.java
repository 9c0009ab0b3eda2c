package dev.tailrace.model;

import org.jspecify.annotations.Nullable;

/** A line that can be encoded as an entry. */
public interface StorableLine {

    /**
     * Appends the stored form: the JSON that readers get, from {@code "receivedAt"} on. A line is encoded only here.
     *
     * @param guess finds the level of a line that was sent without one; null leaves it without
     */
    void writeTo(Entries.Builder out, long receivedAt, @Nullable LevelGuess guess);

    /** As above, without a guess. */
    default void writeTo(Entries.Builder out, long receivedAt) {
        writeTo(out, receivedAt, null);
    }
}
