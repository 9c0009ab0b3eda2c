package dev.tailrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {

    private final TestConsole console = TestConsole.withInput("");

    @Test
    void help_namesEveryCommand() {
        assertThat(Main.run(console.console(), "--help")).isZero();
        assertThat(console.out()).contains("tail ", "send ", "devices ", "bench ");
    }

    @Test
    void version_isPrinted() {
        assertThat(Main.run(console.console(), "--version")).isZero();
        assertThat(console.out()).startsWith("tailrace ");
    }

    @Test
    void noCommand_isWrongUsage() {
        assertThat(Main.run(console.console())).isEqualTo(2);
        assertThat(console.err()).contains("Missing command", "Usage: tailrace");
    }

    @Test
    void unknownCommand_isWrongUsage() {
        assertThat(Main.run(console.console(), "tial")).isEqualTo(2);
        assertThat(console.err()).contains("tial");
    }

    @Test
    void helpOfEachCommand_isPrinted() {
        for (String command : new String[] {"tail", "send", "devices", "bench"}) {
            assertThat(Main.run(console.console(), command, "--help")).isZero();
            assertThat(console.out()).contains("Usage: tailrace " + command, "--url");
        }
    }
}
