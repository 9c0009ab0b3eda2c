package dev.tailrace.ingest.lines;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.ingest.PendingBudget;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes are those of the examples in the specification of MessagePack, and of fluent-bit. */
@Tag("unit")
final class MsgpackSplitterTest {

    private static final int LIMIT = 1000;

    private final List<String> found = new ArrayList<>();
    private final MsgpackSplitter splitter =
            new MsgpackSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), new Recording());

    private final class Recording implements JsonSplitter.Values {
        @Override
        public void line(byte[] bytes, int from, int to) {
            found.add(new String(bytes, from, to - from, UTF_8));
        }

        @Override
        public boolean take(byte[] bytes, int from, int to) {
            return false;
        }

        @Override
        public void unreadable(String reason) {
            found.add("unreadable");
        }

        @Override
        public void tooLong() {
            found.add("too long");
        }

        @Override
        public void broken(String reason) {
            found.add("broken");
        }
    }

    /** Each value is that of the name {@code a} in a map. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            07                         | 7
            7f                         | 127
            ff                         | -1
            e0                         | -32
            c0                         | null
            c2                         | false
            c3                         | true
            cc ff                      | 255
            cd ff ff                   | 65535
            ce ff ff ff ff             | 4294967295
            cf ff ff ff ff ff ff ff ff | 18446744073709551615
            d0 80                      | -128
            d1 80 00                   | -32768
            d2 80 00 00 00             | -2147483648
            d3 80 00 00 00 00 00 00 00 | -9223372036854775808
            ca 3f c0 00 00             | 1.5
            cb 3f f8 00 00 00 00 00 00 | 1.5
            cb 7f f8 00 00 00 00 00 00 | "NaN"
            a3 68 65 79                | "hey"
            d9 03 68 65 79             | "hey"
            da 00 03 68 65 79          | "hey"
            db 00 00 00 03 68 65 79    | "hey"
            a2 22 0a                   | "\\"\\n"
            c4 03 68 65 79             | "hey"
            c5 00 02 ff fe             | "//4="
            a1 ff                      | "/w=="
            93 01 c0 90                | [1,null,[]]
            dc 00 01 01                | [1]
            dd 00 00 00 01 01          | [1]
            81 a1 62 80                | {"b":{}}
            de 00 01 a1 62 01          | {"b":1}
            df 00 00 00 01 07 01       | {"7":1}
            81 91 01 01                | {"[1]":1}
            d7 00 5b 0d 50 a3 00 21 08 98 | 1527599267.002164888
            d6 ff 5b 0d 50 a3          | 1527599267.000000000
            d7 ff 77 35 93 fc 5b 0d 50 a3 | 1527599267.499999999
            c7 0c ff 00 00 00 05 00 00 00 00 5b 0d 50 a3 | 1527599267.000000005
            c7 08 00 5b 0d 50 a3 00 00 00 01 | 1527599267.000000001
            d4 05 09                   | "CQ=="
            d8 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 | "AAAAAAAAAAAAAAAAAAAAAA=="
            """)
    void value_becomesJson(String hex, String json) {
        feed("81 a1 61 " + hex);

        assertThat(found).containsExactly("{\"a\":" + json + "}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            81a16101 81a16102             | {"a":1} {"a":2}
            92 81a16101 81a16102          | {"a":1} {"a":2}
            9205 81a16101                 | [5,{"a":1}]
            92 9205 80 81a16101           | [[5,{}],{"a":1}]
            92 9205 81a16101 9206 81a16102 | [5,{"a":1}] [6,{"a":2}]
            91 9205 81a16101              | [5,{"a":1}]
            91 81a16101                   | {"a":1}
            90                            | ``
            80                            | {}
            81a16101 7b                   | {"a":1} broken
            81a16101 c1                   | {"a":1} broken
            81a161                        | broken
            81a161 a5 68 65               | broken
            81a161 da 00                  | broken
            81a161 c1                     | broken
            """)
    void events_areFound_howeverTheyAreCut(String hex, String expected) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        String whole = String.join(" ", feed(hex));
        List<String> pieces = new ArrayList<>();
        found.clear();
        var inPieces = new MsgpackSplitter(LIMIT, new PendingBudget(Long.MAX_VALUE), new Recording());
        for (int i = 0; i < bytes.length; i++) {
            inPieces.feed(bytes, i, i + 1);
        }
        inPieces.end();
        pieces.addAll(found);

        assertThat(String.join(" ", pieces)).isEqualTo(whole);
        assertThat(whole).isEqualTo(expected);
    }

    @Test
    void valueOverTheLimit_isSkippedAlone() {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HexFormat.of().parseHex("81a161da07d0"));
        bytes.writeBytes(new byte[2000]);
        bytes.writeBytes(HexFormat.of().parseHex("81a16101"));
        byte[] all = bytes.toByteArray();
        for (int i = 0; i < all.length; i += 7) {
            splitter.feed(all, i, Math.min(i + 7, all.length));
        }
        splitter.end();

        assertThat(found).containsExactly("too long", "{\"a\":1}");
    }

    @Test
    void valueThatIsTooDeep_isUnreadable_andTheNextIsRead() {
        feed("92 81a161" + "91".repeat(900) + "01 81a16101");

        assertThat(found).containsExactly("unreadable", "{\"a\":1}");
    }

    private List<String> feed(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        splitter.feed(bytes, 0, bytes.length);
        splitter.end();
        return found;
    }
}
