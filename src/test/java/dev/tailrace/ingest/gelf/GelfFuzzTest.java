package dev.tailrace.ingest.gelf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.Entries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Any bytes are read or dropped, in pieces as in one; and a message after them is found. */
class GelfFuzzTest {

    private static final int LIMIT = 1000;
    private static final byte[] AFTER =
            "\0\0{\"host\":\"h\",\"short_message\":\"after\"}\0".getBytes(StandardCharsets.UTF_8);

    private static final class Found implements Splitter.Lines {
        final List<String> messages = new ArrayList<>();
        final GelfReader reader = new GelfReader(ZoneOffset.UTC);

        @Override
        public void line(byte[] bytes, int from, int to) {
            assertThat(to - from).isBetween(1, LIMIT);
            if (reader.read(bytes, from, to)) {
                reader.line().writeTo(new Entries.Builder(100), 1);
                messages.add(reader.line().message());
            }
        }

        @Override
        public void tooLong() {
            messages.add("too long");
        }

        @Override
        public void broken(String reason) {
            messages.add(reason);
        }
    }

    @FuzzTest(maxDuration = "20s")
    void stream(FuzzedDataProvider data) {
        int piece = data.consumeInt(1, 20);
        byte[] bytes = data.consumeRemainingAsBytes();
        Found inPieces = new Found();
        GelfFraming framing = new GelfFraming(LIMIT, new PendingBudget(Long.MAX_VALUE), inPieces);
        for (int from = 0; from < bytes.length; from += piece) {
            framing.feed(bytes, from, Math.min(bytes.length, from + piece));
        }
        framing.feed(AFTER, 0, AFTER.length);

        Found whole = new Found();
        GelfFraming other = new GelfFraming(LIMIT, new PendingBudget(Long.MAX_VALUE), whole);
        other.feed(bytes, 0, bytes.length);
        other.feed(AFTER, 0, AFTER.length);
        assertThat(inPieces.messages).last().isEqualTo("after");
        assertThat(whole.messages).last().isEqualTo("after");
    }

    @FuzzTest(maxDuration = "20s")
    void datagrams(byte[] payload) {
        PendingBudget budget = new PendingBudget(1 << 20);
        GelfChunks chunks = new GelfChunks(budget, LIMIT, what -> {});
        byte[] whole = GelfChunks.isChunk(payload) ? chunks.take("", payload, 1) : payload;
        chunks.close();
        assertThat(budget.bytes()).isZero();
        if (whole == null) {
            return;
        }
        try {
            byte[] text = GelfPayload.decoded(whole, LIMIT);
            GelfReader reader = new GelfReader(ZoneOffset.UTC);
            if (text != null && text.length > 0 && reader.read(text, 0, text.length)) {
                reader.line().writeTo(new Entries.Builder(100), 1);
            }
        } catch (IOException broken) {
            // the expected result
        }
    }
}
