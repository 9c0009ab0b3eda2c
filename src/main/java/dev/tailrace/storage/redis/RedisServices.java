package dev.tailrace.storage.redis;

import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.redis.link.RedisClient;

/** What the stores of all event loops of one broker share. */
record RedisServices(
        RedisClient redis, RingOptions options, Announcements announcements, HeadCache heads, CorruptData damage) {}
