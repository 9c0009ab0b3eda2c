package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.lines.LineParser;
import dev.tailrace.ingest.lines.UsualLines;
import dev.tailrace.model.Entries;
import dev.tailrace.model.FastLine;
import dev.tailrace.model.LevelGuess;
import dev.tailrace.model.Line;
import dev.tailrace.model.StorableLine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code FastLine} stores the same entries as {@code LineParser}, which defines a valid line. */
@Tag("unit")
class FastLineTest {

    private static final long NOW = 1_763_820_000_123L;

    private static final String[] PIECES = {
        "a",
        " ",
        "plain text, longer than a word of the machine ",
        "é",
        "\u0800",
        "\uD7FF",
        "\uE000",
        "\uFFFD",
        "😀",
        "\uDBFF\uDFFF",
        "\u007F",
        "\\n",
        "\\r",
        "\\t",
        "\\\"",
        "\\\\",
        "\\u001b",
        "\\u0000",
        "\\u001B",
        "\\u000a",
        "\\u0009",
        "\\u000d",
        "\\u0020",
        "\\u0041",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud83d",
        "\\/",
        "\\b",
        "\\f",
        "\\x",
        "\\u00",
        "\\",
        "\"",
        "\t",
        "\u0000",
        "\u001F",
        "{\\\"message\\\":1}",
        "ERROR ",
        "[warn]",
        "level=",
        "12:00:00 ",
        "x".repeat(300)
    };

    private static final String[] NAMES = {
        "message", "timestamp", "service", "stream", "system", "level", "seq", "unknown", "mess\\u0061ge", "Message", ""
    };

    private static final String[] VALUES = {
        "1763820000100",
        "0",
        "-1",
        "00",
        "01",
        "1.5",
        "1e3",
        "99999999999999",
        "100000000000000",
        "253402300799999",
        "253402300800000",
        "9007199254740992",
        "9007199254740993",
        "999999999999999",
        "1".repeat(40),
        "1e400000000",
        "true",
        "false",
        "null",
        "truer",
        "\"stderr\"",
        "\"stdout\"",
        "\"stdin\"",
        "\"\"",
        "\"WARN\"",
        "\"Ä\"",
        "\"\\u001b\"",
        "\"İ\"",
        "\"2025-11-22T14:00:00Z\"",
        "[]",
        "{\"message\":[{}]}",
        "[[\"]\"]]",
        ""
    };

    private static final String[] SPACES = {"", "", "", "", "", " ", "\t ", "\r", "\n"};

    private final FastLine fast = new FastLine();
    private final LevelGuess guess = new LevelGuess();
    private final LineParser parser = UsualLines.parser();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message\":\"m\"}",
                "{\"seq\":1000000001,\"message\":\"0000012345678 1000000001 xxxx\"}",
                "{ \"message\" : \"m\" , \"timestamp\" : 1763820000100 } ",
                "{\"message\":\"\\u001b[31m\\\"grün\\\"\\t😀\\u001b[0m\\n\",\"timestamp\":0,\"service\":\"main\","
                        + "\"stream\":\"stderr\",\"system\":true,\"level\":\"WARN\",\"seq\":7}",
                "{\"message\":\"\",\"service\":\"\",\"level\":\"\",\"stream\":\"stdout\",\"system\":false}"
            })
    void usualShape_isReadByFastLine(String text) {
        assertThat(takesSame(text.getBytes(StandardCharsets.UTF_8))).isTrue();
    }

    @Test
    void levelOfALineWithout_isGuessed() {
        byte[] line = "{\"message\":\"[warn] x\",\"service\":\"a\"}".getBytes(StandardCharsets.UTF_8);
        assertThat(takesSame(line)).isTrue();
        assertThat(new String(stored(fast), StandardCharsets.UTF_8))
                .endsWith("\"service\":\"a\",\"level\":\"warn\",\"levelGuessed\":true}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message\":\"\\/\"}",
                "{\"message\":\"\\u0041\"}",
                "{\"message\":\"\\u000a\"}",
                "{\"message\":\"\\u001B\"}",
                "{\"message\":\"\\b\"}",
                "{\"message\":\"a\tb\"}",
                "{\"message\":\"m\",\"message\":\"n\"}",
                "{\"message\":\"m\",\"seq\":1,\"seq\":2}",
                "{\"message\":\"m\",\"timestamp\":\"2025-11-22T14:00:00Z\"}",
                "{\"message\":\"m\",\"timestamp\":-1}",
                "{\"message\":\"m\",\"x\":1}",
                "{\"message\":\"m\",\"service\":null}",
                "{\"message\":\"m\",\"level\":\"Ä\"}",
                "{\"seq\":1}",
                "{}",
                "{\"message\":\"m\"}}",
                "{\"message\":\"m\"",
                "{\"message\":\"m",
                "{\"message\":",
                "{"
            })
    void unusualShape_isLeftToTheParser(String text) {
        assertThat(takesSame(text.getBytes(StandardCharsets.UTF_8))).isFalse();
    }

    @Test
    void messageOfTheLimit_isTaken_longerOneIsLeft() {
        String most = "é".repeat(Line.MAX_MESSAGE_BYTES / 2);

        assertThat(takesSame(("{\"message\":\"" + most + "\"}").getBytes(StandardCharsets.UTF_8)))
                .isTrue();
        assertThat(takesSame(("{\"message\":\"" + most + "x\"}").getBytes(StandardCharsets.UTF_8)))
                .isFalse();
    }

    @Test
    void anyTwoAndThreeBytes_areTakenOnlyWhenTheyAreAsWritten() {
        byte[] line = "{\"message\":\"12\"}".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i <= 0xFFFF; i++) {
            line[12] = (byte) (i >> 8);
            line[13] = (byte) i;
            takesSame(line);
        }
        byte[] longer = "{\"message\":\"123\"}".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i <= 0xFFFF; i++) {
            longer[12] = (byte) (0xE0 | i >> 12);
            longer[13] = (byte) (i >> 4);
            longer[14] = (byte) (0x80 | i & 0x3F);
            takesSame(longer);
        }
    }

    @Test
    void anyFourBytes_areTakenOnlyWhenTheyAreAsWritten() {
        byte[] line = "{\"message\":\"1234\"}".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i <= 0xFFFF; i++) {
            line[12] = (byte) (0xF0 | i >> 13);
            line[13] = (byte) (0x80 | i >> 7 & 0x3F);
            line[14] = (byte) (0x40 | i & 0x7F);
            line[15] = (byte) (i % 7 == 0 ? i : 0xBF);
            takesSame(line);
        }
    }

    @Test
    void madeLines_areStoredAlike() {
        Random random = new Random(17);
        int taken = 0;
        int rounds = 200_000;
        for (int round = 0; round < rounds; round++) {
            taken += takesSame(made(random).getBytes(StandardCharsets.UTF_8)) ? 1 : 0;
        }
        assertThat(taken).isBetween(rounds / 20, rounds / 2);
    }

    @Test
    void spoiltLines_areStoredAlike() {
        Random random = new Random(19);
        for (int round = 0; round < 200_000; round++) {
            byte[] line = made(random).getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(3); i >= 0; i--) {
                line[random.nextInt(line.length)] = random.nextBoolean()
                        ? (byte) random.nextInt(256)
                        : "{}\":,\\ 09eu\n".getBytes(StandardCharsets.US_ASCII)[random.nextInt(12)];
            }
            int end = random.nextInt(4) == 0 ? 1 + random.nextInt(line.length) : line.length;
            takesSame(java.util.Arrays.copyOf(line, end));
        }
    }

    /** Whether {@code FastLine} takes the line; if so, {@code LineParser} stores the same. */
    private boolean takesSame(byte[] line) {
        byte[] bytes = padded(line);
        if (!fast.read(bytes, 3, 3 + line.length)) {
            return false;
        }
        String text = new String(line, StandardCharsets.UTF_8);
        assertThat(parser.parse(bytes, 3, 3 + line.length)).as(text).isNull();
        assertThat(fast.seq()).as(text).isEqualTo(parser.seq());
        assertThat(stored(fast)).as(text).isEqualTo(stored(parser.line()));
        return true;
    }

    /** The line between other bytes, which must not be read. */
    private static byte[] padded(byte[] line) {
        byte[] bytes = new byte[line.length + 12];
        System.arraycopy("\"}}".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 3);
        System.arraycopy(line, 0, bytes, 3, line.length);
        System.arraycopy("\"m\",1}\"}}".getBytes(StandardCharsets.US_ASCII), 0, bytes, 3 + line.length, 9);
        return bytes;
    }

    private byte[] stored(StorableLine line) {
        Entries.Builder out = new Entries.Builder(16);
        line.writeTo(out, NOW, guess);
        Entries entries = out.build();
        return java.util.Arrays.copyOfRange(entries.bytes(), entries.start(0), entries.end(0));
    }

    private static String made(Random random) {
        List<String> fields = new ArrayList<>();
        fields.add("\"message\":" + text(random));
        for (int i = random.nextInt(4); i > 0; i--) {
            fields.add(field(random));
        }
        Collections.shuffle(fields, random);
        StringBuilder line = new StringBuilder("{");
        for (int i = 0; i < fields.size(); i++) {
            line.append(i == 0 ? "" : ",")
                    .append(space(random))
                    .append(fields.get(i))
                    .append(space(random));
        }
        return line.append("}").append(space(random)).toString();
    }

    private static String field(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> "\"timestamp\":" + Math.abs(random.nextLong()) % 2_000_000_000_000L;
            case 1 -> "\"service\":" + text(random);
            case 2 -> "\"stream\":\"stderr\"";
            case 3 -> "\"system\":" + random.nextBoolean();
            case 4 -> "\"level\":" + text(random);
            case 5 -> "\"seq\":" + random.nextInt(Integer.MAX_VALUE);
            default -> "\"" + any(NAMES, random) + "\"" + space(random) + ":" + space(random) + any(VALUES, random);
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder("\"");
        // Many of the pieces are unusual, so a line has few of them; else FastLine would read none.
        int usual = random.nextInt(3) == 0 ? PIECES.length : 17;
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(PIECES[random.nextInt(usual)]);
        }
        return text.append('"').toString();
    }

    private static String space(Random random) {
        return any(SPACES, random);
    }

    private static String any(String[] of, Random random) {
        return of[random.nextInt(of.length)];
    }
}
