package dev.tailrace.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Entry#read} and any JSON parser read what {@link Line#writeTo} stores. */
@Tag("unit")
class StoredEntryTest {

    private static final long NOW = 1_763_820_000_123L;

    @Test
    void line_ofMessageOnly_isStoredInItsShortestForm() {
        assertThat(stored(Line.of("hello")))
                .isEqualTo("\"receivedAt\":1763820000123,\"timestamp\":1763820000123,\"message\":\"hello\"}");
    }

    @Test
    void line_withAllFields_isStoredWithThem() {
        assertThat(stored(new Line("hello", -5L, "main", true, true, "warn")))
                .isEqualTo("\"receivedAt\":1763820000123,\"timestamp\":-5,\"message\":\"hello\",\"service\":\"main\","
                        + "\"stream\":\"stderr\",\"system\":true,\"level\":\"warn\"}");
    }

    @Test
    void randomLine_storedAndRead_isTheSame() {
        Random random = new Random(7);
        for (int round = 0; round < 20_000; round++) {
            Line line = new Line(
                    text(random, 60),
                    random.nextLong() >> 20,
                    random.nextBoolean() ? null : text(random, 20),
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextBoolean() ? null : text(random, 8));

            byte[] bytes = bytes(line);

            Line expected = new Line(
                    wellFormed(line.message()),
                    line.timestamp(),
                    line.service() == null ? null : wellFormed(line.service()),
                    line.stderr(),
                    line.system(),
                    line.level() == null ? null : wellFormed(line.level()),
                    line.levelText() == null ? null : wellFormed(line.levelText()),
                    null);
            assertThat(Entry.read(bytes, 0, bytes.length)).isEqualTo(new Entry(NOW, expected));
            assertThat(Entry.receivedAt(bytes, 0, bytes.length)).isEqualTo(NOW);
            JsonObject json = json(bytes);
            assertThat(json.getString("message")).isEqualTo(expected.message());
            assertThat(json.getString("service")).isEqualTo(expected.service());
            assertThat(new String(bytes, StandardCharsets.UTF_8)).doesNotContain("\n", "\r", "\0");
        }
    }

    @Test
    void everyCharacterOfTheBasicPlane_isUnchanged() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < Character.MAX_VALUE; c++) {
            all.append(c);
            if (all.length() == 1024) {
                byte[] bytes = bytes(Line.of(all.toString()));
                assertThat(Entry.read(bytes, 0, bytes.length).line().message()).isEqualTo(wellFormed(all.toString()));
                assertThat(json(bytes).getString("message")).isEqualTo(wellFormed(all.toString()));
                all.setLength(0);
            }
        }
    }

    @Test
    void message_ofExactlyTheLimit_isNotTruncated() {
        for (String unit : List.of("a", "é", "€", "\uD83D\uDE00", "\0")) {
            int size = unit.getBytes(StandardCharsets.UTF_8).length;
            String message = unit.repeat(Line.MAX_MESSAGE_BYTES / size);
            message += "a".repeat(Line.MAX_MESSAGE_BYTES - size * message.codePointCount(0, message.length()));

            JsonObject json = json(bytes(Line.of(message)));

            assertThat(json.getString("message").equals(message)).isTrue();
            assertThat(json.containsKey("truncated")).isFalse();
        }
    }

    @Test
    void message_overTheLimit_isTruncatedAtACharacter_andSaysByHowMuch() {
        Random random = new Random(3);
        List<String> units = List.of("a", "é", "€", "\uD83D\uDE00", "\0", "\uD800", "\uDC00");
        for (int round = 0; round < 100; round++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < Line.MAX_MESSAGE_BYTES) {
                text.append(units.get(random.nextInt(units.size())));
            }
            String message = wellFormed(text.toString());
            int size = message.getBytes(StandardCharsets.UTF_8).length;

            JsonObject json = json(bytes(Line.of(text.toString())));

            String kept = json.getString("message");
            int keptSize = kept.getBytes(StandardCharsets.UTF_8).length;
            assertThat(message.startsWith(kept)).isTrue();
            assertThat(keptSize).isBetween(Line.MAX_MESSAGE_BYTES - 3, Line.MAX_MESSAGE_BYTES);
            assertThat(json.getInteger("truncated")).isEqualTo(size - keptSize);
        }
    }

    @Test
    void message_truncatedAfterAHighSurrogate_losesNothingElse() {
        String message = "a".repeat(Line.MAX_MESSAGE_BYTES - 1) + "\uD83D\uDE00" + "b";

        JsonObject json = json(bytes(Line.of(message)));

        assertThat(json.getString("message").equals("a".repeat(Line.MAX_MESSAGE_BYTES - 1)))
                .isTrue();
        assertThat(json.getInteger("truncated")).isEqualTo(5);
    }

    @Test
    void truncatedEntry_isReadWithoutTheMark() {
        byte[] bytes = bytes(new Line("x".repeat(70_000), 1L, null, false, false, "info"));

        Line line = Entry.read(bytes, 0, bytes.length).line();

        assertThat(line.message()).hasSize(Line.MAX_MESSAGE_BYTES);
        assertThat(line.level()).isEqualTo("info");
    }

    @Test
    void entryWithUnknownFields_isReadWithoutThem() {
        assertThat(read("\"receivedAt\":7,\"new\":{\"a\":[1,\"}]\\\"\",{}],\"b\":null},\"timestamp\":8,\"more\":[],"
                        + "\"message\":\"m\",\"last\":-1.5e3}"))
                .isEqualTo(new Entry(7, new Line("m", 8L, null, false, false, null)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "}",
                "\"",
                "\"receivedAt\"",
                "\"receivedAt\":",
                "\"receivedAt\":1",
                "\"receivedAt\":1}",
                "\"receivedAt\":1,\"timestamp\":2}",
                "\"receivedAt\":1,\"timestamp\":2,\"message\":\"a\"",
                "\"receivedAt\":1,\"timestamp\":2,\"message\":\"a\\u00\"}",
                "\"receivedAt\":x,\"timestamp\":2,\"message\":\"a\"}",
                "\"receivedAt\":1,\"timestamp\":2,\"message\":\"a\\u00zz\"}",
                "\"receivedAt\":1,\"timestamp\":2,\"message\":\"a\\",
                "receivedAt:1",
                "\"receivedAt\":1,\"timestamp\":2,\"message\":\"a\"]"
            })
    void corruptEntry_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> read(text));
    }

    @Test
    void damagedEntry_isReadOrRefused() {
        Random random = new Random(11);
        byte[] whole = bytes(new Line("a\"\\\n\u0001é", 5L, "main", true, true, "warn"));
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            assertThatCode(() -> {
                        try {
                            Entry.read(damaged, 0, damaged.length);
                        } catch (IllegalArgumentException refused) {
                            // as promised
                        }
                    })
                    .doesNotThrowAnyException();
        }
    }

    private static Entry read(String text) {
        byte[] bytes = ("???" + text + "???").getBytes(StandardCharsets.UTF_8);
        return Entry.read(bytes, 3, bytes.length - 3);
    }

    private static String stored(Line line) {
        return new String(bytes(line), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Line line) {
        Entries.Builder builder = new Entries.Builder(64);
        line.writeTo(builder, NOW);
        Entries entries = builder.build();
        assertThat(entries.size()).isEqualTo(1);
        return Arrays.copyOfRange(entries.bytes(), entries.start(0), entries.end(0));
    }

    private static JsonObject json(byte[] entry) {
        return new JsonObject("{" + new String(entry, StandardCharsets.UTF_8));
    }

    /** Random UTF-16, with a preference for characters that break encoders. */
    private static String text(Random random, int maxLength) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(maxLength); i > 0; i--) {
            switch (random.nextInt(6)) {
                case 0 -> text.append((char) random.nextInt(0x20));
                case 1 -> text.append("\"\\/\u007F\u2028\uFEFF\uFFFF".charAt(random.nextInt(7)));
                case 2 -> text.append((char) (0xD800 + random.nextInt(0x800)));
                case 3 -> text.appendCodePoint(0x10000 + random.nextInt(0x100000));
                case 4 -> text.append((char) random.nextInt(0x10000));
                default -> text.append((char) (' ' + random.nextInt(95)));
            }
        }
        return text.toString();
    }

    /** An unpaired surrogate is stored as U+FFFD. */
    private static String wellFormed(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .forEach(c ->
                        out.appendCodePoint(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c));
        return out.toString();
    }
}
