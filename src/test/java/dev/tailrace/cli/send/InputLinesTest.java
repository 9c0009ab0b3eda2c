package dev.tailrace.cli.send;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.cli.send.InputLines.InputLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class InputLinesTest {

    @Test
    void lines_areCutAtNewlines_withOrWithoutReturn() throws IOException {
        assertThat(read("a\nb\r\n\nc", 100)).extracting(InputLine::text).containsExactly("a", "b", "", "c");
    }

    @Test
    void emptyInput_hasNoLine() throws IOException {
        assertThat(read("", 100)).isEmpty();
    }

    @Test
    void newlineAtTheEnd_endsTheLastLine() throws IOException {
        assertThat(read("a\n", 100)).hasSize(1);
    }

    @Test
    void longLine_isCut_andTheNextIsWhole() throws IOException {
        List<InputLine> lines = read("x".repeat(300_000) + "\nnext\n", 1000);
        assertThat(lines.get(0).text()).isEqualTo("x".repeat(1000));
        assertThat(lines).extracting(InputLine::cut).containsExactly(true, false);
        assertThat(lines.get(1).text()).isEqualTo("next");
    }

    @Test
    void lines_knowTheirNumberAndWhereTheyEnd() throws IOException {
        List<InputLine> lines = read("ab\ncde\nf", 100);
        assertThat(lines).extracting(InputLine::number).containsExactly(1L, 2L, 3L);
        assertThat(lines).extracting(InputLine::end).containsExactly(3L, 7L, 8L);
    }

    private static List<InputLine> read(String text, int limit) throws IOException {
        var in = new InputLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), limit);
        List<InputLine> lines = new ArrayList<>();
        for (InputLine line = in.next(); line != null; line = in.next()) {
            lines.add(line);
        }
        return lines;
    }
}
