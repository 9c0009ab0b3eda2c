package dev.tailrace.broker;

import dev.tailrace.model.Position;

/** Where a subscriber begins. */
public sealed interface Start {

    /** Behind a position, as a resume does; what is gone by then is told as a gap. */
    record After(Position position) implements Start {}

    /** With the newest {@code count} entries kept; 0 for those that come from now on. */
    record Tail(int count) implements Start {}
}
