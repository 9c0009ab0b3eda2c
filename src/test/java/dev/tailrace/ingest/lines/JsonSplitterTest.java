package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.RecordedLines;
import dev.tailrace.ingest.Room;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class JsonSplitterTest {

    private static final int LIMIT = 40;
    private static final String ENDS_EARLY = RecordedLines.BROKEN + "the body ends before the JSON array does";

    /** A vertical bar in a case is a newline, and so is one in the result, between the values. */
    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            # ---- layouts of good values
            {"a":1}|{"b":2}                       @ {"a":1}|{"b":2}
            {"a":1}||{"b":2}|                     @ {"a":1}|{"b":2}
              {"a":1}  |  {"b":2}                 @ {"a":1}|{"b":2}
            {"a":1}{"b":2}                        @ {"a":1}|{"b":2}
            {"a":1}{"b":2}|{"c":3}{"d":4}         @ {"a":1}|{"b":2}|{"c":3}|{"d":4}
            {"a":1} {"b":2},{"c":3};{"d":4}       @ {"a":1}|{"b":2}|{"c":3}|{"d":4}
            {"a":1},|{"b":2},|                    @ {"a":1}|{"b":2}
            [{"a":1},{"b":2}]                     @ {"a":1}|{"b":2}
            [|{"a":1},|{"b":2}|]|                 @ {"a":1}|{"b":2}
            [|  {"a":1},|  {"b":2}|]              @ {"a":1}|{"b":2}
            [{"a":1}|,{"b":2}]                    @ {"a":1}|{"b":2}
            [{"a":1}][{"b":2}]                    @ {"a":1}|{"b":2}
            [{"a":1}]|[{"b":2}]                   @ {"a":1}|{"b":2}
            [{"a":1}]|{"b":2}|[]|[ ]|[{"c":3}]    @ {"a":1}|{"b":2}|{"c":3}
            [,{"a":1},,{"b":2},]                  @ {"a":1}|{"b":2}
            {|  "a": 1|}|{|  "b": 2|}             @ {~  "a": 1~}|{~  "b": 2~}
            {|"a": {|"b": 1|},|"c": [|2,|3|]|}    @ {~"a": {~"b": 1~},~"c": [~2,~3~]~}
            [|{|"a": 1|},|{|"b": 2|}|]            @ {~"a": 1~}|{~"b": 2~}
            {|"a": [|{|"b": 1|},|{|"c": 2|}|]|}   @ {~"a": [~{~"b": 1~},~{~"c": 2~}~]~}
            [|{|"a": [|{|"b": 1|}|]|},|{|"c": 2|}|] @ {~"a": [~{~"b": 1~}~]~}|{~"c": 2~}
            {"a":"x]},{["}|{"b":2}                @ {"a":"x]},{["}|{"b":2}
            {"a":"\\"},{"}{"b":2}                 @ {"a":"\\"},{"}|{"b":2}
            ["a","b"]                             @ "a"|"b"
            ["a, [b] {c}","\\"","\\\\"]           @ "a, [b] {c}"|"\\""|"\\\\"
            "a"|"b"                               @ "a"|"b"
            [1,true,null,-1.5e3]                  @ 1|true|null|-1.5e3
            [[1,2],[],[{"a":1}]]                  @ [1,2]|[]|[{"a":1}]
            # ---- broken lines among good ones
            {"a":1}|x|y|{"b":2}                   @ {"a":1}|x|y|{"b":2}
            {"a":1}|{"x":"|{"y":"|{"b":2}         @ {"a":1}|{"x":"|{"y":"|{"b":2}
            {"a":1}|{"x":1|{"y":2|{"b":2}         @ {"a":1}|{"x":1|{"y":2|{"b":2}
            {"a":1}|{"x":|{"y":|{"b":2}           @ {"a":1}|{"x":|{"y":|{"b":2}
            {"a":1}|{"x":[|{"y":[1,|{"b":2}       @ {"a":1}|{"x":[|{"y":[1,|{"b":2}
            {"a":1}|{"x"|{"y"|{"b":2}             @ {"a":1}|{"x"|{"y"|{"b":2}
            {"a":1}|{|{|{"b":2}                   @ {"a":1}|{|{|{"b":2}
            {"a":1}|{"x":1|  {"b":2}              @ {"a":1}|{"x":1|{"b":2}
            {"a":1}|{"x":1|y|{"b":2}              @ {"a":1}|{"x":1|y|{"b":2}
            {"a":1}|{"x":x"}|{"b":2}              @ {"a":1}|{"x":x"}|{"b":2}
            {"a":1}|{"x" 1}|{"b":2}               @ {"a":1}|{"x" 1}|{"b":2}
            {"a":1}|{x:1|{"b":2}                  @ {"a":1}|{x:1|{"b":2}
            {"a":1}|}|]|{"b":2}                   @ {"a":1}|}|]|{"b":2}
            {"a":1}}|{"b":2}                      @ {"a":1}|}|{"b":2}
            {"a":1}]|{"b":2}                      @ {"a":1}|]|{"b":2}
            {"a":1} x|{"b":2}                     @ {"a":1}|x|{"b":2}
            {"a":1}|{"x":1]|{"b":2}               @ {"a":1}|{"x":1]|{"b":2}
            {"a":1}|{"x":[1}|{"b":2}              @ {"a":1}|{"x":[1}|{"b":2}
            {|"x": 1|"y": 2|}|{"b":2}             @ {|<"x": 1>|"y": 2|}|{"b":2}
            {|"x": [|{|"b": 2|}|{"c":3}           @ {|<>|{|<>|<>|{"c":3}
            {|  "x": [|{"b":2}|{"c":3}            @ {|<"x": [>|{"b":2}|{"c":3}
            {|"x": [|{"b":2}|{"c":3}              @ {|<"x": [>|{"b":2}|{"c":3}
            {|"x": "1|}|{"b":2}                   @ {|<"x": "1>|}|{"b":2}
            [INFO] x|{"b":2}                      @ INFO] x|{"b":2}
            [2026-11-29] x|{"b":2}                @ 2026-11-29] x|{"b":2}
            [{x|{"b":2}                           @ {x|{"b":2}
            [x, {"a":1}]|{"b":2}                  @ x, {"a":1}]|{"b":2}
            [{"a":1},x,{"b":2}]                   @ {"a":1}|x|{"b":2}
            [{"a":1},{"x" 1},{"b":2}]             @ {"a":1}|{"x" 1}|{"b":2}
            [|{"a":1},|{"x":1,|{"b":2}|]          @ {"a":1}|{"x":1,|{"b":2}
            [|  {"a":1},|  {"x":1,|  {"b":2}|]    @ {"a":1}|{"x":1,|{"b":2}
            [|{"a":1},|{"x":",|{"b":2}|]          @ {"a":1}|{"x":",|{"b":2}
            [1,}2,3]                              @ 1|}2|3
            """)
    void values_areFoundInAnyLayout(String input, String expected) {
        // What is not handed over, but reported as unreadable, is in angle brackets.
        List<String> values = List.of(expected.split("\\|"));
        byte[] bytes = input.replace('|', '\n').getBytes(StandardCharsets.UTF_8);
        List<String> wanted = values.stream()
                .map(value -> value.startsWith("<") ? Heard.UNREADABLE : value.replace('~', '\n'))
                .toList();
        assertThat(split(bytes)).isEqualTo(wanted);
        for (int first = 0; first <= bytes.length; first++) {
            for (int second = first; second <= bytes.length; second++) {
                assertThat(split(bytes, first, second))
                        .as("%d %d", first, second)
                        .isEqualTo(wanted);
            }
        }
    }

    /** With the parser of lines: a bar is a newline. The result is the message and the time of each line. */
    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            ["1764410400.123",{"log":"hey"}]              @ hey 1764410400123
            [1764410400.5,{"log":"hey"}]|                 @ hey 1764410400500
            [1764410400.5,{"log":"a"}]|[1764410401,{"log":"b"}] @ a 1764410400500|b 1764410401000
            |  [ 1764410400.5 , {"log":"hey"} ]  |        @ hey 1764410400500
            [[1764410400.1,{}],{"log":"hey"}]             @ hey 1764410400100
            [[1764410400.1,{"k":[1]}],{"log":"hey"}]|     @ hey 1764410400100
            ["2026-06-03T14:19:27.782Z",{"log":"hey"}]    @ hey 1780496367782
            {"message":"a"}|[1764410400.5,{"log":"b"}]|{"message":"c"} @ a null|b 1764410400500|c null
            [[1764410400.5,{"log":"a"}],[1764410401.5,{"log":"b"}]] @ a 1764410400500|b 1764410401500
            [[1764410400.5,{"log":"a"}],|[1764410401.5,{"log":"b"}]] @ a 1764410400500|b 1764410401500
            [|[1764410400.5,{"log":"a"}],|[[1764410401.5,{}],{"log":"b"}]|] @ a 1764410400500|b 1764410401500
            ["a",{"message":"b"}]                         @ a null|b null
            ["a","b"]|{"message":"c"}                     @ a null|b null|c null
            [["soon",{"log":"hey"}]]                      @ hey null
            [1.5,{"log":"hey"}]                           @ hey null
            [{"message":"a"},{"message":"b"}]             @ a null|b null
            ["12",{"message":"b"}]                        @ 12 null|b null
            """)
    void pairsOfATimeAndAnObject_areLines(String input, String expected) {
        byte[] bytes = input.replace('|', '\n').getBytes(StandardCharsets.UTF_8);
        List<String> wanted = List.of(expected.split("\\|"));
        for (int first = 0; first <= bytes.length; first++) {
            for (int second = first; second <= bytes.length; second++) {
                Parsed parsed = new Parsed();
                JsonSplitter splitter = new JsonSplitter(200, new PendingBudget(Long.MAX_VALUE), false, parsed);
                LineSplitterTest.feed(splitter, bytes, first, second);
                assertThat(parsed.lines).as("%d %d", first, second).isEqualTo(wanted);
            }
        }
    }

    @Test
    void lineThatMayBeAPair_isHeldUpToTheLimit() {
        String line = "[\"a\"" + ",\"b\"".repeat(LIMIT) + "]";
        assertThat(split(line + "\n{}")).hasSize(LIMIT + 2).endsWith("\"b\"", "{}");
        assertThat(split((line + "\n{}").getBytes(StandardCharsets.UTF_8), 7, LIMIT, 2 * LIMIT))
                .hasSize(LIMIT + 2)
                .endsWith("\"b\"", "{}");
        Heard heard = new Heard();
        JsonSplitter splitter = new JsonSplitter(1 << 20, new NoRoom(), false, heard);
        feed(splitter, "[\"" + "x".repeat(5000));
        feed(splitter, "\"]\n{\"b\":2}");
        assertThat(heard.lines).containsExactly(Heard.NO_ROOM, "{\"b\":2}");
    }

    @Test
    void recordSeparatorsAndByteOrderMarks_areBetweenValues() {
        assertThat(split("\u001E{\"a\":1}\n\u001E{\"b\":2}\n")).containsExactly("{\"a\":1}", "{\"b\":2}");
        assertThat(split("\uFEFF{\"a\":1}\n\uFEFF{\"b\":2}")).containsExactly("{\"a\":1}", "{\"b\":2}");
        assertThat(split("\uFEFF[{\"a\":1}]")).containsExactly("{\"a\":1}");
        assertThat(split("{\"a\":1}\r\n\r\n{\"b\":2}\r\n")).containsExactly("{\"a\":1}", "{\"b\":2}");
    }

    @Test
    void valueThatIsComplete_isHandedOverWithoutWaiting() {
        Heard heard = new Heard();
        JsonSplitter splitter = splitter(heard, new PendingBudget(Long.MAX_VALUE));
        feed(splitter, "{\"a\":1}{\"b\"");
        assertThat(heard.lines).containsExactly("{\"a\":1}");
        feed(splitter, ":2}");
        assertThat(heard.lines).containsExactly("{\"a\":1}", "{\"b\":2}");
        feed(splitter, "[{\"c\":3}");
        assertThat(heard.lines).endsWith("{\"c\":3}");
    }

    @Test
    void valueOverTheLimit_isSkipped_andTheNextIsNot() {
        String fits = "{\"a\":\"" + "x".repeat(LIMIT - 8) + "\"}";
        String tooLong = "{\"a\":\"" + "x".repeat(LIMIT - 7) + "\"}";
        assertThat(split(fits + "\n" + tooLong + "\n{}")).containsExactly(fits, RecordedLines.TOO_LONG, "{}");
        assertThat(split(fits + tooLong + "{}")).containsExactly(fits, RecordedLines.TOO_LONG, "{}");
        assertThat(split("[" + fits + "," + tooLong + ",{}]")).containsExactly(fits, RecordedLines.TOO_LONG, "{}");
        assertThat(split("x".repeat(1000) + "\n{}")).containsExactly(RecordedLines.TOO_LONG, "{}");
        assertThat(split("{\"a\":\"" + "x".repeat(1000) + "\n{}")).containsExactly(RecordedLines.TOO_LONG, "{}");
        assertThat(split("{\"a\":[\n" + "1,\n".repeat(1000) + "{}")).containsExactly(RecordedLines.TOO_LONG, "{}");
        assertThat(split("{\n" + "\"a\":1,\n".repeat(1000) + "\"b\":2\n}\n{}"))
                .containsExactly(RecordedLines.TOO_LONG, "{}");
        assertThat(split("[\"" + "x".repeat(1000) + "\",{}]")).containsExactly(RecordedLines.TOO_LONG, "{}");
        byte[] bytes = (tooLong + "\n{}").getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertThat(split(bytes, cut)).containsExactly(RecordedLines.TOO_LONG, "{}");
        }
    }

    @Test
    void manyBrokenLines_areReadInOnePass() {
        String begun = "{\"a\":\n".repeat(200_000);
        Heard heard = new Heard();
        JsonSplitter splitter = new JsonSplitter(1 << 20, new PendingBudget(Long.MAX_VALUE), false, heard);
        feed(splitter, begun + "{\"b\":2}");
        splitter.end();
        assertThat(heard.lines).hasSize(200_001).endsWith("{\"b\":2}");

        heard.lines.clear();
        feed(splitter, " {\"a\":\n".repeat(200_000) + "{\"b\":2}"); // each is within the one before, to a depth
        splitter.end();
        assertThat(heard.lines.size()).isGreaterThan(1);
        assertThat(heard.lines).endsWith("{\"b\":2}");
    }

    @Test
    void valueWithoutRoom_isSkipped_andTheNextIsNot() {
        Heard heard = new Heard();
        JsonSplitter splitter = new JsonSplitter(1 << 20, new NoRoom(), false, heard);
        feed(splitter, "{\"a\":\"" + "x".repeat(5000));
        feed(splitter, "x\"}\n{\"b\":2}");
        assertThat(heard.lines).containsExactly(Heard.NO_ROOM, "{\"b\":2}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "[ ", "[{\"a\":1}", "[{\"a\":1},", "\n[\"a\""})
    void arrayThatDoesNotEnd_isBroken(String text) {
        assertThat(split(text)).endsWith(ENDS_EARLY);
    }

    @Test
    void arrayThatDoesNotEnd_afterOtherValues_isOneBrokenLine() {
        assertThat(split("{\"a\":1}\n[{\"b\":2}")).containsExactly("{\"a\":1}", "{\"b\":2}", Heard.UNREADABLE);
    }

    @Test
    void documentWithoutAValue_isBroken() {
        for (String text : List.of("", " \n", "nonsense", "7", "}", "nonsense\n{}")) {
            Heard heard = new Heard();
            JsonSplitter splitter = new JsonSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), true, heard);
            feed(splitter, text);
            splitter.end();
            assertThat(heard.lines).singleElement().asString().startsWith(RecordedLines.BROKEN);
        }
        assertThat(split("[]")).isEmpty();
    }

    @Test
    void anything_cutAtRandom_givesTheSameValues_andGoodLinesAfterItAreFound() {
        Random random = new Random(17);
        String[] parts = {"{", "}", "[", "]", ",", ":", "\"", "\\", "\n", " ", "1", "\"a\"", "{\"a\":1}", "x", "\u001E"
        };
        for (int round = 0; round < 30_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            text.append("\n{\"first\":1}\n{\"second\":2}");
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            int[] cuts =
                    random.ints(random.nextInt(6), 0, bytes.length + 1).sorted().toArray();
            List<String> whole = split(bytes);
            assertThat(split(bytes, cuts)).as(text.toString()).isEqualTo(whole);
            assertThat(whole).as(text.toString()).contains("{\"second\":2}");
        }
    }

    private static List<String> split(String text) {
        return split(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> split(byte[] bytes, int... cuts) {
        Heard heard = new Heard();
        JsonSplitter splitter = splitter(heard, new PendingBudget(Long.MAX_VALUE));
        LineSplitterTest.feed(splitter, bytes, cuts);
        splitter.close();
        return heard.lines;
    }

    private static JsonSplitter splitter(Heard heard, Room room) {
        return new JsonSplitter(LIMIT, room, false, heard);
    }

    private static void feed(JsonSplitter splitter, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        splitter.feed(bytes, 0, bytes.length);
    }

    /** Takes no line by itself, so that all values are looked for. */
    private static final class Heard extends RecordedLines implements JsonSplitter.Values {
        static final String UNREADABLE = "<unreadable>";
        static final String NO_ROOM = "<no room>";

        @Override
        public boolean take(byte[] bytes, int from, int to) {
            return false;
        }

        @Override
        public void unreadable(String reason) {
            lines.add(UNREADABLE);
        }

        @Override
        public void noRoom() {
            lines.add(NO_ROOM);
        }
    }

    /** Reads what is found as lines. */
    private static final class Parsed extends RecordedLines implements JsonSplitter.Values {
        private final LineParser parser = UsualLines.parser();

        @Override
        public void line(byte[] bytes, int from, int to) {
            String reason = parser.parse(bytes, from, to);
            lines.add(
                    reason == null
                            ? parser.line().message() + " " + parser.line().timestamp()
                            : reason);
        }

        @Override
        public boolean take(byte[] bytes, int from, int to) {
            boolean taken = parser.parse(bytes, from, to) == null && !parser.isDoubtful();
            if (taken) {
                line(bytes, from, to);
            }
            return taken;
        }

        @Override
        public void unreadable(String reason) {
            lines.add(reason);
        }
    }

    private static final class NoRoom implements Room {
        @Override
        public boolean hold(long more) {
            return false;
        }

        @Override
        public void release(long less) {}

        @Override
        public long most() {
            return 0;
        }
    }
}
