package dev.tailrace.storage.redis.link;

import io.vertx.core.Vertx;
import java.util.List;

/**
 * One broker's access to Redis: what its routers share.
 *
 * @param health gets the state of all connections
 * @param scripts that every server has to know
 */
public record RedisClient(
        Vertx vertx,
        RedisConnector connector,
        Discovery discovery,
        RedisLimits limits,
        RedisHealth health,
        List<Script> scripts) {

    /** A router for the calling event loop. */
    public RedisRouter router() {
        return router(() -> {});
    }

    /** @param topologyHandler called when the masters, or their slots, may have changed */
    public RedisRouter router(Runnable topologyHandler) {
        return new RedisRouter(this, topologyHandler);
    }
}
