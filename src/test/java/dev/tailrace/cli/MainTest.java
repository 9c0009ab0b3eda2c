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
    void helpAndVersion_onAFullDisk_fail() {
        for (String option : new String[] {"--help", "--version"}) {
            TestConsole full = TestConsole.withDiskOf(0);
            assertThat(Main.run(full.console(), option)).isEqualTo(1);
            assertThat(full.err()).isEqualTo("tailrace: cannot write the output: No space left on device\n");
        }
    }

    @Test
    void secret_onAFullDisk_fails_andToAClosedPipeEndsQuietly() {
        TestConsole full = TestConsole.withDiskOf(10);
        assertThat(Main.run(full.console(), "token", "secret")).isEqualTo(1);
        assertThat(full.err()).contains("No space left on device");

        TestConsole closed = TestConsole.readingLines(0);
        assertThat(Main.run(closed.console(), "token", "secret")).isEqualTo(Main.CLOSED_PIPE);
        assertThat(closed.err()).isEmpty();
    }

    @Test
    void failureOfTheCommandItself_isReportedFirst() {
        TestConsole full = TestConsole.withDiskOf(0);
        assertThat(Main.run(full.console(), "devices", "--url", "http://127.0.0.1:1"))
                .isEqualTo(1);
        assertThat(full.err()).startsWith("tailrace devices: ").doesNotContain("No space left");
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
