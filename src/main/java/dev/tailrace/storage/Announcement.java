package dev.tailrace.storage;

import dev.tailrace.model.Entries;

/** What is announced to a watcher of one device, in order. Immutable: all event loops share one instance. */
public sealed interface Announcement {

    /** Entries were appended: {@code first}, {@code first + 1} and so on, in this epoch. */
    record Stored(String epoch, long first, Entries entries) implements Announcement {}

    /** Entries up to {@code offset} were cleared. */
    record Cleared(String epoch, long offset) implements Announcement {}

    /** Storage cannot be reached; nothing is announced until {@link Ready}. */
    record Unavailable() implements Announcement {}

    /**
     * The watch receives announcements again, or for the first time. Entries that were appended before {@code state}
     * was taken may not have been announced and have to be read.
     */
    record Ready(RingState state) implements Announcement {}

    /** Some announcements were dropped, because too much waited for this watcher; their entries are in the ring. */
    record Missed() implements Announcement {}
}
