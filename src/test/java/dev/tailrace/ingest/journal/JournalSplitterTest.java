package dev.tailrace.ingest.journal;

import static dev.tailrace.ingest.journal.JournalSample.binary;
import static dev.tailrace.testing.RawSocket.ascii;
import static dev.tailrace.testing.RawSocket.join;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries are found wherever the bytes are cut, and an invalid one does not affect the others. */
class JournalSplitterTest {

    private static final int LIMIT = 300;

    private static final byte[] BODY = join(
            ascii("\nMESSAGE=one\nPRIORITY=6\n_PID=1\n\n"),
            ascii("_CMDLINE=" + "x".repeat(1000) + "\n"),
            binary("MESSAGE", "two\n\nlines"),
            binary("COREDUMP", "\n\n=".repeat(500)),
            ascii("PRIORITY=3\n\n\n"),
            ascii("MESSAGE=" + "y".repeat(LIMIT + 1) + "\n_BOOT_ID=b\n\n"),
            binary("MESSAGE", "z".repeat(LIMIT + 1)),
            ascii("PRIORITY=1\n\n"),
            binary("MESSAGE", ""),
            ascii("\nMESSAGE=a=b\n\n"));

    private static final List<String> FOUND = List.of(
            "MESSAGE=one",
            "PRIORITY=6",
            "end",
            "MESSAGE=two\n\nlines",
            "PRIORITY=3",
            "end",
            "too long MESSAGE",
            "BOOT_ID=b",
            "end",
            "too long MESSAGE",
            "PRIORITY=1",
            "end",
            "MESSAGE=",
            "end",
            "MESSAGE=a=b",
            "end");

    private static final class RecordedEntries implements JournalSplitter.Entries {
        final List<String> events = new ArrayList<>();
        boolean stops;

        @Override
        public void field(JournalField field, byte[] bytes, int from, int to) {
            events.add(field + "=" + new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }

        @Override
        public void tooLong(JournalField field) {
            events.add("too long " + field);
        }

        @Override
        public void noRoom() {
            throw new AssertionError("the budget has no limit here");
        }

        @Override
        public void unreadable() {
            events.add("unreadable");
        }

        @Override
        public boolean end() {
            events.add("end");
            return !stops;
        }
    }

    private static List<String> split(byte[] body, int... cuts) {
        RecordedEntries heard = new RecordedEntries();
        JournalSplitter splitter = new JournalSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), heard);
        int from = 0;
        for (int cut : cuts) {
            assertThat(splitter.feed(body, from, cut)).isEqualTo(cut);
            from = cut;
        }
        assertThat(splitter.feed(body, from, body.length)).isEqualTo(body.length);
        splitter.end();
        return heard.events;
    }

    @Test
    void wholeBody_isFound() {
        assertThat(split(BODY)).isEqualTo(FOUND);
    }

    @Test
    void oneCutAnywhere_changesNothing() {
        for (int cut = 0; cut <= BODY.length; cut++) {
            assertThat(split(BODY, cut)).as("cut at %s", cut).isEqualTo(FOUND);
        }
    }

    @Test
    void cutAtEveryByte_changesNothing() {
        int[] all = java.util.stream.IntStream.range(1, BODY.length).toArray();
        assertThat(split(BODY, all)).isEqualTo(FOUND);
    }

    @Test
    void listenerThatStops_continuesWhereItStopped() {
        RecordedEntries heard = new RecordedEntries();
        heard.stops = true;
        JournalSplitter splitter = new JournalSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), heard);
        int rounds = 0;
        for (int at = 0; at < BODY.length; rounds++) {
            at = splitter.feed(BODY, at, BODY.length);
            assertThat(heard.events.stream().filter("end"::equals)).hasSize(rounds + 1);
        }
        assertThat(heard.events).isEqualTo(FOUND);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no field\nat all\n\n", // a line that is none
                "MESSAGE\n\377\377\377\377\377\377\377\377rest\n\n", // less than nothing
                "MESSAGE\n\0\0\0\0\1\0\0\0rest\nPRIORITY=6\n\n", // 4 GiB
                "MESSAGE\n\3\0\0\0\0\0\0\0abcdef\n\n", // no newline after the value
                "lower=1\nlower\n\n"
            })
    void unreadableEntry_sparesItsNeighbours(String bad) {
        byte[] body = join(ascii("MESSAGE=before\n\n"), ascii(bad), ascii("MESSAGE=after\n\n"));
        for (int cut = 0; cut <= body.length; cut++) {
            List<String> found = split(body, cut);
            found.remove("MESSAGE=abc"); // of the unreadable entry
            assertThat(found).containsExactly("MESSAGE=before", "end", "unreadable", "end", "MESSAGE=after", "end");
        }
    }

    @Test
    void bodyThatEndsWithinAField_hasAnUnreadableEntry() {
        assertThat(split(ascii("MESSAGE=a\nPRIORITY=6"))).containsExactly("MESSAGE=a", "unreadable", "end");
        assertThat(split(ascii("MESSAGE=a\n"))).containsExactly("MESSAGE=a", "end");
        assertThat(split(ascii("MESSAGE\n\1\0"))).containsExactly("unreadable", "end");
        assertThat(split(ascii(""))).isEmpty();
    }
}
