package dev.tailrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.http.ConnectionCounts;
import dev.tailrace.metrics.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Memory outside the heap that a client with few bytes holds. */
@Tag("unit")
final class ReadBuffersTest {

    private static final int LARGE = 64 * 1024;

    @Test
    void fewBytesInALargeBuffer_areCopiedIntoASmallOne() {
        EmbeddedChannel channel = new EmbeddedChannel(new ReadBuffers());
        ByteBuf large = Unpooled.directBuffer(LARGE).writeBytes(new byte[] {1, 2, 3});
        channel.writeInbound(large);
        ByteBuf passed = channel.readInbound();
        assertThat(passed).isEqualTo(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        assertThat(passed.capacity()).isLessThanOrEqualTo(2048);
        assertThat(large.refCnt()).isZero();
        passed.release();
    }

    @Test
    void wellFilledBuffer_isPassedOnUnchanged() {
        EmbeddedChannel channel = new EmbeddedChannel(new ReadBuffers());
        ByteBuf full = Unpooled.directBuffer(LARGE).writeZero(LARGE / 2);
        channel.writeInbound(full);
        assertThat(channel.<ByteBuf>readInbound()).isSameAs(full);
        full.release();
    }

    @Test
    void readForWhoseCopyThereIsNoMemory_isReleased() {
        EmbeddedChannel channel = new EmbeddedChannel(new ReadBuffers());
        channel.config().setAllocator(new AbstractByteBufAllocator(true) {
            @Override
            public boolean isDirectBufferPooled() {
                return false;
            }

            @Override
            protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
                throw new OutOfMemoryError("on purpose");
            }

            @Override
            protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
                throw new OutOfMemoryError("on purpose");
            }
        });
        ByteBuf large = Unpooled.directBuffer(LARGE).writeByte(1);
        assertThatThrownBy(() -> channel.writeInbound(large)).isInstanceOf(OutOfMemoryError.class);
        assertThat(large.refCnt()).isZero();
    }

    @Test
    void everyAcceptedConnection_hasTheHandlerFirst() {
        Metrics metrics = new Metrics(new SimpleMeterRegistry());
        var acceptor = new Acceptor(
                new ConnectionCounts(10, 0),
                (thread, network) -> new Next(),
                metrics.refusals(),
                new ServerMeters(metrics));
        EmbeddedChannel accepted = new EmbeddedChannel();
        new EmbeddedChannel(acceptor).writeInbound(accepted);
        assertThat(accepted.pipeline().first()).isInstanceOf(ReadBuffers.class);
        assertThat(accepted.pipeline().get(Next.class)).isNotNull();
    }

    private static final class Next extends ChannelInboundHandlerAdapter {}
}
