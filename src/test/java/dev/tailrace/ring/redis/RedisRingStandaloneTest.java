package dev.tailrace.ring.redis;

import dev.tailrace.ring.RingContract;
import dev.tailrace.ring.RingOptions;
import dev.tailrace.ring.TestBroker;
import dev.tailrace.testing.TestRedis;

class RedisRingStandaloneTest extends RingContract {

    @Override
    protected TestBroker open(RingOptions options) {
        return RedisBrokers.open(TestRedis.url(), options, RedisLimits.DEFAULT, RedisEvents.NONE);
    }
}
