package dev.tailrace.storage.redis;

import dev.tailrace.storage.RingContract;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.redis.link.RedisEvents;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.testing.RedisCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RedisRingClusterTest extends RingContract {

    private static RedisCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.start(3, 0);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Override
    protected TestStores open(RingOptions options) {
        return RedisTestStores.open(cluster.url(), options, RedisLimits.DEFAULT, RedisEvents.NONE);
    }
}
