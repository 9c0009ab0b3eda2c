package dev.tailrace.storage;

import dev.tailrace.model.Entries;

/**
 * Consecutive entries of a ring, read in one atomic step together with the ring's state.
 *
 * @param state the ring at that moment
 * @param first offset of the first entry returned, after the one asked for when earlier ones are lost or cannot be
 *     read; when there are none, where to go on
 * @param entries the entries, ascending
 */
public record Page(RingState state, long first, Entries entries) {}
