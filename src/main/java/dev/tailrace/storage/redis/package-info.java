/**
 * The ring in Redis, alone, under sentinels or in a cluster; the only room that knows Redis.
 *
 * <pre>
 *  RedisRings ── one per broker
 *    ├─ RedisRing ── one per event loop: commands        RedisSubscriber ── one: announcements
 *    │    └─ RedisLink ── which server has the slot?        ├─ RedisLink ── states, after subscribing
 *    │         ├─ Discovery ── which masters are there?     └─ SubscriberNode ── one per master
 *    │         └─ CommandNode ── one per master                   └─ KeptConnection
 *    │              └─ KeptConnection ── opened, and opened again
 *    │                   └─ RedisConnector ── one connection, greeted and checked
 *    └─ KnownHeads ── where the next entry of each ring is expected
 * </pre>
 */
@NullMarked
package dev.tailrace.storage.redis;

import org.jspecify.annotations.NullMarked;
