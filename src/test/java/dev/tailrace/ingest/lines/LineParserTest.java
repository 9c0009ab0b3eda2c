package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.model.Batch;
import dev.tailrace.model.Line;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class LineParserTest {

    private final LineParser parser = UsualLines.parser();

    @Test
    void line_withAllFields_isRead() {
        assertThat(read("{\"message\":\"m\",\"timestamp\":1763820000100,\"service\":\"main\",\"stream\":\"stderr\","
                        + "\"system\":true,\"level\":\"WARN\",\"seq\":7}"))
                .isEqualTo(new Line("m", 1_763_820_000_100L, "main", true, true, "warn"));
        assertThat(parser.seq()).isEqualTo(7);
    }

    @Test
    void line_withMessageOnly_isRead() {
        assertThat(read("{\"message\":\"\"}")).isEqualTo(Line.of(""));
        assertThat(parser.seq()).isEqualTo(Batch.NO_SEQ);
    }

    @Test
    void line_withDefaultsSpelledOut_isReadAsWithoutThem() {
        assertThat(read("{\"message\":\"m\",\"stream\":\"stdout\",\"system\":false,\"service\":\"\",\"level\":\"\"}"))
                .isEqualTo(Line.of("m"));
        assertThat(read("{\"message\":\"m\",\"timestamp\":null,\"service\":null,\"stream\":null,\"system\":null,"
                        + "\"level\":null,\"seq\":null}"))
                .isEqualTo(Line.of("m"));
    }

    /**
     * In ISO 8859-1: overlong forms, halves of surrogate pairs, characters that are too large, and cut ones. As part of a
     * name they must not become another name, and a value keeps what is valid.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"message":"right","mess\u00C1\u00A1ge":"wrong"}     | right
            {"mess\u00C1\u00A1ge":"wrong","message":"right"}     | right
            {"message":"right","mess\u00E0\u0081\u00A1ge":"wrong"} | right
            {"message":"right","mess\u00F0\u0080\u0081\u00A1ge":"wrong"} | right
            {"message":"right","\u00C1\u00ADessage":"wrong"}     | right
            {"message":"right","messag\u00C1\u00A5":"wrong"}     | right
            {"message":"right","message\u00C0\u0080":"wrong"}    | right
            {"message":"right","message\u00ED\u00A0\u0080":"wrong"} | right
            {"message":"right","message\u00C3":"wrong"}          | right
            {"message":"\u00C1\u00A1","x":1}                     | ??
            {"message":"a\u00C0\u0080b","x":1}                   | a??b
            {"message":"\u00E0\u0081\u00A1","x":1}               | ???
            {"message":"\u00F0\u0080\u0081\u00A1","x":1}         | ????
            {"message":"a\u00C3","x":1}                         | a?
            {"message":"a\u00F0\u009F\u008E","x":1}              | a?
            {"message":"\u00F5\u0080\u0080\u0080","x":1}         | ????
            {"message":"\u00C3\u00BC","x":1}                     | \u00FC
            """)
    void invalidUtf8_isReplaced_alsoInNames(String json, String message) {
        byte[] bytes = json.getBytes(StandardCharsets.ISO_8859_1);

        assertThat(parser.parse(bytes, 0, bytes.length)).isNull();
        assertThat(parser.line().message()).isEqualTo(message.replace('?', '\uFFFD'));
    }

    @Test
    void line_leavesNothingToTheNext() {
        read("{\"message\":\"m\",\"timestamp\":1,\"service\":\"s\",\"stream\":\"stderr\",\"system\":true,"
                + "\"level\":\"warn\",\"seq\":7}");

        assertThat(read("{\"message\":\"n\"}")).isEqualTo(Line.of("n"));
        assertThat(parser.seq()).isEqualTo(Batch.NO_SEQ);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {} | message is missing
            {"message":null} | message is missing
            {"seq":1} | message is missing
            {"message":"a"}{"message":"b"} | more than one JSON value
            {"message":"a"} 1 | more than one JSON value
            {"message":"a"}] | not valid JSON
            {"message":"a"} x | not valid JSON
            {"message":"a | not valid JSON
            {"message":"a" | not valid JSON
            {"message" | not valid JSON
            { | not valid JSON
            {"message":'a'} | not valid JSON
            {message:"a"} | not valid JSON
            {"message":"a",} | not valid JSON
            {"message":nan} | not valid JSON
            ["a"] | not a JSON object
            [1,2] | not a JSON object
            [1,{"message":"a"},2] | not a JSON object
            [1,{"message":"a"} | not valid JSON
            [] | not a JSON object
            [{"message":"a"}] | not a JSON object
            "a" 1 | more than one JSON value
            "a": 1 | not valid JSON
            "a | not valid JSON
            7 | not a JSON object
            a | not a JSON object
            } | not a JSON object
            """)
    void invalidLine_isRejectedWithItsReason(String text, String reason) {
        assertThat(refused(text)).isEqualTo(reason);
    }

    @Test
    void overlongServiceAndLevel_becomeAttributes() {
        assertThat(read("{\"message\":\"a\",\"service\":\"" + "s".repeat(256) + "\",\"level\":\"" + "l".repeat(32)
                        + "\"}"))
                .isEqualTo(new Line("a", null, "s".repeat(256), false, false, "l".repeat(32)));

        Line line = read(
                "{\"message\":\"a\",\"service\":\"" + "s".repeat(257) + "\",\"level\":\"" + "l".repeat(33) + "\"}");
        assertThat(line.service()).isNull();
        assertThat(line.level()).isNull();
        assertThat(attributes(line))
                .isEqualTo("{\"service\":\"" + "s".repeat(257) + "\",\"level\":\"" + "l".repeat(33) + "\"}");
    }

    @Test
    void refusedLine_keepsItsNumber() {
        refused("{\"seq\":7,\"message\":null}");
        assertThat(parser.seq()).isEqualTo(7);

        refused("{\"message\":\"a\",\"seq\":8} 1");
        assertThat(parser.seq()).isEqualTo(8);

        refused("nothing");
        assertThat(parser.seq()).isEqualTo(Batch.NO_SEQ);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"1\"", "1.0", "-1", "9007199254740993", "99999999999999999999999", "true", "[7]"})
    void seqThatIsNoNumberOfALine_isAnAttribute(String seq) {
        Line line = read("{\"message\":\"a\",\"seq\":" + seq + "}");
        assertThat(parser.seq()).isEqualTo(Batch.NO_SEQ);
        assertThat(attributes(line)).isEqualTo("{\"seq\":" + seq + "}");
    }

    @Test
    void unknownFields_areAttributes() {
        Line line = read("{\"before\":[1,{\"timestamp\":false}],\"message\":\"m\",\"n\":1e999999999,\"b\":true}");
        assertThat(line.message()).isEqualTo("m");
        assertThat(attributes(line)).isEqualTo("{\"before\":[1,{\"timestamp\":false}],\"n\":1e999999999,\"b\":true}");
    }

    @Test
    void attributesThatDoNotFit_areCounted() {
        String large = "x".repeat(Line.MAX_ATTRIBUTES_BYTES);
        assertThat(attributes(
                        read("{\"a\":1,\"message\":\"m\",\"b\":\"" + large + "\",\"c\":[\"" + large + "\"],\"d\":2}")))
                .isEqualTo("{\"a\":1,\"d\":2,\"tailrace.left_out\":2}");
        assertThat(attributes(read("{\"message\":\"m\",\"b\":[" + "1,".repeat(100_000) + "1]}")))
                .isEqualTo("{\"tailrace.left_out\":1}");
        assertThat(attributes(read("{\"message\":\"m\",\"level\":\"" + large + "\"}")))
                .isEqualTo("{\"tailrace.left_out\":1}");
        assertThat(attributes(read("{\"message\":\"m\",\"msg\":\"" + large + "\"}")))
                .isEqualTo("{\"tailrace.left_out\":1}");
        StringBuilder many = new StringBuilder("{\"message\":\"m\"");
        for (int i = 0; i < 5000; i++) {
            many.append(",\"a").append(i).append("\":").append(i);
        }
        String kept = attributes(read(many.append(",\"level\":\"warn\"}").toString()));
        assertThat(parser.line().level()).isEqualTo("warn");
        assertThat(kept)
                .hasSizeLessThanOrEqualTo(Line.MAX_ATTRIBUTES_BYTES)
                .contains("\"a9\":9")
                .contains("left_out");
    }

    @Test
    void attributeNestedTooDeeply_isReplaced() {
        String deep = "[".repeat(100) + "{\"b\":1}" + "]".repeat(100);
        assertThat(attributes(read(
                        "{\"message\":\"m\",\"a\":" + deep + ",\"c\":" + deep.substring(1, deep.length() - 1) + "}")))
                .isEqualTo("{\"a\":" + deep.replace("{\"b\":1}", "\"nested too deeply\"") + ",\"c\":"
                        + deep.substring(1, deep.length() - 1) + "}");
    }

    @Test
    void renderedTemplate_isNoLongerThanAMessage() {
        String value = "x".repeat(1000);
        String template = "{a}".repeat(500) + "z".repeat(1000);
        assertThat(read("{\"@mt\":\"" + template + "\",\"a\":\"" + value + "\"}")
                        .message())
                .hasSizeBetween(Line.MAX_MESSAGE_BYTES, Line.MAX_MESSAGE_BYTES + 1000)
                .matches("x+");
    }

    @Test
    void largeMessageInAnObject_isRead() {
        String large = "x".repeat(Line.MAX_MESSAGE_BYTES);
        Line line = read("{\"fields\":{\"message\":\"" + large + "\",\"user\":1}}");
        assertThat(line.message()).isEqualTo(large);
        assertThat(attributes(line)).isEqualTo("{\"fields\":{\"user\":1}}");
        line = read("{\"message\":[\"" + large + "\"]}");
        assertThat(line.message()).isEqualTo("[\"" + large + "\"]");
        assertThat(line.attributes()).isNull();
    }

    @Test
    void duplicateField_theLastOneThatCanBeReadCounts() {
        assertThat(read("{\"message\":\"a\",\"message\":\"b\",\"timestamp\":1,\"timestamp\":2}"))
                .isEqualTo(new Line("b", 2L, null, false, false, null));
        assertThat(read("{\"message\":\"a\",\"timestamp\":1,\"timestamp\":true}")
                        .timestamp())
                .isEqualTo(1);
    }

    @Test
    void namesOfTheSettings_comeAfterOurOwn() {
        LineParser other = new LineParser(
                new LineFields(" text , a.b.c ", "when", "how.bad,l", "who"),
                new SentTime(java.time.ZoneId.of("Europe/Berlin"), java.time.Instant::now));
        byte[] line = ("{\"A\":{\"b.C\":\"hey\",\"x\":1},\"When\":\"2026-11-29 10:00:00\",\"how\":{\"bad\":\"W\"},"
                        + "\"who\":\"me\",\"msg\":\"other\"}")
                .getBytes(StandardCharsets.UTF_8);
        assertThat(other.parse(line, 0, line.length)).isNull();
        assertThat(other.line().message()).isEqualTo("hey");
        assertThat(other.line().timestamp()).isEqualTo(1_795_942_800_000L);
        assertThat(other.line().level()).isEqualTo("warn");
        assertThat(other.line().service()).isEqualTo("me");
        assertThat(attributes(other.line())).isEqualTo("{\"A\":{\"x\":1},\"msg\":\"other\"}");
    }

    @Test
    void overlongUtf8_isReplaced_alsoInNames() {
        Line line = read("{\"message\":\"right\",\"mess\u00C1\u00A1ge\":\"wrong\"}", StandardCharsets.ISO_8859_1);
        assertThat(line.message()).isEqualTo("right");
        assertThat(attributes(line)).contains("\uFFFD").contains("wrong");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1763820000100, 1763820000100",
        "1763820000100.999, 1763820000100",
        "-1.5, -2",
        "-62167219200000, -62167219200000",
        "253402300799999, 253402300799999",
        "1e3, 1000",
        "1e-999999999, 0",
        "0e999999999, 0",
        "'\"2025-11-22T14:00:00Z\"', 1763820000000",
        "'\"2025-11-22T14:00:00.123456789Z\"', 1763820000123",
        "'\"2025-11-22T16:00:00+02:00\"', 1763820000000",
        "'\"2025-11-22t14:00:00z\"', 1763820000000",
        "'\"0000-01-01T00:00:00Z\"', -62167219200000",
        "'\"9999-12-31T23:59:59.999Z\"', 253402300799999"
    })
    void timestamp_isRead(String timestamp, long millis) {
        assertThat(read("{\"message\":\"m\",\"timestamp\":" + timestamp + "}").timestamp())
                .isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-62167219200001",
                "9223372036854775807000",
                "99999999999999999999999999999999999999999999",
                "1e999999999",
                "1.7e308",
                "true",
                "[]",
                "{}",
                "\"yesterday\"",
                "\"2025-13-22T14:00:00Z\"",
                "\"2025-11-22T25:00:00Z\"",
                "\"+12025-11-22T14:00:00Z\""
            })
    void timestampThatCannotBeRead_isAnAttribute(String timestamp) {
        Line line = read("{\"message\":\"m\",\"timestamp\":" + timestamp + "}");
        assertThat(line.timestamp()).isNull();
        assertThat(attributes(line)).isEqualTo("{\"timestamp\":" + timestamp + "}");
    }

    /** Numbers that take minutes and gigabytes to write out. The time limit is for all of them. */
    @Test
    void hugeNumbers_costNothing() {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            for (String number : new String[] {
                "1e400000000",
                "1e-400000000",
                "1e999999999",
                "-1e999999999",
                "1e-999999999",
                "1e2147483647",
                "9.9E-2147483648"
            }) {
                for (int i = 0; i < 1000; i++) {
                    for (String name :
                            new String[] {"timestamp", "seq", "level", "service", "other", "instant", "msg"}) {
                        parse("{\"message\":\"m\",\"" + name + "\":" + number + "}");
                        parse("{\"message\":\"m\",\"" + name + "\":{\"epochSecond\":" + number + "}}");
                    }
                }
            }
            parse("{\"message\":\"m\",\"timestamp\":" + "9".repeat(1_000_000) + "}");
            parse("{\"message\":\"m\",\"timestamp\":0." + "9".repeat(1_000_000) + "}");
            parse("{\"message\":\"m\",\"timestamp\":\"" + "9".repeat(1_000_000) + "\"}");
            parse("{\"MESSAGE\":[" + "9".repeat(1_000_000) + "]}");
        });
    }

    @Test
    void deepNesting_isRefusedWithoutOverflow() {
        assertThat(refused("{\"message\":\"m\",\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"))
                .isEqualTo("not valid JSON");
        assertThat(refused("{\"message\":\"m\",\"a\":" + "[".repeat(100_000))).isEqualTo("not valid JSON");
        assertThat(refused("{\"a\":".repeat(100_000))).isEqualTo("not valid JSON");
        assertThat(read("{\"message\":\"m\",\"a\":" + "[".repeat(900) + "]".repeat(900) + "}")
                        .attributes())
                .isNotNull();
    }

    @Test
    void escapes_areUndone() {
        assertThat(read("{\"message\":\"\\u0000\\n\\r\\t\\b\\f\\\\\\/\\\"\\u00e9\\ud83d\\ude00\"}")
                        .message())
                .isEqualTo("\0\n\r\t\b\f\\/\"é\uD83D\uDE00");
        assertThat(read("{\"mess\\u0061ge\":\"m\"}")).isEqualTo(Line.of("m"));
        assertThat(read("{\"message\":\"\\ud83d\"}").message()).isEqualTo("\uD83D");
    }

    @Test
    void invalidUtf8_isReplaced() {
        assertThat(read("{\"message\":\"a\u00FFb\u00C3\"}", StandardCharsets.ISO_8859_1)
                        .message())
                .isEqualTo("a\uFFFDb\uFFFD");
        assertThat(attributes(read("{\"\u00FF\":1,\"message\":\"m\"}", StandardCharsets.ISO_8859_1)))
                .isEqualTo("{\"\uFFFD\":1}");
        // A surrogate in UTF-8, and an overlong zero.
        assertThat(read("{\"message\":\"\u00ED\u00A0\u0080\u00C0\u0080\"}", StandardCharsets.ISO_8859_1)
                        .message())
                .matches("\uFFFD+");
    }

    @Test
    void rawControlCharacter_isNotJson() {
        assertThat(refused("{\"message\":\"a\tb\"}")).isEqualTo("not valid JSON");
        assertThat(refused("{\"message\":\"a\0b\"}")).isEqualTo("not valid JSON");
    }

    @Test
    void anyBytes_areReadOrRefused() {
        Random random = new Random(5);
        byte[] valid =
                ("{\"message\":\"a\\u00e9\",\"timestamp\":\"2025-11-22T14:00:00Z\",\"service\":\"m\",\"stream\":\"stderr\","
                                + "\"system\":true,\"level\":\"warn\",\"seq\":7,\"x\":[1.5e3,{}]}")
                        .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = valid.clone();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                bytes[1 + random.nextInt(bytes.length - 1)] =
                        random.nextBoolean() ? (byte) random.nextInt(256) : valid[random.nextInt(valid.length)];
            }
            int end = random.nextInt(4) == 0 ? 1 + random.nextInt(bytes.length) : bytes.length;
            if (parser.parse(bytes, 0, end) == null) {
                Objects.requireNonNull(parser.line().message());
            }
        }
    }

    private static String attributes(Line line) {
        assertThat(line.attributes()).isNotNull();
        return new String(line.attributes(), StandardCharsets.UTF_8);
    }

    private String parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return parser.parse(bytes, 0, bytes.length);
    }

    private Line read(String text) {
        return read(text, StandardCharsets.UTF_8);
    }

    private Line read(String text, java.nio.charset.Charset charset) {
        byte[] bytes = ("???" + text + "???").getBytes(charset);
        assertThat(parser.parse(bytes, 3, bytes.length - 3)).as(text).isNull();
        return parser.line();
    }

    private String refused(String text) {
        String reason = parse(text);
        assertThat(reason).as(text).isNotNull();
        return reason;
    }
}
