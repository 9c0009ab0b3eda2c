package dev.tailrace.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.docs.Document.Block;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The blocks marked {@code sh} in the documents work as they stand; those marked {@code bash} need things that a test does not have:
 * another machine, root, or a program that is not a package of Debian. A block that sends must have stored a line, and one that reads
 * must print a line.
 */
final class ExamplesTest {

    private static RunningBroker broker;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.SYSLOG_PORT, "0", Setting.BALENA_API, "true"));
        broker.store(
                "pump-7",
                new JsonObject()
                        .put("message", "too hot")
                        .put("service", "pump")
                        .put("level", "warn"));
        broker.say("0123456789abcdef0123456789abcdef", "hello");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    static Stream<Block> senders() {
        return Document.of("docs/SENDING.md").blocks("sh").stream();
    }

    static Stream<Block> readers() {
        return Document.of("docs/READING.md").blocks("sh").stream();
    }

    @ParameterizedTest
    @MethodSource("senders")
    void sender_storesALine(Block block) throws Exception {
        double before = stored();
        run(block);
        await().atMost(Duration.ofSeconds(10)).until(() -> stored() > before);
    }

    private static double stored() {
        return broker.metric("tailrace_lines_stored_total");
    }

    @ParameterizedTest
    @MethodSource("readers")
    void reader_showsALine(Block block) throws Exception {
        String output = run(block);
        try (Stream<Path> downloads = Files.list(folder)) {
            boolean downloaded = downloads.anyMatch(file -> file.toString().endsWith(".ndjson"));
            assertThat(output.contains("hot") || output.contains("hello") || downloaded)
                    .as(output)
                    .isTrue();
        }
    }

    @Test
    void quickStart_isSeenOnTheStream() throws Exception {
        Block block = Document.of("README.md").blocks("sh").get(0);
        assertThat(block.text()).startsWith("make run ");
        run(new Block(
                block.heading(), "sh", block.text().lines().skip(1).reduce("", (all, line) -> all + line + "\n")));
        assertThat(broker.messages("kitchen")).containsExactly("hello");
    }

    /** From every folder. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Its output; what failed in it fails the test. A command that {@code timeout} ends has not failed. */
    private String run(Block block) throws IOException, InterruptedException {
        for (String program : List.of("bash", "curl", "timeout", "python3", "logger")) {
            if (program.equals("bash") || block.text().contains(program + " ")) {
                Require.program(program);
            }
        }
        String url = "http://127.0.0.1:" + broker.port();
        String text = block.text()
                .replace("http://127.0.0.1:8080", url)
                .replace("5514", String.valueOf(broker.server().syslogPort()))
                .replace("timeout 2 ", "until_ended timeout 2 ")
                .replace("curl ", "curl -sS --fail-with-body --max-time 20 ");
        Path script = Files.writeString(folder.resolve("example.sh"), """
                set -eu
                export TAILRACE_URL=%s
                tailrace() { '%s' -cp '%s' dev.tailrace.cli.Main "$@"; }
                until_ended() { "$@" || test $? = 124; }
                %s
                """.formatted(
                        url, Path.of(System.getProperty("java.home"), "bin/java"), classPath(), text));
        Path output = folder.resolve("output.txt");
        Process process = Processes.start(List.of("bash", script.toString()), folder, output);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(block.toString()).isTrue();
        assertThat(process.exitValue())
                .as("%s\n%s", text, Files.readString(output))
                .isZero();
        return Files.readString(output);
    }
}
