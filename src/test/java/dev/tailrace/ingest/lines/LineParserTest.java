package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

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

    private final LineParser parser = new LineParser();

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
            {"msg":"a"} | message is missing
            {"message":1} | message must be a string
            {"message":true} | message must be a string
            {"message":["a"]} | message must be a string
            {"message":{"a":1}} | message must be a string
            {"message":"a","service":1} | service must be a string
            {"message":"a","service":{}} | service must be a string
            {"message":"a","level":3} | level must be a string
            {"message":"a","stream":"stdin"} | stream must be stdout or stderr
            {"message":"a","stream":2} | stream must be stdout or stderr
            {"message":"a","stream":["stderr"]} | stream must be stdout or stderr
            {"message":"a","system":"true"} | system must be true or false
            {"message":"a","system":1} | system must be true or false
            {"message":"a","seq":"1"} | seq must be an integer from 0 to 2^53
            {"message":"a","seq":1.0} | seq must be an integer from 0 to 2^53
            {"message":"a","seq":-1} | seq must be an integer from 0 to 2^53
            {"message":"a","seq":9007199254740993} | seq must be an integer from 0 to 2^53
            {"message":"a","seq":99999999999999999999999} | seq must be an integer from 0 to 2^53
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
            {"message":NaN} | not valid JSON
            ["a"] | not a JSON object
            "a" | not a JSON object
            a | not a JSON object
            } | not a JSON object
            """)
    void invalidLine_isRejectedWithItsReason(String text, String reason) {
        assertThat(refused(text)).isEqualTo(reason);
    }

    @Test
    void line_withOverlongNames_isRefused() {
        assertThat(read("{\"message\":\"a\",\"service\":\"" + "s".repeat(256) + "\",\"level\":\"" + "l".repeat(32)
                        + "\"}"))
                .isEqualTo(new Line("a", null, "s".repeat(256), false, false, "l".repeat(32)));
        assertThat(refused("{\"message\":\"a\",\"service\":\"" + "s".repeat(257) + "\"}"))
                .isEqualTo("service must be at most 256 characters");
        assertThat(refused("{\"message\":\"a\",\"level\":\"" + "l".repeat(33) + "\"}"))
                .isEqualTo("level must be at most 32 characters");
    }

    @Test
    void refusedLine_keepsItsNumber() {
        refused("{\"seq\":7,\"message\":1}");
        assertThat(parser.seq()).isEqualTo(7);

        refused("{\"message\":1,\"seq\":8}");
        assertThat(parser.seq()).isEqualTo(8);

        refused("nothing");
        assertThat(parser.seq()).isEqualTo(Batch.NO_SEQ);
    }

    @Test
    void unknownFields_areIgnored() {
        String nested = "[".repeat(10) + "{\"message\":\"no\",\"a\":[1,2,{\"timestamp\":false}]}" + "]".repeat(10);

        assertThat(read("{\"before\":" + nested + ",\"message\":\"m\",\"after\":" + nested
                        + ",\"n\":1e999999999,\"b\":true}"))
                .isEqualTo(Line.of("m"));
    }

    @Test
    void duplicateField_theLastOneCounts() {
        assertThat(read("{\"message\":\"a\",\"message\":\"b\",\"timestamp\":1,\"timestamp\":2}"))
                .isEqualTo(new Line("b", 2L, null, false, false, null));
        assertThat(refused("{\"message\":\"a\",\"timestamp\":1,\"timestamp\":true}"))
                .startsWith("timestamp must be");
        assertThat(refused("{\"message\":\"a\",\"message\":1}")).isEqualTo("message must be a string");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1763820000100, 1763820000100",
        "1763820000100.999, 1763820000100",
        "1763820000.1001e3, 1763820000100",
        "-1.5, -2",
        "-62167219200000, -62167219200000",
        "253402300799999, 253402300799999",
        "253402300799999.9, 253402300799999",
        "1e3, 1000",
        "1e-999999999, 0",
        "0e999999999, 0",
        "'\"2025-11-22T14:00:00Z\"', 1763820000000",
        "'\"2025-11-22T14:00:00.100Z\"', 1763820000100",
        "'\"2025-11-22T14:00:00.123456789Z\"', 1763820000123",
        "'\"2025-11-22T16:00:00+02:00\"', 1763820000000",
        "'\"2025-11-22T05:30:00-08:30\"', 1763820000000",
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
                "-1e999999999",
                "1e99",
                "1.7e308",
                "true",
                "[]",
                "{}",
                "\"\"",
                "\"yesterday\"",
                "\"1763820000100\"",
                "\"2025-11-22\"",
                "\"2025-11-22T14:00:00\"",
                "\"2025-11-22 14:00:00Z\"",
                "\"2025-13-22T14:00:00Z\"",
                "\"2025-11-22T25:00:00Z\"",
                "\"2025-11-22T14:00:00+99:00\"",
                "\"+12025-11-22T14:00:00Z\"",
                "\"-0001-11-22T14:00:00Z\"",
                "\"+999999999-12-31T23:59:59-18:00\""
            })
    void invalidTimestamp_isRejected(String timestamp) {
        assertThat(refused("{\"message\":\"m\",\"timestamp\":" + timestamp + "}"))
                .isEqualTo("timestamp must be epoch milliseconds or RFC 3339, in the years 0 to 9999");
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
                    parse("{\"message\":\"m\",\"timestamp\":" + number + "}");
                    parse("{\"message\":\"m\",\"seq\":" + number + "}");
                    parse("{\"message\":\"m\",\"other\":" + number + "}");
                }
            }
            parse("{\"message\":\"m\",\"timestamp\":" + "9".repeat(1_000_000) + "}");
            parse("{\"message\":\"m\",\"timestamp\":0." + "9".repeat(1_000_000) + "}");
            parse("{\"message\":\"m\",\"timestamp\":\"" + "9".repeat(1_000_000) + "\"}");
        });
    }

    @Test
    void deepNesting_isRefusedWithoutOverflow() {
        assertThat(refused("{\"message\":\"m\",\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"))
                .isEqualTo("not valid JSON");
        assertThat(refused("{\"message\":\"m\",\"a\":" + "[".repeat(100_000))).isEqualTo("not valid JSON");
        assertThat(refused("{\"a\":".repeat(100_000))).isEqualTo("not valid JSON");
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
        assertThat(read("{\"\u00FF\":1,\"message\":\"m\"}", StandardCharsets.ISO_8859_1))
                .isEqualTo(Line.of("m"));
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
