package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.model.Entries;
import dev.tailrace.testing.SampleLines;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Decodes a frame into entries. */
@State(Scope.Thread)
public class DecodeBenchmark {

    private static final int LINE_BYTES = 1 << 20;

    @Param({"1", "10", "100"})
    int lines;

    private final LineParser parser = new LineParser();
    private byte[] frame;

    @Setup
    public void makeFrame() {
        frame = SampleLines.ndjson(lines);
    }

    @Benchmark
    public Entries frame() {
        var out = new Entries.Builder(frame.length * 2);
        new LineSplitter(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new Decoded(out)).feed(frame, 0, frame.length);
        return out.build();
    }

    private final class Decoded implements Splitter.Lines {
        private final Entries.Builder out;

        Decoded(Entries.Builder out) {
            this.out = out;
        }

        @Override
        public void line(byte[] bytes, int from, int to) {
            String reason = parser.parse(bytes, from, to);
            if (reason != null) {
                throw new AssertionError(reason);
            }
            parser.line().writeTo(out, System.currentTimeMillis());
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
