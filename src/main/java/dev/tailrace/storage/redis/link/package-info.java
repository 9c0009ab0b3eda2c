/**
 * Connections to Redis, alone, under sentinels or in a cluster: which server has a slot, calls that are sent again, limits of time.
 * It knows commands and keys, but no ring and no device.
 */
@NullMarked
package dev.tailrace.storage.redis.link;

import org.jspecify.annotations.NullMarked;
