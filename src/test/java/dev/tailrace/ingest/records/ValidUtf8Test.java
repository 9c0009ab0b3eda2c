package dev.tailrace.ingest.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.FairRoom;
import dev.tailrace.ingest.body.Document;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class ValidUtf8Test {

    private static final int[] BYTES = {
        'a', '"', 0x80, 0xBF, 0xC2, 0xC3, 0xE0, 0xA0, 0xED, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xF4, 0xFF
    };

    private static byte[] valid(byte[] text, int... cuts) {
        var document = new Document(new FairRoom(Long.MAX_VALUE));
        var valid = new ValidUtf8(document);
        int from = 0;
        for (int cut : cuts) {
            byte[] piece = Arrays.copyOfRange(text, from, cut);
            assertThat(valid.add(piece, piece.length)).isTrue();
            from = cut;
        }
        byte[] rest = Arrays.copyOfRange(text, from, text.length);
        assertThat(valid.add(rest, rest.length)).isTrue();
        assertThat(valid.end()).isTrue();
        return document.copy(0, document.length());
    }

    @Test
    void whatIsNoUtf8_isReplaced_asJavaDoes_whereverItIsCut() {
        Random random = new Random(11);
        for (int round = 0; round < 3000; round++) {
            byte[] text = new byte[1 + random.nextInt(round % 100 == 0 ? 5000 : 12)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) BYTES[random.nextInt(BYTES.length)];
            }
            int[] cuts =
                    random.ints(random.nextInt(6), 0, text.length + 1).sorted().toArray();
            byte[] expected = new String(text, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
            assertThat(valid(text, cuts))
                    .as(Arrays.toString(text) + Arrays.toString(cuts))
                    .isEqualTo(expected);
        }
    }

    /** One byte becomes three, and room for them is held before they exist. */
    @Test
    void replacementForWhichThereIsNoRoom_isRefused() {
        FairRoom room = new FairRoom(40_000);
        var valid = new ValidUtf8(new Document(room));
        byte[] wrong = new byte[16_000];
        Arrays.fill(wrong, (byte) 0xFF);
        assertThat(valid.add(wrong, wrong.length)).isFalse();
        assertThat(room.held()).isZero();
    }
}
