package dev.tailrace.ingest.balena;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.lines.LineSplitter;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.Entries;
import dev.tailrace.model.FastLine;
import dev.tailrace.testing.SampleLines;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Decodes a body with balena's fields into entries, and one with Tailrace's own for comparison. */
@State(Scope.Thread)
public class BalenaDecodeBenchmark {

    private static final int LINE_BYTES = 1 << 20;

    @Param({"10", "100"})
    int lines;

    private final FastLine own = new FastLine();
    private final FastLine balena = FastLine.ofBalena();
    private byte[] body;

    @Setup
    public void makeBody() {
        body = SampleLines.ndjson(lines); // the fields that both have
    }

    @Benchmark
    public Entries ndjson() {
        return decode(own);
    }

    @Benchmark
    public Entries balena() {
        return decode(balena);
    }

    private Entries decode(FastLine line) {
        var out = new Entries.Builder(body.length * 2);
        new LineSplitter(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new Decoded(line, out))
                .feed(body, 0, body.length);
        return out.build();
    }

    private record Decoded(FastLine fast, Entries.Builder out) implements Splitter.Lines {
        @Override
        public void line(byte[] bytes, int from, int to) {
            if (!fast.read(bytes, from, to)) {
                throw new AssertionError("not read by FastLine");
            }
            fast.writeTo(out, System.currentTimeMillis());
        }

        @Override
        public void tooLong() {
            throw new AssertionError("too long");
        }

        @Override
        public void broken(String reason) {
            throw new AssertionError(reason);
        }
    }
}
