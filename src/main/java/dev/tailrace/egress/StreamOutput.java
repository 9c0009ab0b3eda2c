package dev.tailrace.egress;

import dev.tailrace.broker.StreamBudget;
import dev.tailrace.http.Gzip;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes what one stream sends to its socket: compressed if the reader asked for that, and counted in the budget that
 * all streams share. Touched on the stream's event loop only.
 */
final class StreamOutput {

    private final StreamFormat format;
    private final PeerSocket socket;
    private final @Nullable Gzip gzip;
    private final StreamBudget budget;
    private final Runnable overdrawn;
    private boolean closed;

    /** @param overdrawn runs after a write while more is held for all readers than may be */
    StreamOutput(StreamReader reader, StreamBudget budget, Runnable overdrawn) {
        this.format = reader.format();
        this.socket = reader.socket();
        this.gzip = reader.gzip();
        this.budget = budget;
        this.overdrawn = overdrawn;
    }

    /** Writes an event or a heartbeat; nothing once this is closed. */
    void event(Buffer bytes) {
        if (closed) {
            return;
        }
        if (gzip == null) {
            send(format.pack(bytes));
        } else {
            ByteBuf packed = format.pack(bytes);
            entries(packed);
            packed.release();
        }
    }

    /** Writes encoded entries, which stay the caller's; nothing once this is closed. */
    void entries(ByteBuf encoded) {
        if (closed) {
            return;
        }
        if (gzip == null) {
            socket.write(encoded);
            relieve();
        } else {
            // Flushed each time, or the reader would wait until a block of the compressor is full.
            send(HttpChunk.of(gzip.flushed(ByteBufUtil.getBytes(encoded))));
        }
    }

    private void send(ByteBuf own) {
        ByteBuf counted = budget.counted(own);
        socket.write(counted);
        counted.release();
        relieve();
    }

    private void relieve() {
        if (budget.isOverdrawn()) {
            overdrawn.run();
        }
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
        if (gzip != null) {
            gzip.close();
        }
    }
}
