package dev.tailrace.storage;

import dev.tailrace.model.Entries;

/** What a watcher of one device hears, in order. Immutable: one instance is shared by all event loops. */
public sealed interface Announcement {

    /** Entries were appended: {@code first}, {@code first + 1} and so on, in this epoch. */
    record Stored(String epoch, long first, Entries entries) implements Announcement {}

    /** Entries up to {@code offset} were removed on purpose. */
    record Cleared(String epoch, long offset) implements Announcement {}

    /** Storage cannot be reached; nothing is heard until {@link Ready}. */
    record Unavailable() implements Announcement {}

    /**
     * The watch hears again (or for the first time). What was appended before {@code state} was taken may not have been
     * announced and has to be read.
     */
    record Ready(RingState state) implements Announcement {}

    /** Some were not handed over, because too much waited for this watcher; they are in the ring. */
    record Missed() implements Announcement {}
}
