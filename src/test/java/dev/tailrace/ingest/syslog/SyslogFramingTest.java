package dev.tailrace.ingest.syslog;

import static dev.tailrace.testing.RawSocket.ascii;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.RecordedLines;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both framings of RFC 6587, wherever they are cut. */
class SyslogFramingTest {

    private static final int LIMIT = 20;

    private static final String STRAY = "<stray>";

    /** Notes what is skipped because of a wrong count. */
    private static final class Heard extends RecordedLines {
        @Override
        public void stray() {
            lines.add(STRAY);
        }
    }

    private final Heard heard = new Heard();
    private final SyslogFraming framing = new SyslogFraming(1000, new PendingBudget(Long.MAX_VALUE), heard);

    private static List<String> split(byte[] bytes, int... cuts) {
        RecordedLines heard = new Heard();
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
        int[] all = IntStream.range(1, bytes.length).toArray();
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

    @Test
    void nul_endsMessages() {
        assertFound("<13>a\0<13>b\0\0<13>c\n<13>d\r\n\0<13>e", "<13>a", "<13>b", "<13>c", "<13>d", "<13>e");
    }

    @Test
    void countWithoutPriority_beginsALine() {
        assertFound(
                "2026 was good\n100 <unknown>\n5 <\n12 < 13\n<13>a\n7 of 9\0" + "5 <13>b",
                "2026 was good",
                "100 <unknown>",
                "5 <",
                "12 < 13",
                "<13>a",
                "7 of 9",
                "<13>b");
    }

    @Test
    void countedMessage_mayHaveNewlinesAndQuoteOthers() {
        assertFound("13 <13>a\n5 <13>b5 <13>c", "<13>a\n5 <13>b", "<13>c");
        assertFound("11 <13>a\n<13>b<13>c\n", "<13>a\n<13>b", "<13>c");
        assertFound("9 <13>a\0b\nc5 <13>d", "<13>a\0b\nc", "<13>d");
    }

    private void arrives(String piece) {
        byte[] bytes = piece.getBytes(UTF_8);
        framing.feed(bytes, 0, bytes.length);
        framing.flush();
    }

    @Test
    void completeMessage_isNotHeldForTheNextOne() {
        arrives("5 <13>a");
        assertThat(heard.lines).containsExactly("<13>a");
        assertThat(framing.isWaiting()).isFalse();
        arrives("5 <13>b5 <13>c5 <1");
        assertThat(heard.lines).containsExactly("<13>a", "<13>b", "<13>c");
        arrives("3>d\n");
        assertThat(heard.lines).endsWith("<13>d");
    }

    // ---- wrong counts

    @ParameterizedTest
    @ValueSource(ints = {60, 41, 100, 102, 136, 137, 300, 345, 999})
    void countTooLarge_sparesTheOtherLines(int count) {
        List<String> sent = IntStream.range(0, 20)
                .mapToObj(i -> "<13>1 - host app - - - hey " + (i + 10))
                .toList();
        StringBuilder stream = new StringBuilder();
        sent.forEach(message -> stream.append(count).append(' ').append(message).append('\n'));
        arrives(stream.toString());
        framing.quiet();
        assertThat(heard.lines).isEqualTo(sent);
        arrives(count + " <13>next\n");
        assertThat(heard.lines).endsWith("<13>next");
    }

    @Test
    void countTooLarge_inPieces_isSeparatedWhenNothingMoreArrives() {
        arrives("300 <13>a\n");
        arrives("300 <13>b\n");
        assertThat(heard.lines).isEmpty();
        assertThat(framing.isWaiting()).isTrue();
        framing.quiet();
        assertThat(heard.lines).containsExactly("<13>a", "<13>b");
        assertThat(framing.isWaiting()).isFalse();
        arrives("300 <13>c\n");
        assertThat(heard.lines).endsWith("<13>c");
    }

    @Test
    void unfinishedMessage_staysWhole_whenNothingMoreArrives() {
        arrives("20 <13>a\nmore of it");
        framing.quiet();
        assertThat(heard.lines).isEmpty();
        arrives(" end");
        assertThat(heard.lines).containsExactly("<13>a\nmore of it end");
    }

    @Test
    void countTooLarge_withoutNewlines_isCorrectedAtTheNextOne() {
        arrives("12 <13>ab7 <13>cde5 <13>f");
        assertThat(heard.lines).containsExactly("<13>ab", "<13>cde", "<13>f");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"caf\u00e9", "\u65e5\u672c\u8a9e", "\ud83d\ude00 ok", "\u00e9\u00e9\u00e9 1", "x\u00e9 y z"})
    void countOfCharacters_isUnderstood(String text) {
        String message = "<13>" + text;
        int units = message.length();
        int codePoints = message.codePointCount(0, units);
        for (int count : new int[] {units, codePoints}) {
            String frame = count + " " + message;
            Heard all = new Heard();
            SyslogFraming stream = new SyslogFraming(1000, new PendingBudget(Long.MAX_VALUE), all);
            for (int i = 0; i < 3; i++) {
                byte[] bytes = frame.getBytes(UTF_8);
                stream.feed(bytes, 0, bytes.length);
                stream.flush();
            }
            byte[] three = (frame + frame + frame).getBytes(UTF_8);
            stream.feed(three, 0, three.length);
            stream.flush();
            assertThat(all.lines).as("%s", count).hasSize(6).containsOnly(message);
        }
    }

    @Test
    void countOfCharacters_onceSeen_coversNewlines() {
        arrives("5 <13>\u00e9");
        arrives("8 <13>\u00e9\u00e9\nx");
        arrives("6 <13>ab");
        assertThat(heard.lines).containsExactly("<13>\u00e9", "<13>\u00e9\u00e9\nx", "<13>ab");
    }

    @Test
    void countTooSmall_extendsTheMessage() {
        arrives("6 <13>abc\n6 <13>abcd\n6 <13>ab\n");
        assertThat(heard.lines).containsExactly("<13>abc", "<13>abcd", "<13>ab");
        arrives("6 <13>abc" + "6 <13>xyz");
        framing.quiet();
        assertThat(heard.lines).endsWith("<13>abc", "<13>xyz");
    }

    @Test
    void restOfAMessage_thatArrivesLater_isCounted_andNotAMessage() {
        arrives("6 <13>ab");
        arrives("cd6 <13>xy");
        assertThat(heard.lines).containsExactly("<13>ab", STRAY, "<13>xy");
    }

    @Test
    void lineAfterACountedMessage_isALine() {
        arrives("5 <13>atext\n2026 was good\n5 <13>b");
        assertThat(heard.lines).contains("2026 was good", "<13>b");
    }

    @ParameterizedTest
    @ValueSource(ints = {1001, 16_000, 20_000, 999_999_999})
    void countOverTheLimit_sparesTheOtherLines(int count) {
        arrives(count + " <13>a\n" + count + " <13>b\n<13>c\n");
        framing.quiet();
        assertThat(heard.lines).endsWith("<13>b", "<13>c").hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void messageThatGoesOnOverTheLimit_isReportedOnce_andNoPartOfItIsALine() {
        arrives("5 <13>ab" + "x".repeat(2500) + "\n<13>next\n");
        assertThat(heard.lines).containsExactly(RecordedLines.TOO_LONG, "<13>next");
        arrives("5 <13>ab" + "x".repeat(2500) + "5 <13>c");
        assertThat(heard.lines).endsWith(RecordedLines.TOO_LONG, "<13>c").hasSize(4);
    }

    @Test
    void nestedWrongCounts_areBounded() {
        StringBuilder nested = new StringBuilder();
        for (int i = 900; i > 0; i -= 9) {
            nested.append(i).append(" <13>ab");
        }
        arrives(nested + "x".repeat(2000) + "\n<13>end\n");
        assertThat(heard.lines).contains("<13>end");
    }
}
