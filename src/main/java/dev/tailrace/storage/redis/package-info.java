/**
 * Storage in a standalone Redis, Sentinel or Cluster; the only room that knows Redis.
 *
 * <pre>
 *  RedisStorage ── one per broker
 *    ├─ RedisRing ── one per event loop: commands        RedisSubscriber ── one: announcements
 *    │    └─ RedisRouter ── which server has the slot?      ├─ RedisRouter ── states, after subscribing
 *    │         ├─ Discovery ── which masters are there?     └─ SubscriberNode ── one per master
 *    │         └─ CommandNode ── one per master                   └─ ReconnectingConnection
 *    │              └─ ReconnectingConnection ── opened, and opened again
 *    │                   └─ RedisConnector ── one connection, and the checks of its server
 *    └─ HeadCache ── where the next entry of each ring is expected
 * </pre>
 */
@NullMarked
package dev.tailrace.storage.redis;

import org.jspecify.annotations.NullMarked;
