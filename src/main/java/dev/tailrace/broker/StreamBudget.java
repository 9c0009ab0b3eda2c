package dev.tailrace.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes held for all readers of a broker because their peers have not accepted them. Bytes that several
 * readers share count once, as long as one of them holds them. Above half of the limit a reader that holds anything
 * gets no more, and reads the ring when it has drained; above the limit a reader that cannot take what it is handed is
 * evicted. A reader that keeps up is not affected, because it holds nothing. Shared by all event loops.
 */
public final class StreamBudget {

    private final long limit;
    private final AtomicLong held = new AtomicLong();

    /** @param limit in bytes */
    public StreamBudget(long limit) {
        this.limit = limit;
    }

    /** Bytes that are held for readers now. */
    public long held() {
        return held.get();
    }

    /** Whether a reader that holds anything gets no more. */
    public boolean isTight() {
        return held.get() > limit / 2;
    }

    /** Whether no more may be held. */
    public boolean isOverdrawn() {
        return held.get() > limit;
    }

    /** Counts bytes that one reader holds for itself, until {@link #remove}. */
    public void add(long bytes) {
        held.addAndGet(bytes);
    }

    public void remove(long bytes) {
        held.addAndGet(-bytes);
    }

    /**
     * Counts a buffer as long as it is held.
     *
     * @param direct a buffer outside the heap; the result takes over the caller's share of it
     * @return the same bytes with the same indices
     */
    public ByteBuf counted(ByteBuf direct) {
        return new Counted(direct);
    }

    private final class Counted extends UnpooledDirectByteBuf {
        private final ByteBuf counted;

        Counted(ByteBuf counted) {
            super(counted.alloc(), counted.nioBuffer(0, counted.capacity()), counted.capacity());
            this.counted = counted;
            setIndex(counted.readerIndex(), counted.writerIndex());
            add(counted.capacity());
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            remove(counted.capacity());
            counted.release();
        }
    }
}
