package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.RecordedLines;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class LineSplitterTest {

    private static final int LIMIT = 10;

    @Test
    void lines_endWithNewline() {
        assertThat(split("a\nbc\n")).containsExactly("a", "bc");
        assertThat(split("a\n\nb\n")).containsExactly("a", "", "b");
        assertThat(split("\n")).containsExactly("");
    }

    @Test
    void lastLine_needsNoNewline() {
        assertThat(split("a\nbc")).containsExactly("a", "bc");
        assertThat(split("")).isEmpty();
    }

    @Test
    void carriageReturn_beforeNewlineIsPartOfTheEnd() {
        assertThat(split("a\r\nb\r\r\nc\rd\r\n\r\ne\r")).containsExactly("a", "b\r", "c\rd", "", "e");
    }

    @Test
    void lineOfTheLimit_isTaken_longerLineIsSkipped() {
        assertThat(split("0123456789\na\n")).containsExactly("0123456789", "a");
        assertThat(split("0123456789+\na\n")).containsExactly(RecordedLines.TOO_LONG, "a");
        assertThat(split("a\n" + "x".repeat(1000))).containsExactly("a", RecordedLines.TOO_LONG);
        assertThat(split("x".repeat(1000) + "\n" + "y".repeat(1000) + "\na"))
                .containsExactly(RecordedLines.TOO_LONG, RecordedLines.TOO_LONG, "a");
    }

    @Test
    void sample_cutAnywhere_givesTheSameLines() {
        byte[] sample = "a\r\n\n0123456789\n0123456789+\nx\r\r\n0123456789\r\nlast\r".getBytes(StandardCharsets.UTF_8);
        List<String> expected = split(sample);
        for (int first = 0; first <= sample.length; first++) {
            for (int second = first; second <= sample.length; second++) {
                assertThat(split(sample, first, second)).isEqualTo(expected);
            }
        }
    }

    @Test
    void anything_cutAtRandom_givesTheSameLines() {
        Random random = new Random(13);
        for (int round = 0; round < 5000; round++) {
            byte[] sample = new byte[random.nextInt(200)];
            for (int i = 0; i < sample.length; i++) {
                sample[i] = (byte) "ab\r\n".charAt(random.nextInt(4));
            }
            int[] cuts = random.ints(random.nextInt(20), 0, sample.length + 1)
                    .sorted()
                    .toArray();
            assertThat(split(sample, cuts)).isEqualTo(split(sample));
        }
    }

    @Test
    void bytesOfAllKinds_areCutAtNewlinesOnly() {
        Random random = new Random(29);
        for (int round = 0; round < 2000; round++) {
            byte[] sample = new byte[random.nextInt(100)];
            random.nextBytes(sample);
            for (int i = random.nextInt(5); i > 0 && sample.length > 0; i--) {
                sample[random.nextInt(sample.length)] = '\n';
            }
            List<Integer> found = new ArrayList<>();
            Splitter.Lines lengths = new RecordedLines() {
                @Override
                public void line(byte[] bytes, int from, int to) {
                    found.add(to - from);
                }
            };
            new LineSplitter(100, new PendingBudget(Long.MAX_VALUE), lengths).end(sample, 0, sample.length);

            assertThat(found).isEqualTo(lengths(sample));
        }
    }

    private static List<Integer> lengths(byte[] sample) {
        String text = new String(sample, StandardCharsets.ISO_8859_1);
        List<Integer> lengths = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int newline = text.indexOf('\n', from);
            int end = newline < 0 ? text.length() : newline;
            lengths.add(end > from && text.charAt(end - 1) == '\r' ? end - 1 - from : end - from);
            from = end + 1;
        }
        return lengths;
    }

    @Test
    void lastPiece_mayComeWithTheEnd() {
        byte[] sample = "a\r\n\n0123456789\n0123456789+\nx\r\r\n0123456789\r\nlast\r".getBytes(StandardCharsets.UTF_8);
        for (int to = 0; to <= sample.length; to++) {
            byte[] text = Arrays.copyOf(sample, to);
            for (int cut = 0; cut <= to; cut++) {
                RecordedLines heard = new RecordedLines();
                LineSplitter splitter = new LineSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), heard);
                splitter.feed(text, 0, cut);
                splitter.end(text, cut, to);
                splitter.end();

                assertThat(heard.lines).isEqualTo(split(text));
            }
        }
    }

    @Test
    void splitter_afterItsEnd_startsAgain() {
        RecordedLines heard = new RecordedLines();
        LineSplitter splitter = new LineSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), heard);
        for (String message : List.of("ab", "c\n", "x".repeat(30), "d")) {
            splitter.feed(message.getBytes(StandardCharsets.UTF_8), 0, message.length());
            splitter.end();
        }
        splitter.end();

        assertThat(heard.lines).containsExactly("ab", "c", RecordedLines.TOO_LONG, "d");
    }

    private static List<String> split(String text) {
        return split(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> split(byte[] bytes, int... cuts) {
        RecordedLines heard = new RecordedLines();
        feed(new LineSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), heard), bytes, cuts);
        return heard.lines;
    }

    /** Feeds each piece in an array of its own, as a socket does. */
    static void feed(Splitter splitter, byte[] bytes, int... cuts) {
        List<Integer> ends = new ArrayList<>(Arrays.stream(cuts).boxed().toList());
        ends.add(bytes.length);
        int from = 0;
        for (int end : ends) {
            byte[] piece = Arrays.copyOfRange(bytes, from, end);
            splitter.feed(piece, 0, piece.length);
            Arrays.fill(piece, (byte) '!'); // a splitter that keeps a piece fails
            from = end;
        }
        splitter.end();
    }
}
