package dev.tailrace.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class EntriesTest {

    @Test
    void unpack_ofNothing_isEmpty() {
        assertThat(Entries.unpack(new byte[0], 0, 0)).isSameAs(Entries.NONE);
        assertThat(Entries.NONE.isEmpty()).isTrue();
        assertThat(Entries.NONE.byteSize()).isZero();
    }

    @Test
    void unpack_lastNewline_mayBeMissing() {
        assertThat(texts(unpack("a\nbc\n"))).containsExactly("a", "bc");
        assertThat(texts(unpack("a\nbc"))).containsExactly("a", "bc");
        assertThat(texts(unpack("a"))).containsExactly("a");
        assertThat(texts(unpack("\n\n"))).containsExactly("", "");
    }

    @Test
    void unpack_partOfAnArray_ignoresTheRest() {
        byte[] bytes = "xx\na\nb\nyy\n".getBytes(StandardCharsets.UTF_8);

        Entries entries = Entries.unpack(bytes, 3, 7);

        assertThat(texts(entries)).containsExactly("a", "b");
        assertThat(entries.byteSize()).isEqualTo(4);
    }

    @Test
    void unpack_manyEntries_findsEach() {
        for (int count : new int[] {15, 16, 17, 31, 32, 33, 1000}) {
            List<String> texts = numbered(count);

            assertThat(texts(unpack(String.join("\n", texts) + "\n"))).isEqualTo(texts);
            assertThat(texts(unpack(String.join("\n", texts)))).isEqualTo(texts);
        }
    }

    @Test
    void slice_sharesTheArray() {
        Entries entries = unpack("a\nbb\nccc\n");

        Entries slice = entries.slice(1, 3);

        assertThat(texts(slice)).containsExactly("bb", "ccc");
        assertThat(slice.byteSize()).isEqualTo(7);
        assertThat(slice.bytes()).isSameAs(entries.bytes());
        assertThat(entries.slice(0, 3)).isSameAs(entries);
        assertThat(texts(slice.slice(1, 2))).containsExactly("ccc");
        assertThat(entries.slice(1, 1).isEmpty()).isTrue();
    }

    @Test
    void builder_appendedEntries_areBuilt() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            List<String> texts = new ArrayList<>();
            Entries.Builder builder = new Entries.Builder(random.nextInt(4) * 16);
            for (int i = random.nextInt(70); i > 0; i--) {
                String text = "x".repeat(random.nextInt(40));
                byte[] bytes = ("?" + text + "?").getBytes(StandardCharsets.UTF_8);
                builder.appendAscii("<")
                        .append(bytes, 1, bytes.length - 1)
                        .append('>')
                        .endEntry();
                texts.add("<" + text + ">");
            }
            int size = builder.byteSize();

            Entries entries = builder.build();

            assertThat(texts(entries)).isEqualTo(texts);
            assertThat(entries.byteSize()).isEqualTo(size);
        }
    }

    @Test
    void builder_pendingEntry_isNotBuilt() {
        Entries.Builder builder = new Entries.Builder(16);
        builder.appendAscii("whole").endEntry().appendAscii("half");

        assertThat(texts(builder.build())).containsExactly("whole");
    }

    @Test
    void builder_spareCapacity_isNotKept() {
        assertThat(new Entries.Builder(64 * 1024)
                        .appendAscii("a")
                        .endEntry()
                        .build()
                        .bytes())
                .hasSizeLessThan(16);
    }

    private static List<String> numbered(int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add("entry " + i);
        }
        return texts;
    }

    private static Entries unpack(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Entries.unpack(bytes, 0, bytes.length);
    }

    static List<String> texts(Entries entries) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            texts.add(new String(
                    entries.bytes(), entries.start(i), entries.end(i) - entries.start(i), StandardCharsets.UTF_8));
        }
        return texts;
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                9,
                10,
                99,
                100,
                2_147_483_647,
                2_147_483_648L,
                21_474_836_479L,
                99_999_999_999L,
                1_763_820_000_123L,
                999_999_999_999_999_999L,
                1_000_000_000_000_000_000L,
                Long.MAX_VALUE,
                -1,
                Long.MIN_VALUE
            })
    void decimal_isTheNumber(long number) {
        Entries entries =
                new Entries.Builder(0).appendDecimal(number).endEntry().build();

        assertThat(new String(entries.bytes(), 0, entries.end(0), StandardCharsets.US_ASCII))
                .isEqualTo(Long.toString(number));
    }
}
