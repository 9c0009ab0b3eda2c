package dev.tailrace.egress;

import dev.tailrace.broker.EncodeBuffer;
import dev.tailrace.broker.Encoding;
import dev.tailrace.egress.loki.LokiTailFormat;
import dev.tailrace.model.Entries;
import dev.tailrace.testing.SampleLines;
import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From stored entries to the bytes that all readers with one view share. */
@State(Scope.Thread)
public class EncodeBenchmark {

    @Param({"1", "10", "100"})
    int entries;

    @Param({"SSE", "WEBSOCKET", "LOKI"})
    String format;

    private Encoding encoding;
    private final EncodeBuffer buffer = new EncodeBuffer();
    private Entries stored;

    @Setup
    public void makeEntries() {
        stored = SampleLines.entries(entries);
        StreamFormat chosen = switch (format) {
            case "SSE" -> SseFormat.INSTANCE;
            case "WEBSOCKET" -> WebSocketFormat.INSTANCE;
            default -> LokiTailFormat.INSTANCE;
        };
        encoding = chosen.entries(null);
    }

    @Benchmark
    public int events() {
        buffer.clear();
        for (int i = 0; i < stored.size(); i++) {
            encoding.append(buffer, "k3f9xyz1", 1_000_000 + i, stored.bytes(), stored.start(i), stored.end(i));
        }
        ByteBuf packed = encoding.pack(buffer);
        int length = packed.readableBytes();
        packed.release();
        return length;
    }
}
