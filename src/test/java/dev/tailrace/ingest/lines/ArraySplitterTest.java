package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.RecordedLines;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class ArraySplitterTest {

    private static final int LIMIT = 20;

    @Test
    void array_givesItsElements() {
        assertThat(split("[{\"a\":1},{\"b\":[2,3]}]")).containsExactly("{\"a\":1}", "{\"b\":[2,3]}");
        assertThat(split(" \r\n\t[ 1 ,\n \"x\" , null ] \n")).containsExactly("1", "\"x\"", "null");
        assertThat(split("[[1,2],[]]")).containsExactly("[1,2]", "[]");
        assertThat(split("[]")).isEmpty();
        assertThat(split(" [ \n ] ")).isEmpty();
    }

    @Test
    void commaWithoutElement_saysNothing() {
        assertThat(split("[1,]")).containsExactly("1");
        assertThat(split("[,1,,2,]")).containsExactly("1", "2");
    }

    @Test
    void string_hidesWhatIsInIt() {
        assertThat(split("[\"],[{\",\"\\\"],\",\"\\\\\",\"\\\\\\\",\"]"))
                .containsExactly("\"],[{\"", "\"\\\"],\"", "\"\\\\\"", "\"\\\\\\\",\"");
    }

    @Test
    void singleObject_isOneElement() {
        assertThat(split(" {\"a\":\"],\"} \n")).containsExactly("{\"a\":\"],\"}");
        assertThat(split("{}\n{}")).containsExactly("{}\n{}");
    }

    @Test
    void byteOrderMark_isNothing() {
        assertThat(split("\uFEFF[1,2]")).containsExactly("1", "2");
        assertThat(split("\uFEFF{}")).containsExactly("{}");
    }

    @Test
    void elementOverTheLimit_isSkipped() {
        assertThat(split("[\"" + "x".repeat(18) + "\",1]")).containsExactly("\"" + "x".repeat(18) + "\"", "1");
        assertThat(split("[\"" + "x".repeat(19) + "\",1]")).containsExactly(RecordedLines.TOO_LONG, "1");
        assertThat(split("[1,[\"" + "],".repeat(500) + "\"],2]")).containsExactly("1", RecordedLines.TOO_LONG, "2");
        assertThat(split("{" + "x".repeat(500) + "}")).containsExactly(RecordedLines.TOO_LONG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1", "\"a\"", "nonsense", "]", "}", ",", "\0"})
    void otherBody_isNoArray(String text) {
        assertThat(split(text)).containsExactly(RecordedLines.BROKEN + "not a JSON array");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[", "[ ", "[1,", "[1, "})
    void bodyThatEndsEarly_isBrokenAfterTheElementsBefore(String text) {
        assertThat(split(text)).endsWith(RecordedLines.BROKEN + "the body ends before the JSON array does");
    }

    @Test
    void halfAnElement_isHandedOver_andTheReaderRejectsIt() {
        assertThat(split("[1,{\"a\":"))
                .containsExactly("1", "{\"a\":", RecordedLines.BROKEN + "the body ends before the JSON array does");
    }

    @Test
    void halfAnElementOverTheLimit_isReported() {
        assertThat(split("[1,\"" + "x".repeat(100)))
                .containsExactly(
                        "1", RecordedLines.TOO_LONG, RecordedLines.BROKEN + "the body ends before the JSON array does");
    }

    @Test
    void bracketTooMany_breaks() {
        assertThat(split("[1,}2,3]"))
                .containsExactly("1", RecordedLines.BROKEN + "a closing bracket without an opening one");
        assertThat(split("[1],2]")).containsExactly("1", RecordedLines.BROKEN + "unexpected data after the JSON array");
        assertThat(split("[1][2]")).containsExactly("1", RecordedLines.BROKEN + "unexpected data after the JSON array");
    }

    @Test
    void sample_cutAnywhere_givesTheSameElements() {
        byte[] sample =
                "\uFEFF [{\"a\":\"é]\\\"\"} , [1,{\"b\":2}],\"012345678901234567\", \"0123456789012345678\",\n3 ] "
                        .getBytes(StandardCharsets.UTF_8);
        List<String> expected = split(sample);
        assertThat(expected).hasSize(5);
        for (int first = 0; first <= sample.length; first++) {
            for (int second = first; second <= sample.length; second++) {
                assertThat(split(sample, first, second)).isEqualTo(expected);
            }
        }
    }

    @Test
    void anything_cutAtRandom_givesTheSameElements() {
        Random random = new Random(17);
        for (int round = 0; round < 20_000; round++) {
            byte[] sample = new byte[1 + random.nextInt(100)];
            for (int i = 0; i < sample.length; i++) {
                sample[i] = (byte) "[]{},\"\\ \n1a".charAt(random.nextInt(11));
            }
            sample[0] = '[';
            int[] cuts = random.ints(random.nextInt(10), 0, sample.length + 1)
                    .sorted()
                    .toArray();
            assertThat(split(sample, cuts)).isEqualTo(split(sample));
        }
    }

    private static List<String> split(String text) {
        return split(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> split(byte[] bytes, int... cuts) {
        RecordedLines heard = new RecordedLines();
        LineSplitterTest.feed(new ArraySplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), heard), bytes, cuts);
        return heard.lines;
    }
}
