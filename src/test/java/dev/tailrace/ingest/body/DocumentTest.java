package dev.tailrace.ingest.body;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.FairRoom;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class DocumentTest {

    private final FairRoom room = new FairRoom(100_000);
    private final Document document = new Document(room);

    @Test
    void pieces_areRead_whereverTheyAreCut() throws IOException {
        Random random = new Random(7);
        byte[] bytes = new byte[70_000];
        random.nextBytes(bytes);
        for (int at = 0; at < bytes.length; ) {
            int to = Math.min(bytes.length, at + 1 + random.nextInt(20_000));
            assertThat(document.add(bytes, at, to)).isTrue();
            at = to;
        }

        assertThat(document.length()).isEqualTo(bytes.length);
        for (int at = 0; at < bytes.length; at += 997) {
            assertThat(document.at(at)).isEqualTo(bytes[at]);
            int to = at + random.nextInt(bytes.length - at);
            byte[] part = Arrays.copyOfRange(bytes, at, to);
            assertThat(document.copy(at, to)).isEqualTo(part);
            assertThat(document.stream(at, to).readAllBytes()).isEqualTo(part);
        }
        assertThat(document.copy(0, bytes.length)).isEqualTo(bytes);
    }

    @Test
    void memoryOfADocument_isCounted_andLittleMoreThanItsLength() {
        byte[] piece = new byte[10];
        for (int length = 10; length <= 60_000; length += 10) {
            assertThat(document.add(piece, 0, piece.length)).isTrue();
            long arrays = document.segments().stream()
                    .mapToLong(segment -> segment.length)
                    .sum();
            assertThat(room.held()).isEqualTo(arrays);
            assertThat(arrays).isBetween((long) length, length + 16L * 1024);
        }
        document.clear();
        assertThat(room.held()).isZero();
        assertThat(document.length()).isZero();
    }

    @Test
    void pieceForWhichThereIsNoRoom_isRefused_andNothingIsHeld() {
        assertThat(document.add(new byte[90_000], 0, 90_000)).isTrue();
        assertThat(document.add(new byte[20_000], 0, 20_000)).isFalse();
        assertThat(room.held()).isZero();
        assertThat(document.segments()).isEmpty();
    }
}
