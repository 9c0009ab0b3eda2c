package dev.tailrace.broker;

import org.jspecify.annotations.Nullable;

/**
 * What a subscriber wants to see, and in which form. Subscribers with equal views share encoded bytes.
 *
 * @param filter which entries, or null for all
 */
public record View(Encoding encoding, @Nullable Filter filter) {

    /** Whether its filter may be applied to entries of so many bytes on the event loop. */
    boolean isCheap(int bytes) {
        return filter == null || FilterWork.isCheap(filter.weight(), bytes);
    }
}
