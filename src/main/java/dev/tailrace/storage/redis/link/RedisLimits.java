package dev.tailrace.storage.redis.link;

import java.time.Duration;

/**
 * The bounds of every wait and queue towards one server.
 *
 * @param call when calls are unanswered and no answer comes within this time, they fail and their connection is
 *     replaced; so many appends are in flight as are answered within a quarter of it, and an append that was not sent
 *     within four times this fails
 * @param connect opening a connection, including its checks, takes at most this, or up to eight times as long over a
 *     link that was found to be slow
 * @param calls calls in flight on one connection or waiting for it; one more fails at once
 * @param bytes bytes of the calls in flight on one connection or waiting for it; a call beyond them fails at once
 */
public record RedisLimits(Duration call, Duration connect, int calls, int bytes) {

    public static final RedisLimits DEFAULT =
            new RedisLimits(Duration.ofSeconds(2), Duration.ofSeconds(1), 16_384, 64 * 1024 * 1024);
}
