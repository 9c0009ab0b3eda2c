package dev.tailrace.bench;

import org.jspecify.annotations.Nullable;

/**
 * The counts and the resource usage at one time of a run.
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
