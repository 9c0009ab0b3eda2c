package dev.tailrace.ingest.gelf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.gelf.GelfMeters.Chunk;
import dev.tailrace.testing.RawSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages are put together from their chunks, and what is not complete is bounded and given up. */
class GelfChunksTest {

    private static final int LIMIT = 100_000;

    private final PendingBudget budget = new PendingBudget(1 << 22);
    private final List<Chunk> useless = new ArrayList<>();
    private final GelfChunks chunks = new GelfChunks(budget, LIMIT, useless::add);
    private long now = 1;

    /** @param id eight characters */
    static byte[] chunk(String id, int number, int count, String text) {
        return RawSocket.join(
                new byte[] {0x1E, 0x0F},
                RawSocket.ascii(id),
                new byte[] {(byte) number, (byte) count},
                text.getBytes(StandardCharsets.UTF_8));
    }

    private String take(String sender, byte[] chunk) {
        byte[] whole = chunks.take(sender, chunk, now);
        return whole == null ? null : new String(whole, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"0 1 2", "2 1 0", "1 2 0", "1 1 0 0 2", "0 1 1 2"})
    void chunksInAnyOrder_makeTheMessage(String order) {
        String[] texts = {"a-", "b-", "c"};
        String whole = null;
        for (String number : order.split(" ")) {
            assertThat(whole).isNull();
            whole = take("s", chunk("message1", Integer.parseInt(number), 3, texts[Integer.parseInt(number)]));
        }
        assertThat(whole).isEqualTo("a-b-c");
        assertThat(budget.bytes()).isZero();
        assertThat(useless).hasSize(order.split(" ").length - 3).allMatch(reason -> reason == Chunk.DUPLICATE);
    }

    @Test
    void oneChunk_isAMessage_andAnEmptyOneCounts() {
        assertThat(take("s", chunk("message1", 0, 1, "a"))).isEqualTo("a");
        assertThat(take("s", chunk("message2", 0, 2, ""))).isNull();
        assertThat(take("s", chunk("message2", 1, 2, "b"))).isEqualTo("b");
    }

    @Test
    void messagesOfSeveralSenders_andOfSeveralIds_areKeptApart() {
        assertThat(take("s", chunk("message1", 0, 2, "a"))).isNull();
        assertThat(take("t", chunk("message1", 0, 2, "1"))).isNull();
        assertThat(take("s", chunk("message2", 0, 2, "x"))).isNull();
        assertThat(take("t", chunk("message1", 1, 2, "2"))).isEqualTo("12");
        assertThat(take("s", chunk("message1", 1, 2, "b"))).isEqualTo("ab");
        assertThat(take("s", chunk("message2", 1, 2, "y"))).isEqualTo("xy");
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "5,5", "200,100", "0,129", "0,255"})
    void wrongNumbers_areCounted(int number, int count) {
        assertThat(take("s", chunk("message1", number, count, "a"))).isNull();
        assertThat(useless).containsExactly(Chunk.INVALID);
        assertThat(budget.bytes()).isZero();
    }

    @Test
    void cutHeader_andAnotherCount_areCounted() {
        assertThat(take("s", new byte[] {0x1E, 0x0F, 1, 2, 3})).isNull();
        assertThat(take("s", chunk("message1", 0, 2, "a"))).isNull();
        assertThat(take("s", chunk("message1", 1, 3, "b"))).isNull();
        assertThat(useless).containsExactly(Chunk.INVALID, Chunk.INVALID);
        assertThat(take("s", chunk("message1", 1, 2, "b"))).isEqualTo("ab");
    }

    @Test
    void missingChunk_isWaitedForFiveSeconds() {
        take("s", chunk("message1", 0, 2, "a"));
        now += GelfChunks.WAIT_NANOS - 1;
        take("s", chunk("message2", 0, 2, "x"));
        assertThat(useless).isEmpty();

        now += 1;
        assertThat(take("s", chunk("message1", 1, 2, "b"))).as("begins anew").isNull();
        assertThat(useless).containsExactly(Chunk.INCOMPLETE);
        assertThat(take("s", chunk("message2", 1, 2, "y"))).isEqualTo("xy");

        chunks.expire(now + GelfChunks.WAIT_NANOS);
        assertThat(useless).containsExactly(Chunk.INCOMPLETE, Chunk.INCOMPLETE);
        assertThat(budget.bytes()).isZero();
    }

    @Test
    void manyOpenMessages_giveUpTheOldest() {
        for (int i = 0; i <= GelfChunks.MAX_MESSAGES; i++) {
            take("s", chunk(String.format("%08d", i), 0, 2, "a"));
        }
        assertThat(useless).containsExactly(Chunk.INCOMPLETE);
        assertThat(take("s", chunk("00000001", 1, 2, "b"))).isEqualTo("ab");
        assertThat(take("s", chunk("00000000", 1, 2, "b"))).isNull();
    }

    @Test
    void messageOverTheLimit_andOneWithoutRoom_areGivenUp() {
        take("s", chunk("message1", 0, 3, "x".repeat(60_000)));
        take("s", chunk("message1", 1, 3, "x".repeat(60_000)));
        assertThat(useless).containsExactly(Chunk.INCOMPLETE);
        assertThat(budget.bytes()).isZero();

        for (int i = 0; i < 100; i++) {
            take("s", chunk(String.format("%08d", i), 0, 2, "x".repeat(60_000)));
            assertThat(budget.bytes()).isLessThanOrEqualTo(1 << 21);
        }
        assertThat(useless).hasSizeGreaterThan(50).containsOnly(Chunk.INCOMPLETE);
        chunks.close();
        assertThat(budget.bytes()).isZero();
    }
}
