package dev.tailrace.ingest.lines;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.model.Entries;
import dev.tailrace.model.LevelGuess;
import dev.tailrace.testing.SampleLines;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
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

    /** Whether levels are guessed. */
    @Param({"false", "true"})
    boolean guess;

    /** The message of each line: of a sample with levels, or without a level, which can be guessed or not. */
    @Param({"sample", "sentence", "header"})
    String message;

    private final LineParser parser = UsualLines.parser();
    private byte[] frame;
    private @Nullable LevelGuess levelGuess;

    @Setup
    public void makeFrame() {
        frame = switch (message) {
            case "sentence" ->
                without("worker 17 has taken job 4711 from the queue and goes on and goes on and goes on");
            case "header" -> without("2026-11-29 10:00:00,123 [main] WARN  com.foo.Bar - job 4711 goes on and goes on");
            default -> SampleLines.ndjson(lines);
        };
        levelGuess = guess ? new LevelGuess() : null;
    }

    private byte[] without(String text) {
        return ("{\"message\":\"" + text + "\",\"timestamp\":1763820000100,\"service\":\"main\"}\n")
                .repeat(lines)
                .getBytes(StandardCharsets.UTF_8);
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
            parser.line().writeTo(out, System.currentTimeMillis(), levelGuess);
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
