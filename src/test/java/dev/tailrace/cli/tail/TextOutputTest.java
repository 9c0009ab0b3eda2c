package dev.tailrace.cli.tail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.cli.TestConsole;
import dev.tailrace.client.Console;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class TextOutputTest {

    private static final String TIME = "2025-11-22T14:00:00.123Z ";

    private final TestConsole console = TestConsole.withInput("");

    @Test
    void plainEntry_isTimeAndMessage() {
        assertThat(pipe(entry("hello", null, false, false, null))).isEqualTo(TIME + "hello\n");
    }

    @Test
    void serviceAndLevel_standBeforeTheMessage() {
        assertThat(pipe(entry("hello", "web", true, true, "warn"))).isEqualTo(TIME + "web warn hello\n");
    }

    @Test
    void furtherLines_areIndented() {
        assertThat(pipe(entry("a\r\nb\nc\n", null, false, false, null))).isEqualTo(TIME + "a\n    b\n    c\n");
    }

    @Test
    void controlCharacters_areUnchangedInAPipe() {
        assertThat(pipe(entry("a\u001b[2Jb\rc", null, false, false, null))).isEqualTo(TIME + "a\u001b[2Jb\rc\n");
    }

    @Test
    void controlCharacters_doNotReachATerminal() {
        assertThat(terminal(true, entry("a\u001b[2Jb", "w\u0007", false, false, null)))
                .endsWith("a\\x1b[2Jb\n")
                .contains("w\\x07");
    }

    @Test
    void serviceOrLevelOfTwoLines_cannotImitateAnEntry() {
        ReceivedEntry forged = entry("m", "web\n" + TIME + "forged", false, false, "warn\r\n" + TIME);
        String piped = pipe(forged);
        assertThat(piped).containsOnlyOnce("\n").endsWith("m\n");
        assertThat(piped).contains("web\\x0a").contains("warn\\x0d\\x0a");
        assertThat(terminal(false, forged)).isEqualTo(piped + piped);
    }

    @Test
    void stderr_isRed_onATerminal() {
        assertThat(terminal(true, entry("oh", null, true, false, null)))
                .isEqualTo("\u001b[2m" + TIME.strip() + "\u001b[0m \u001b[31moh\u001b[0m\n");
    }

    @ParameterizedTest
    @CsvSource({
        "emergency, 1;31",
        "critical, 1;31",
        "fatal, 1;31",
        "error, 1;31",
        "warn, 33",
        "WARNING, 33",
        "W, 33",
        "debug, 2",
        "trace, 2"
    })
    void level_hasTheColourOfItsGravity(String level, String colour) {
        assertThat(terminal(true, entry("m", null, false, false, level)))
                .contains("\u001b[" + colour + "m" + level + "\u001b[0m m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"notice", "info", "audit", "warned"})
    void otherLevel_hasNone(String level) {
        assertThat(terminal(true, entry("m", null, false, false, level))).contains("\u001b[0m " + level + " m");
    }

    @Test
    void noColours_includesThoseOfTheMessage() {
        assertThat(terminal(false, entry("\u001b[32mgreen\u001b[0m", "web", true, true, "error")))
                .isEqualTo(TIME + "web error green\n");
    }

    @Test
    void service_hasTheSameColourEachTime() {
        String once = terminal(true, entry("a", "web", false, false, null));
        assertThat(terminal(true, entry("a", "web", false, false, null))).isEqualTo(once + once);
        assertThat(once).containsPattern("\u001b\\[\\d+mweb\u001b\\[0m");
    }

    private String pipe(ReceivedEntry entry) {
        return print(console.console(false), true, entry);
    }

    private String terminal(boolean colours, ReceivedEntry entry) {
        return print(console.console(true), colours, entry);
    }

    private String print(Console streams, boolean colours, ReceivedEntry entry) {
        new TextOutput(streams, false, true, colours).entry(entry);
        streams.out().flush();
        return console.out();
    }

    private static ReceivedEntry entry(
            String message, @Nullable String service, boolean stderr, boolean system, @Nullable String level) {
        return new ReceivedEntry(
                new DeviceId("lamp"),
                new Position("k3f9", 1),
                1_763_820_000_123L,
                1_763_820_000_123L,
                message,
                service,
                stderr,
                system,
                level,
                "{}");
    }
}
