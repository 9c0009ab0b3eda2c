package dev.tailrace.ingest.journal;

import static dev.tailrace.ingest.journal.JournalSample.BOOT;
import static dev.tailrace.ingest.journal.JournalSample.JOURNAL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.journal.PartialLines.Fate;
import dev.tailrace.model.Entries;
import dev.tailrace.model.StorableLine;
import dev.tailrace.testing.RawSocket;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which entries are joined, in which order, and what ends a line whose rest does not come. */
class PartialLinesTest {

    private static final String WEB = "CONTAINER_ID=abc;CONTAINER_NAME=web;PRIORITY=6;";
    private static final String WEB_ERR = "CONTAINER_ID=abc;CONTAINER_NAME=web;PRIORITY=3;";
    private static final String DB = "CONTAINER_ID=def;CONTAINER_NAME=db;PRIORITY=6;";
    private static final String MORE = "CONTAINER_PARTIAL_MESSAGE=true;";
    private static final String CUT = "_LINE_BREAK=line-max;";
    private static final String OUT = "_TRANSPORT=stdout;_STREAM_ID=s1;";
    private static final String OTHER_OUT = "_TRANSPORT=stdout;_STREAM_ID=s2;";

    private final PendingBudget budget = new PendingBudget(Long.MAX_VALUE);
    private final PartialLines lines = new PartialLines(budget);
    private final List<JsonObject> stored = new ArrayList<>();
    private long number;
    private long now = 1;

    /** Of Docker's driver since 19.03. */
    private static String part(String id, int ordinal, boolean last) {
        return (last ? "" : MORE) + "CONTAINER_PARTIAL_ID=" + id + ";CONTAINER_PARTIAL_ORDINAL=" + ordinal
                + ";CONTAINER_PARTIAL_LAST=" + last + ";";
    }

    private static Arguments of(String name, List<String> entries, String... expected) {
        return Arguments.of(name, entries, List.of(expected));
    }

    static List<Arguments> joined() {
        return List.of(
                of(
                        "docker, with another container in between",
                        List.of(WEB + part("x", 1, false) + "|hey-1-", DB + "|db", WEB + part("x", 2, true) + "|2"),
                        "db",
                        "hey-1-2"),
                of(
                        "docker, three parts, the last of which has both marks",
                        List.of(
                                WEB + part("x", 1, false) + "|a",
                                WEB + part("x", 2, false) + "|b",
                                WEB + MORE + part("x", 3, true) + "|c"),
                        "abc"),
                of(
                        "podman and old docker, which do not mark the last part",
                        List.of(WEB + MORE + "|a", WEB + MORE + "|b", WEB + "|c", WEB + "|next"),
                        "abc",
                        "next"),
                of(
                        "names without a mark of the last part",
                        List.of(
                                WEB + MORE + "CONTAINER_PARTIAL_ID=x;CONTAINER_PARTIAL_ORDINAL=1;|a",
                                WEB + "CONTAINER_PARTIAL_ID=x;CONTAINER_PARTIAL_ORDINAL=2;|b"),
                        "ab"),
                of(
                        "names, and a last part without any mark",
                        List.of(WEB + MORE + "CONTAINER_PARTIAL_ID=x;|a", WEB + "|b"),
                        "ab"),
                of(
                        "only the name and the mark of the last part",
                        List.of(
                                WEB + "CONTAINER_PARTIAL_ID=x;CONTAINER_PARTIAL_LAST=false;|a",
                                WEB + "CONTAINER_PARTIAL_ID=x;CONTAINER_PARTIAL_LAST=true;|b"),
                        "ab"),
                of(
                        "two containers, each with a long line",
                        List.of(WEB + MORE + "|a", DB + MORE + "|1", WEB + "|b", DB + "|2"),
                        "ab",
                        "12"),
                of(
                        "two streams of a container",
                        List.of(WEB + MORE + "|out-", WEB_ERR + MORE + "|err-", WEB + "|a", WEB_ERR + "|b"),
                        "out-a",
                        "err-b"),
                of(
                        "two lines of a container at a time",
                        List.of(
                                WEB + part("x", 1, false) + "|a",
                                WEB + part("y", 1, false) + "|1",
                                WEB + part("x", 2, true) + "|b",
                                WEB + part("y", 2, true) + "|2"),
                        "ab",
                        "12"),
                of(
                        "a container with the same names of lines as another",
                        List.of(
                                WEB + part("x", 1, false) + "|a",
                                DB + part("x", 1, false) + "|1",
                                WEB + part("x", 2, true) + "|b",
                                DB + part("x", 2, true) + "|2"),
                        "ab",
                        "12"),
                of(
                        "only a long id",
                        List.of(
                                "CONTAINER_ID_FULL=abcd;PRIORITY=6;" + MORE + "|a",
                                "CONTAINER_ID_FULL=abcd;PRIORITY=6;|b"),
                        "ab"),
                of(
                        "no container at all",
                        List.of("SYSLOG_IDENTIFIER=x;" + MORE + "|a", "SYSLOG_IDENTIFIER=x;|b"),
                        "ab"),
                of(
                        "a rest that did not come, and a line by itself",
                        List.of(WEB + part("x", 1, false) + "|lost-", WEB + "|line", WEB + part("y", 1, false) + "|a"),
                        "line",
                        "lost-",
                        "a"),
                of(
                        "the first part was in an earlier upload",
                        List.of(WEB + part("x", 2, true) + "|rest", WEB + "|b"),
                        "rest",
                        "b"),
                of(
                        "the parts in another order",
                        List.of(
                                WEB + part("x", 2, false) + "|b",
                                WEB + part("x", 1, false) + "|a",
                                WEB + part("x", 4, true) + "|d",
                                WEB + part("x", 3, false) + "|c",
                                WEB + "|next"),
                        "abcd",
                        "next"),
                of(
                        "a part that is missing",
                        List.of(WEB + part("x", 1, false) + "|a", WEB + part("x", 3, true) + "|c", WEB + "|next"),
                        "next",
                        "ac"),
                of(
                        "ordinals that are none",
                        List.of(
                                WEB + MORE + "CONTAINER_PARTIAL_ID=x;CONTAINER_PARTIAL_ORDINAL=first;|a",
                                WEB + "CONTAINER_PARTIAL_ID=x;CONTAINER_PARTIAL_ORDINAL=99999999999999999999;|b"),
                        "ab"),
                of("marks that say no", List.of(WEB + "CONTAINER_PARTIAL_MESSAGE=false;|a", WEB + "|b"), "a", "b"),
                of("an empty last part", List.of(WEB + MORE + "|a", WEB + "|", WEB + "|b"), "a", "b"),
                of("journald's limit", List.of(OUT + CUT + "|hey-1-", OUT + "|2", OUT + "|next"), "hey-1-2", "next"),
                of(
                        "journald's limit, twice, and the end of the stream",
                        List.of(OUT + CUT + "|a", OUT + CUT + "|b", OUT + "_LINE_BREAK=eof;|c"),
                        "abc"),
                of(
                        "journald's limit, in two streams of one service",
                        List.of(OUT + CUT + "|a", OTHER_OUT + CUT + "|1", OTHER_OUT + "|2", OUT + "|b"),
                        "12",
                        "ab"),
                of(
                        "journald's limit, without a stream",
                        List.of("SYSLOG_IDENTIFIER=x;" + CUT + "|a", "SYSLOG_IDENTIFIER=x;|b"),
                        "ab"),
                of("a line that ends with NUL", List.of(OUT + "_LINE_BREAK=nul;|a", OUT + "|b"), "a", "b"),
                of("a stream that ends", List.of(OUT + "_LINE_BREAK=eof;|a", OUT + "|b"), "a", "b"),
                of("another process", List.of(OUT + "_LINE_BREAK=pid-change;|a", OUT + "|b"), "a", "b"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void joined(String name, List<String> entries, List<String> expected) {
        entries.forEach(this::take);
        lines.giveUpAll();
        store();

        assertThat(stored).extracting(line -> line.getString("message")).isEqualTo(expected);
    }

    @Test
    void line_hasTheFieldsOfItsFirstPart_andTheNumberOfItsLast() {
        take(WEB + MORE + "|a");
        take("CONTAINER_ID=abc;CONTAINER_NAME=other;PRIORITY=6;|b");
        store();

        assertThat(stored.get(0).getLong("timestamp")).isEqualTo(JournalSample.TIME + 1000);
        assertThat(stored.get(0).getString("service")).isEqualTo("web");
        assertThat(stored.get(0).getLong("number")).isEqualTo(2);
    }

    @Test
    void characterThatIsCutInTwo_isWhole() {
        byte[] text = "a€🎈".getBytes(StandardCharsets.UTF_8);
        for (int cut = 1; cut < text.length; cut++) {
            stored.clear();
            take(WEB + MORE, java.util.Arrays.copyOfRange(text, 0, cut));
            take(WEB, java.util.Arrays.copyOfRange(text, cut, text.length));
            store();
            assertThat(stored.get(0).getString("message")).as("cut at %s", cut).isEqualTo("a€🎈");
        }
    }

    @ParameterizedTest
    @MethodSource
    void longText_isCutAtACharacter_andCounted(String character, int times) {
        String text = character.repeat(times);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; from += 16_384) {
            int to = Math.min(bytes.length, from + 16_384);
            take(WEB + (to < bytes.length ? MORE : ""), java.util.Arrays.copyOfRange(bytes, from, to));
            assertThat(budget.bytes()).as("held").isLessThan(2 * 65_540);
        }
        store();

        String message = stored.get(0).getString("message");
        int kept = message.getBytes(StandardCharsets.UTF_8).length;
        assertThat(text).startsWith(message);
        assertThat(kept).isBetween(65_533, 65_536);
        assertThat(stored.get(0).getInteger("truncated", 0)).isEqualTo(bytes.length - kept);
        assertThat(budget.bytes()).isZero();
    }

    static List<Arguments> longText_isCutAtACharacter_andCounted() {
        return List.of(
                Arguments.of("x", 65_536),
                Arguments.of("x", 65_537),
                Arguments.of("x", 300_000),
                Arguments.of("ü", 40_000),
                Arguments.of("€", 21_846),
                Arguments.of("€", 50_000),
                Arguments.of("🎈", 16_385),
                Arguments.of("🎈", 100_000));
    }

    @Test
    void manyShortParts_areBounded() {
        for (int i = 0; i < 5000; i++) {
            take(WEB + MORE + "|x");
        }
        take(WEB + "|y");
        store();

        assertThat(stored.get(0).getString("message")).isEqualTo("x".repeat(1024));
        assertThat(stored.get(0).getInteger("truncated")).isEqualTo(5001 - 1024);
    }

    @Test
    void tooManyOpenLines_giveUpTheOneThatWaitedLongest() {
        for (int i = 0; i < PartialLines.MAX_OPEN; i++) {
            take("CONTAINER_ID=c" + i + ";" + MORE + "|" + i + "-");
        }
        take("CONTAINER_ID=c0;" + MORE + "|again-"); // now c1 is the one
        assertThat(stored).isEmpty();
        take("CONTAINER_ID=one more;" + MORE + "|");
        store();
        assertThat(stored).extracting(line -> line.getString("message")).containsExactly("1-");

        take("CONTAINER_ID=c0;|end");
        store();
        assertThat(stored).extracting(line -> line.getString("message")).containsExactly("1-", "0-again-end");
    }

    @Test
    void restThatDoesNotCome_isNotWaitedForLongerThanTheLimit() {
        take(WEB + MORE + "|a");
        now += PartialLines.WAIT_NANOS / 2;
        take(DB + MORE + "|1");
        assertThat(lines.expire(now)).isEqualTo(PartialLines.WAIT_NANOS / 2);
        assertThat(lines.next()).isNull();

        now += PartialLines.WAIT_NANOS / 2;
        assertThat(lines.expire(now)).isEqualTo(PartialLines.WAIT_NANOS / 2);
        store();
        assertThat(stored).extracting(line -> line.getString("message")).containsExactly("a");

        now += PartialLines.WAIT_NANOS / 2;
        assertThat(lines.expire(now)).isZero();
        store();
        assertThat(stored).extracting(line -> line.getString("message")).containsExactly("a", "1");
    }

    @Test
    void partThatIsSentTwice_countsOnce() {
        take(WEB + MORE + "|a");
        number--;
        take(WEB + MORE + "|a");
        take(WEB + "|b");
        store();
        assertThat(stored).extracting(line -> line.getString("message")).containsExactly("ab");
    }

    @Test
    void noRoom_isReported() {
        var none = new PartialLines(new Room() {
            @Override
            public boolean hold(long more) {
                return false;
            }

            @Override
            public void release(long less) {
                throw new AssertionError("nothing is held");
            }

            @Override
            public long most() {
                return 0;
            }
        });
        assertThat(none.take(entry(WEB + MORE, new byte[5000]), now)).isEqualTo(Fate.NO_ROOM);
    }

    @Test
    void closing_releasesEverything() {
        IntStream.range(0, 10).forEach(i -> take("CONTAINER_ID=" + i + ";" + MORE, new byte[10_000]));
        assertThat(budget.bytes()).isGreaterThanOrEqualTo(100_000);
        lines.close();
        assertThat(budget.bytes()).isZero();
    }

    // ---- entries

    private void take(String entry) {
        int text = entry.indexOf('|');
        take(entry.substring(0, text), entry.substring(text + 1).getBytes(StandardCharsets.UTF_8));
    }

    private void take(String fields, byte[] message) {
        JournalEntry entry = entry(fields, message);
        if (lines.take(entry, now) == Fate.WHOLE) {
            keep(entry.line(), entry.number());
        }
        store();
    }

    private JournalEntry entry(String fields, byte[] message) {
        byte[] rest = RawSocket.join(
                fields.replace(';', '\n').getBytes(StandardCharsets.UTF_8), JournalSample.binary("MESSAGE", message));
        byte[] bytes = JournalSample.entry(JOURNAL, ++number, BOOT, rest);
        JournalEntry entry = new JournalEntry();
        JournalSample.read(entry, bytes);
        return entry;
    }

    private void store() {
        for (PartialLine line = lines.next(); line != null; line = lines.next()) {
            keep(line.line(), line.number());
            lines.stored();
        }
    }

    private void keep(StorableLine line, long itsNumber) {
        var entries = new Entries.Builder(100);
        line.writeTo(entries, 1);
        Entries one = entries.build();
        stored.add(new JsonObject(
                        "{" + new String(one.bytes(), one.start(0), one.end(0) - one.start(0), StandardCharsets.UTF_8))
                .put("number", itsNumber));
    }
}
