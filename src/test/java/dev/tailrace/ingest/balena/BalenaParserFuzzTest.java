package dev.tailrace.ingest.balena;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.lines.ArraySplitter;
import dev.tailrace.ingest.lines.LineSplitter;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Entry;
import dev.tailrace.model.FastLine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Random lines do not affect the lines around them, and both readers of a line agree. */
class BalenaParserFuzzTest {

    private static final int LINE_BYTES = 4096;
    private static final byte[] GOOD = "{\"message\":\"good\",\"timestamp\":1}".getBytes(StandardCharsets.UTF_8);

    @FuzzTest(maxDuration = "20s")
    void line(byte[] sent) {
        List<String> stored = new ArrayList<>();
        var splitter = new LineSplitter(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new Stored(stored));
        splitter.feed(GOOD, 0, GOOD.length);
        splitter.feed(new byte[] {'\n'}, 0, 1);
        splitter.feed(sent, 0, sent.length);
        splitter.feed(new byte[] {'\n'}, 0, 1);
        splitter.end(GOOD, 0, GOOD.length);

        assertThat(stored.get(0)).isEqualTo("good");
        assertThat(stored.get(stored.size() - 1)).isEqualTo("good");
    }

    @FuzzTest(maxDuration = "20s")
    void batch(byte[] sent) {
        List<String> stored = new ArrayList<>();
        var splitter = new ArraySplitter(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new Stored(stored));
        splitter.end(sent, 0, sent.length);
        assertThat(stored).hasSizeLessThanOrEqualTo(sent.length);
    }

    /** Stores a line as a connection does, in both ways when it has the usual shape. */
    private static final class Stored implements Splitter.Lines {
        private final FastLine usual = FastLine.ofBalena();
        private final BalenaParser parser = new BalenaParser(false);
        private final List<String> messages;

        Stored(List<String> messages) {
            this.messages = messages;
        }

        @Override
        public void line(byte[] bytes, int begin, int to) {
            int from = begin;
            while (from < to && (bytes[from] == ' ' || bytes[from] == '\t' || bytes[from] == '\r')) {
                from++; // as a reader of lines does
            }
            if (from == to) {
                return;
            }
            String reason = parser.parse(bytes, from, to);
            if (usual.read(bytes, from, to)) {
                assertThat(reason).isNull();
                var quick = new Entries.Builder(64);
                usual.writeTo(quick, 5);
                var slow = new Entries.Builder(64);
                parser.line().writeTo(slow, 5);
                assertThat(text(quick)).isEqualTo(text(slow));
            }
            if (reason == null) {
                var out = new Entries.Builder(64);
                parser.line().writeTo(out, 5);
                Entries entries = out.build();
                messages.add(Entry.read(entries.bytes(), entries.start(0), entries.end(0))
                        .line()
                        .message());
            }
        }

        private static String text(Entries.Builder builder) {
            Entries entries = builder.build();
            return new String(entries.bytes(), 0, entries.byteSize(), StandardCharsets.UTF_8);
        }

        @Override
        public void tooLong() {}

        @Override
        public void broken(String reason) {}
    }
}
