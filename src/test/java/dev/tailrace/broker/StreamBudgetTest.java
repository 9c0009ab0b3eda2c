package dev.tailrace.broker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which bytes are counted, and until when. */
@Tag("unit")
final class StreamBudgetTest {

    private final StreamBudget budget = new StreamBudget(100);

    private static ByteBuf direct(int size) {
        return ByteBufAllocator.DEFAULT
                .directBuffer(size, size)
                .writeBytes("x".repeat(size).getBytes(US_ASCII));
    }

    @Test
    void sharedBuffer_isCountedOnceUntilTheLastHasLetGo() {
        ByteBuf own = direct(60);
        ByteBuf shared = budget.counted(own.setIndex(2, 58));
        assertThat(shared.toString(US_ASCII)).isEqualTo("x".repeat(56));
        ByteBuf first = shared.retainedDuplicate();
        ByteBuf second = shared.retainedDuplicate();
        assertThat(budget.held()).isEqualTo(60);
        assertThat(budget.isTight()).isTrue();
        assertThat(budget.isOverdrawn()).isFalse();
        shared.release();
        first.release();
        assertThat(budget.held()).isEqualTo(60);
        second.release();
        assertThat(budget.held()).isZero();
        assertThat(own.refCnt()).as("the memory itself is given back").isZero();
    }

    @Test
    void ownBytes_areCountedUntilTheyAreAccepted() {
        budget.add(101);
        assertThat(budget.isOverdrawn()).isTrue();
        budget.remove(60);
        assertThat(budget.isTight()).isFalse();
    }
}
