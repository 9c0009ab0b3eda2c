package dev.tailrace.ring.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ring.RingContract;
import dev.tailrace.ring.RingOptions;
import dev.tailrace.ring.TestBroker;
import dev.tailrace.testing.TestRedis;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisRingStandaloneTest extends RingContract {

    @Override
    protected TestBroker open(RingOptions options) {
        return RedisBrokers.open(TestRedis.url(), options, RedisLimits.DEFAULT, RedisEvents.NONE);
    }

    @Test
    void append_pastCapacity_leavesExactlyCapacityInRedis() {
        TestBroker broker = broker(3);
        broker.append(device, "a", "b", "c", "d", "e");
        broker.append(device, "f");
        assertThat(TestRedis.command("LRANGE", key("ring"), "0", "-1")).isEqualTo(List.of("d", "e", "f"));
    }

    @Test
    void append_pastCapacity_keepsLittleMoreThanCapacityInRedis() {
        TestBroker broker = broker(100);
        for (int i = 0; i < 40; i++) {
            broker.append(device, "a", "b", "c", "d", "e");
            assertThat((Long) TestRedis.command("LLEN", key("ring"))).isLessThanOrEqualTo(106);
            assertThat(broker.readAll(device)).hasSize(Math.min(100, 5 * (i + 1)));
        }
    }

    @Test
    void append_always_leavesNoKeyWithoutExpiry() {
        TestBroker broker = broker(10);
        broker.append(device, "a");
        assertThat(timeToLive("ring")).isBetween(3_500L, 3_600L);
        assertThat(timeToLive("meta")).isBetween(3_500L, 3_600L);
        broker.wait(broker.ring().clear(device));
        broker.append(device, "b");
        assertThat(timeToLive("ring")).isBetween(3_500L, 3_600L);
    }

    @Test
    void append_byManySenders_leavesABoundedHash() {
        TestBroker broker = broker(10);
        for (int i = 0; i < 300; i++) {
            broker.append(device, written("w" + i, 1, "line"));
        }
        assertThat((Long) TestRedis.command("HLEN", key("meta"))).isBetween(64L, 97L);
    }

    private String key(String kind) {
        return "tailrace:{" + device + "}:" + kind;
    }

    private long timeToLive(String kind) {
        return (Long) TestRedis.command("TTL", key(kind));
    }
}
