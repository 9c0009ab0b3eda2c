package dev.tailrace.storage.redis.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class TopologyTest {

    private static final RedisAddress A = new RedisAddress("a", 6379);
    private static final RedisAddress B = new RedisAddress("b", 6379);

    @Test
    void newest_isTheHigherEpoch_inEitherOrder() {
        Topology older = Topology.single(A, 3);
        Topology newer = Topology.single(B, 4);
        assertThat(older.newest(newer).masters()).containsExactly(B);
        assertThat(newer.newest(older)).isSameAs(newer);
    }

    @Test
    void newest_equalEpochs_isThisOne() {
        Topology one = Topology.single(A, 3);
        assertThat(one.newest(Topology.single(B, 3))).isSameAs(one);
        assertThat(one.newest(Topology.NONE)).isSameAs(one);
        assertThat(Topology.NONE.newest(one).masters()).containsExactly(A);
    }

    @Test
    void oneSlotMoved_keepsItsEpoch() {
        Topology moved = Topology.single(A, 3).with(7, B);
        assertThat(moved.master(7)).isEqualTo(B);
        assertThat(moved.master(8)).isEqualTo(A);
        assertThat(moved.masters()).containsExactly(A, B);
        assertThat(moved.newest(Topology.single(A, 4)).masters()).containsExactly(A);
    }

    @Test
    void none_isEmpty() {
        assertThat(Topology.NONE.isEmpty()).isTrue();
        assertThat(Topology.NONE.with(16_383, A).isEmpty()).isFalse();
    }
}
