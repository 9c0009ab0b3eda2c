package dev.tailrace.ingest.syslog;

import static dev.tailrace.testing.RawSocket.ascii;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.RecordedLines;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both framings of RFC 6587, wherever they are cut. */
class SyslogFramingTest {

    private static final int LIMIT = 20;

    private static List<String> split(byte[] bytes, int... cuts) {
        RecordedLines heard = new RecordedLines();
        SyslogFraming framing = new SyslogFraming(LIMIT, new PendingBudget(Long.MAX_VALUE), heard);
        int from = 0;
        for (int cut : cuts) {
            framing.feed(bytes, from, cut);
            from = cut;
        }
        framing.feed(bytes, from, bytes.length);
        framing.end();
        return heard.lines;
    }

    private static void assertFound(String stream, String... messages) {
        byte[] bytes = ascii(stream);
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertThat(split(bytes, cut)).as("cut at %s", cut).containsExactly(messages);
        }
        int[] all = java.util.stream.IntStream.range(1, bytes.length).toArray();
        assertThat(split(bytes, all)).containsExactly(messages);
    }

    @Test
    void newlines_endMessages() {
        assertFound("<13>a\n<13>b\r\n\n<13>c", "<13>a", "<13>b", "<13>c");
    }

    @Test
    void counts_measureMessages() {
        assertFound("5 <13>a7 <13>b\nc6 <13>d\n5 <13>e", "<13>a", "<13>b\nc", "<13>d", "<13>e");
    }

    @Test
    void bothMixed_areRead() {
        assertFound("5 <13>a\n<13>b\n5 <13>c<13>d\n", "<13>a", "<13>b", "<13>c", "<13>d");
    }

    @Test
    void digitsThatAreNoCount_beginALine() {
        assertFound("12:30 up\n0 x\n1234567890 a\n<13>b\n", "12:30 up", "0 x", "1234567890 a", "<13>b");
    }

    @Test
    void tooLongMessage_isSkipped() {
        String limit = "<13>" + "x".repeat(LIMIT - 4);
        assertFound(
                limit + "\n" + limit + "y\n21 " + limit + "y<13>a\n" + LIMIT + " " + limit,
                limit,
                RecordedLines.TOO_LONG,
                RecordedLines.TOO_LONG,
                "<13>a",
                limit);
    }

    @Test
    void cutOffEnd_isAMessageToo() {
        assertFound("9 <13>a", "<13>a");
        assertFound("12", "12");
    }

    @Test
    void announcedBytes_takeNoRoomBeforeTheyCome() {
        RecordedLines heard = new RecordedLines();
        SyslogFraming framing = new SyslogFraming(Integer.MAX_VALUE, new PendingBudget(Long.MAX_VALUE), heard);
        byte[] bytes = ascii("999999999 <13>a");
        framing.feed(bytes, 0, bytes.length); // a gigabyte would fail here
        byte[] more = new byte[10_000];
        Arrays.fill(more, (byte) 'x');
        framing.feed(more, 0, more.length);
        framing.end();
        assertThat(heard.lines).hasSize(1);
        assertThat(heard.lines.get(0)).hasSize(10_005);
    }
}
