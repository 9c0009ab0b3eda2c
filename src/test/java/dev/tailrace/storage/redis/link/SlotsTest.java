package dev.tailrace.storage.redis.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.redis.DeviceKeys;
import dev.tailrace.testing.RedisCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotsTest {

    @Test
    void slot_ofReferenceText_isTheOneOfTheClusterSpecification() {
        assertThat(Slots.of("123456789")).isEqualTo(0x31C3);
    }

    @Test
    void slot_ofTaggedKey_isThatOfTheTag() {
        assertThat(Slots.of("{user1000}.following")).isEqualTo(Slots.of("user1000"));
        assertThat(Slots.of("foo{bar}{zap}")).isEqualTo(Slots.of("bar"));
        assertThat(Slots.of("foo{{bar}}zap")).isEqualTo(Slots.of("{bar"));
        assertThat(Slots.of("foo{}{bar}")).isNotEqualTo(Slots.of("bar")).isNotEqualTo(Slots.of(""));
    }

    @Test
    void slot_ofAnyKey_isTheOneOfRedis() {
        try (RedisCluster cluster = RedisCluster.start(3, 0)) {
            for (String key : List.of("a", "tailrace:{devices}:seen", "{}", "x{y", "grüße", "tailrace:{pump-7}:ring")) {
                Object slot = cluster.nodes().get(0).command("CLUSTER", "KEYSLOT", key);
                assertThat(((Number) slot).intValue()).as(key).isEqualTo(Slots.of(key));
            }
        }
    }

    @Test
    void keys_ofADevice_shareASlot() {
        DeviceKeys keys = DeviceKeys.of(new DeviceId("pump-7"));
        assertThat(List.of(keys.ring(), keys.meta(), keys.live())).allMatch(key -> Slots.of(key) == keys.slot());
        assertThat(DeviceKeys.ofLive(keys.live())).isEqualTo(new DeviceId("pump-7"));
    }
}
