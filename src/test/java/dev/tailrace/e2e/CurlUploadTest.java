package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestRedis;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code curl -T -}, over Redis, to a reader of events. */
class CurlUploadTest {

    private static RunningBroker broker;

    private final String device = "curl-" + System.nanoTime();

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        Require.program("curl");
        Require.program("mkfifo");
        broker = RunningBroker.start(Map.of(Setting.REDIS, TestRedis.url()));
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            await().untilAsserted(() ->
                    assertThat(broker.metric("tailrace_device_connections")).isZero());
            assertThat(broker.unaccountedLines()).isZero();
            broker.close();
        }
    }

    private String url() {
        return broker.uri("/api/v1/devices/" + device + "/logs").toString();
    }

    private Process run(String command) {
        return Processes.start(List.of("sh", "-c", command), folder, folder.resolve("output"));
    }

    private SseReader reader() {
        return SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream?tail=100");
    }

    @Test
    void pipe_isALineEach() throws Exception {
        Process curl = run("(echo one; echo; printf 'caf\\303\\251\\r\\nlast') | curl -sS -T - " + url());

        assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(folder.resolve("output")))
                .isEqualTo("{\"received\":4,\"stored\":4,\"deduplicated\":0,\"rejected\":0}");
        assertThat(broker.messages(device)).containsExactly("one", "", "café", "last");
    }

    @Test
    void file_isALineEach() throws Exception {
        Files.writeString(folder.resolve("a.log"), "x\n".repeat(500));

        Process curl = run("curl -sS -T a.log " + url());

        assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(broker.messages(device)).hasSize(500);
    }

    @Test
    void namedType_isRead() throws Exception {
        Process curl = run(
                "echo '{\"message\":\"a\",\"level\":\"warn\"}' | curl -sS -H 'Content-Type: application/x-ndjson' -T - "
                        + url());

        assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(broker.history(device).get(0).getString("level")).isEqualTo("warn");
    }

    @Test
    void textByPost_isALineEach() throws Exception {
        Process curl = run("(echo one; echo two) | curl -sS -H 'Content-Type: text/plain' --data-binary @- " + url());

        assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(broker.messages(device)).containsExactly("one", "two");
    }

    @Test
    void endlessPipe_isReadLive_andKeptWhenItBreaks() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(run("mkfifo " + pipe).waitFor(20, TimeUnit.SECONDS)).isTrue();
        Process curl = Processes.start(
                List.of("sh", "-c", "exec curl -sS -T - " + url() + " < pipe"), folder, folder.resolve("output"));
        try (OutputStream lines = Files.newOutputStream(pipe);
                SseReader reader = reader()) {
            for (int i = 0; i < 20; i++) {
                say(lines, "line " + i + "\n");
                assertThat(reader.entry()).isEqualTo("line " + i);
            }
            say(lines, "last\nunfinish");
            assertThat(reader.entry()).isEqualTo("last");
            Processes.signal(curl, "KILL");
            assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        await().untilAsserted(() ->
                assertThat(broker.metric("tailrace_device_connections")).isZero());
        assertThat(broker.messages(device)).hasSize(21).endsWith("last");
    }

    private static void say(OutputStream lines, String text) throws IOException {
        lines.write(text.getBytes(StandardCharsets.UTF_8));
        lines.flush();
    }
}
