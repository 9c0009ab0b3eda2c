package dev.tailrace.ingest.lines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.Entries;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines as loggers write them are stored with their message, time, level and service; see {@code lines/loggers.txt}. */
@Tag("unit")
class LoggersTest {

    private static final long RECEIVED = 1_795_950_000_000L;
    private static final String RESULT = "=> ";

    private final LineParser parser = UsualLines.parser();

    static List<Arguments> lines() throws IOException {
        List<Arguments> cases = new ArrayList<>();
        try (InputStream in = LoggersTest.class.getResourceAsStream("/lines/loggers.txt")) {
            String line = "";
            for (String text : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (text.startsWith(RESULT)) {
                    cases.add(Arguments.of(line, text.substring(RESULT.length())));
                } else if (!text.isEmpty() && !text.startsWith("#")) {
                    line = text;
                }
            }
        }
        assertThat(cases).hasSizeGreaterThan(100);
        return cases;
    }

    @ParameterizedTest
    @MethodSource("lines")
    void line_isStoredWithItsFields(String line, String entry) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        assertThat(parser.parse(bytes, 0, bytes.length)).isNull();
        Entries.Builder out = new Entries.Builder(16);
        parser.line().writeTo(out, RECEIVED, null);
        Entries entries = out.build();
        String stored = new String(
                entries.bytes(), entries.start(0), entries.end(0) - entries.start(0), StandardCharsets.UTF_8);
        String expected = entry.contains("\"timestamp\":") && entry.startsWith("{\"timestamp\":")
                ? entry
                : "{\"timestamp\":" + RECEIVED + "," + entry.substring(1);
        assertThat("{" + stored.substring(stored.indexOf(",") + 1).strip()).isEqualTo(expected);
    }
}
