/**
 * The newest N entries of each device: one interface, {@link dev.tailrace.ring.MemoryRing} and the Redis one in {@code
 * ring.redis}, held to one contract by one suite of tests.
 */
@NullMarked
package dev.tailrace.ring;

import org.jspecify.annotations.NullMarked;
