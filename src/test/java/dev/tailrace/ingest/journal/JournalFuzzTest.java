package dev.tailrace.ingest.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.model.Entries;
import dev.tailrace.testing.RawSocket;
import java.util.ArrayList;
import java.util.List;

/** Random bytes in random pieces never fail, give the same result as in one piece, and an entry after them is found. */
class JournalFuzzTest {

    private static final int LIMIT = 1000;
    private static final byte[] AFTER = RawSocket.ascii("\n\nMESSAGE=after\n\n");

    /** Reads entries as {@link JournalIngest} does. */
    private static final class Lines implements JournalSplitter.Entries {
        final List<String> messages = new ArrayList<>();
        final JournalEntry entry = new JournalEntry();
        final PartialLines parts = new PartialLines(new PendingBudget(Long.MAX_VALUE));

        @Override
        public void field(JournalField field, byte[] bytes, int from, int to) {
            assertThat(to - from).isBetween(0, LIMIT);
            entry.set(field, bytes, from, to);
        }

        @Override
        public void tooLong(JournalField field) {
            entry.tooLong(field);
        }

        @Override
        public void noRoom() {
            throw new AssertionError("the budget has no limit here");
        }

        @Override
        public void unreadable() {
            entry.unreadable();
        }

        void storeJoined() {
            for (PartialLine line = parts.next(); line != null; line = parts.next()) {
                var entries = new Entries.Builder(100);
                line.line().writeTo(entries, 1);
                messages.add(Integer.toString(entries.byteSize()));
                parts.stored();
            }
        }

        @Override
        public boolean end() {
            if (entry.hasMessage() && !entry.isUnreadable()) {
                entry.line().writeTo(new Entries.Builder(100), 1);
                if (parts.take(entry, 1) == PartialLines.Fate.WHOLE) {
                    messages.add(entry.line().message());
                }
                storeJoined();
            }
            entry.journal();
            entry.number();
            entry.boot();
            entry.clear();
            return true;
        }
    }

    private static void end(JournalSplitter splitter, Lines lines) {
        splitter.end();
        lines.parts.giveUpAll();
        lines.storeJoined();
    }

    @FuzzTest
    void anyBytes_areRead(FuzzedDataProvider data) {
        int piece = data.consumeInt(1, 20);
        byte[] bytes = data.consumeRemainingAsBytes();
        Lines inPieces = new Lines();
        JournalSplitter splitter = new JournalSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), inPieces);
        for (int from = 0; from < bytes.length; from += piece) {
            int to = Math.min(bytes.length, from + piece);
            assertThat(splitter.feed(bytes, from, to)).isEqualTo(to);
        }
        end(splitter, inPieces);

        Lines whole = new Lines();
        JournalSplitter other = new JournalSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), whole);
        other.feed(bytes, 0, bytes.length);
        end(other, whole);
        assertThat(inPieces.messages).isEqualTo(whole.messages);

        other.feed(AFTER, 0, AFTER.length);
        assertThat(whole.messages).last().isEqualTo("after");
    }
}
