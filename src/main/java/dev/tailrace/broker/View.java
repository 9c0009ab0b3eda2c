package dev.tailrace.broker;

import org.jspecify.annotations.Nullable;

/**
 * What a subscriber wants to see and how; subscribers with equal views share encoded Buffers.
 *
 * @param filter which entries, or null for all
 */
public record View(Encoding encoding, @Nullable Filter filter) {}
