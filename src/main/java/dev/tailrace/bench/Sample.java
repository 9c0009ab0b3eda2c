package dev.tailrace.bench;

import org.jspecify.annotations.Nullable;

/**
 * What had been counted and used at one moment of a run.
 *
 * @param nanos since the run began
 * @param deliveries to readers of any kind
 */
record Sample(
        long nanos,
        long sent,
        long acknowledged,
        long deliveries,
        @Nullable ProcessUse client,
        @Nullable ProcessUse server,
        @Nullable ProcessUse redis) {}
