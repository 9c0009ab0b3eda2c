package dev.tailrace.cli.tail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TailraceCommand;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only harmless bytes of a device's lines reach a terminal: a pseudo terminal, whose other end keeps every byte. */
final class TerminalTest {

    /** Titles, cursors, clipboards, answers typed into the shell, in seven bits and in eight; and text that runs backwards. */
    private static final List<String> ATTACKS = List.of(
            "title \u001b]0;owned\u0007 end",
            "clipboard \u001b]52;c;cm0gLXJm\u001b\\ end",
            "screen \u001b[2J\u001b[H\u001b[1;1H end",
            "answer \u001b[6n\u001b[c\u001bZ\u0005 end",
            "device \u001bP+q544e\u001b\\ end",
            "eight bits \u009b2J\u009d0;owned\u009c\u0090q\u009c end",
            "over \rwritten\b\b\b\u007f end",
            "shift \u000e\u000f\u000b\f\u0000 end",
            "backwards \u202egpj.exe\u202c \u2066x\u2069 end",
            "colour that never ends \u001b[31",
            "colour that moves \u001b[31;2J\u001b[38;5;1m\u001b[?1049h end");

    /** The only sequences that may come: colours. */
    private static final String COLOUR = "\u001b\\[[0-9;:]*m";

    @BeforeAll
    static void needsScript() {
        Require.program("script");
    }

    /** Everything that a command wrote to its terminal. */
    private static String terminal(RunningBroker broker, String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(arguments));
        words.addAll(List.of("--url", "http://127.0.0.1:" + broker.port()));
        words.removeIf(String::isEmpty);
        Process process = new ProcessBuilder(
                        TailraceCommand.onTerminal(TailraceCommand.SMALL_JVM, words.toArray(String[]::new)))
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .start();
        String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return all;
    }

    private static String controls(String text) {
        return text.codePoints()
                .filter(c -> c != '\n'
                        && c != '\t'
                        && (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT))
                .mapToObj(Integer::toHexString)
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--no-color", "--json"})
    void lineOfADevice_isTextOnATerminal(String option) throws Exception {
        try (RunningBroker broker = RunningBroker.start()) {
            for (String attack : ATTACKS) {
                String level = attack.substring(0, Math.min(attack.length(), 32));
                broker.store(
                        "lamp",
                        new JsonObject()
                                .put("message", attack)
                                .put("service", attack)
                                .put("level", level));
            }
            String seen = terminal(broker, "tail", "lamp", "--no-follow", "--tail=100", option);
            assertThat(seen).contains("title").contains("backwards").contains("moves");
            String plain = seen.replace("\r\n", "\n"); // as the terminal's own driver has it
            assertThat(controls("".equals(option) ? plain.replaceAll(COLOUR, "") : plain))
                    .isEmpty();
        }
    }

    @Test
    void realTerminal_hasColours() throws Exception {
        try (RunningBroker broker = RunningBroker.start()) {
            broker.store("lamp", new JsonObject().put("message", "plain"));
            assertThat(terminal(broker, "tail", "lamp", "--no-follow")).containsPattern(COLOUR);
        }
    }
}
