package dev.tailrace.egress;

import dev.tailrace.broker.Encoding;
import dev.tailrace.model.Entries;
import dev.tailrace.testing.SampleLines;
import io.vertx.core.buffer.Buffer;
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

    private final Encoding sse = EventFormat.SSE.entries(null);
    private Entries stored;

    @Setup
    public void makeEntries() {
        stored = SampleLines.entries(entries);
    }

    @Benchmark
    public Buffer events() {
        Buffer out = Buffer.buffer(stored.byteSize() + stored.size() * sse.overhead());
        for (int i = 0; i < stored.size(); i++) {
            sse.append(out, "k3f9xyz1", 1_000_000 + i, stored.bytes(), stored.start(i), stored.end(i));
        }
        return out;
    }
}
