/**
 * Connections to a standalone Redis, Sentinel or Cluster: routing by slot, repeated calls, and time limits. It knows
 * commands and keys, but neither rings nor devices.
 */
@NullMarked
package dev.tailrace.storage.redis.link;

import org.jspecify.annotations.NullMarked;
