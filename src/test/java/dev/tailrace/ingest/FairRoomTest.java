package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class FairRoomTest {

    private final FairRoom room = new FairRoom(120);
    private final Room collector = room.share(new Account("collector", 1));
    private final Room device = room.share(new Account("device", 3));

    @Test
    void callerAlone_getsItsPart_andLeavesTheRest() {
        assertThat(collector.hold(collector.most())).isTrue();
        assertThat(collector.most()).isEqualTo(60);
        assertThat(collector.hold(1)).isFalse();
        assertThat(room.held()).isEqualTo(60);

        assertThat(device.hold(15)).isTrue();
        assertThat(device.hold(1)).isFalse();
        collector.release(60);
        assertThat(device.hold(device.most() - 15)).isTrue();
        assertThat(device.most()).isEqualTo(30);
        assertThat(device.hold(1)).isFalse();
    }

    @Test
    void callerThatTakesAllItCan_onManyConnections_leavesRoomForOthers() {
        while (room.share(new Account("greedy", 1)).hold(1)) {}
        while (room.share(new Account("as greedy", 1)).hold(1)) {}
        assertThat(room.held()).isEqualTo(90);

        for (int i = 0; i < 10; i++) {
            assertThat(room.share(new Account("modest " + i, 3)).hold(1)).isTrue();
        }
    }

    @Test
    void whatIsReleased_isFree_forTheCallerToo() {
        assertThat(device.hold(30)).isTrue();
        device.release(30);
        assertThat(room.held()).isZero();
        assertThat(room.share(new Account("device", 3)).hold(30)).isTrue();
    }

    @Test
    void refused_isNotCounted() {
        assertThat(room.hold(121)).isFalse();
        assertThat(device.hold(31)).isFalse();
        assertThat(room.held()).isZero();
        assertThat(device.hold(30)).isTrue();
    }
}
