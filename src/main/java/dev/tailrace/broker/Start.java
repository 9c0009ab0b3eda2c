package dev.tailrace.broker;

import dev.tailrace.model.Position;

/** Where a subscriber begins. */
public sealed interface Start {

    /** After a position, as in a resume; entries that are lost by then are reported as a gap. */
    record After(Position position) implements Start {}

    /** With the newest {@code count} entries of the ring; 0 for entries that are stored from now on. */
    record Tail(int count) implements Start {}
}
