package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's systemd-journal-upload, from a journal made here, over Redis, to a reader of events. */
class JournalUploadTest {

    private static final Path REMOTE = Path.of("/lib/systemd/systemd-journal-remote");
    private static final Path UPLOAD = Path.of("/lib/systemd/systemd-journal-upload");
    private static final long FIRST_TIME = 1_763_820_000_000_000L;
    private static final String BOOT = "1111111111111111aaaaaaaaaaaaaaaa";
    private static final String NEXT_BOOT = "2222222222222222bbbbbbbbbbbbbbbb";

    private final String device = "journal-" + System.nanoTime();
    private RunningBroker broker;
    private int entries;

    @TempDir
    Path folder;

    @BeforeEach
    void start() {
        Require.that(
                Files.isExecutable(REMOTE) && Files.isExecutable(UPLOAD),
                "needs Debian's systemd-journal-remote (make test-deps)");
        broker = RunningBroker.start(Map.of(Setting.REDIS, TestRedis.url()));
    }

    @AfterEach
    void stop() {
        if (broker != null) {
            assertThat(broker.unaccountedLines()).isZero();
            broker.close();
        }
    }

    private String entry(String boot, String... fields) {
        long time = FIRST_TIME + ++entries * 1_000_000L;
        return "__REALTIME_TIMESTAMP=" + time + "\n__MONOTONIC_TIMESTAMP=" + entries + "000000\n_BOOT_ID=" + boot
                + "\n_MACHINE_ID=33333333333333333333333333333333\n" + String.join("\n", fields) + "\n\n";
    }

    private String message(String boot, String text) {
        return entry(boot, "PRIORITY=6", "_SYSTEMD_UNIT=pump.service", "MESSAGE=" + text);
    }

    /** Appends to the journal. */
    private void write(String... export) throws Exception {
        Path input = Files.writeString(folder.resolve("input"), String.join("", export));
        Process remote = run(REMOTE + " -o " + folder.resolve("a.journal") + " - < " + input);
        assertThat(remote.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(remote.exitValue()).as(this::output).isZero();
    }

    private Process run(String command) {
        return Processes.start(List.of("sh", "-c", "exec " + command), folder, folder.resolve("output"));
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("output"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Process upload(String... options) {
        List<String> command = new ArrayList<>(List.of(
                UPLOAD.toString(),
                "--url=http://127.0.0.1:" + broker.port() + "/api/v1/devices/" + device,
                "--directory=" + folder,
                "--save-state=" + folder.resolve("state")));
        command.addAll(List.of(options));
        return run(String.join(" ", command));
    }

    private void uploadAll() throws InterruptedException {
        Process upload = upload("--follow=no");
        assertThat(upload.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(upload.exitValue()).as(this::output).isZero();
    }

    @Test
    void journal_reachesAReader_eachEntryOnce_evenWhenItIsSentAgain() throws Exception {
        write(message(BOOT, "one"), message(BOOT, "two"), message(NEXT_BOOT, "three"));
        uploadAll();
        Files.delete(folder.resolve("state")); // so that it begins at the first entry again
        write(message(NEXT_BOOT, "four"));
        uploadAll();

        try (SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream?tail=100")) {
            var first = reader.message().json();
            assertThat(first.getString("message")).isEqualTo("one");
            assertThat(first.getString("service")).isEqualTo("pump");
            assertThat(first.getString("level")).isEqualTo("info");
            assertThat(first.getLong("timestamp")).isEqualTo(FIRST_TIME / 1000 + 1000);
            assertThat(reader.entry()).isEqualTo("two");
            assertThat(reader.entry()).isEqualTo("-- Boot " + NEXT_BOOT + " --");
            assertThat(reader.entry()).isEqualTo("three");
            assertThat(reader.entry()).isEqualTo("four");
        }
        assertThat(broker.messages(device)).hasSize(5);
    }

    @Test
    void partsOfLongLines_areJoined_evenWhenTheyAreSentAgain() throws Exception {
        String web = "CONTAINER_ID=abc\nCONTAINER_NAME=web\nPRIORITY=6\nCONTAINER_PARTIAL_ID=x\n";
        write(
                entry(BOOT, web + "CONTAINER_PARTIAL_MESSAGE=true", "CONTAINER_PARTIAL_LAST=false", "MESSAGE=hey-1-"),
                entry(BOOT, "_TRANSPORT=stdout", "_STREAM_ID=s1", "_LINE_BREAK=line-max", "MESSAGE=app-1-"),
                message(BOOT, "between"),
                entry(BOOT, web + "CONTAINER_PARTIAL_LAST=true", "MESSAGE=2"),
                entry(BOOT, "_TRANSPORT=stdout", "_STREAM_ID=s1", "MESSAGE=2"));
        uploadAll();
        Files.delete(folder.resolve("state")); // so that it begins at the first entry again
        uploadAll();

        assertThat(broker.messages(device)).containsExactly("between", "hey-1-2", "app-1-2");
    }

    @Test
    void followedJournal_isReadLive() throws Exception {
        write(message(BOOT, "old"));
        Process upload = upload("--follow");
        try (SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream?tail=100")) {
            assertThat(reader.entry()).isEqualTo("old");
            for (String text : List.of("a", "b", "c")) {
                write(message(BOOT, text));
                assertThat(reader.entry()).isEqualTo(text);
            }
        } finally {
            upload.destroy();
        }
    }

    @Test
    void brokerThatCameBack_getsTheRest() throws Exception {
        write(message(BOOT, "one"));
        uploadAll();
        broker.close();
        write(message(BOOT, "two"));
        Process refused = upload("--follow=no");
        assertThat(refused.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(refused.exitValue()).isNotZero();
        broker = RunningBroker.start(Map.of(Setting.REDIS, TestRedis.url()));

        write(message(NEXT_BOOT, "three"));
        uploadAll();

        assertThat(broker.messages(device)).containsExactly("one", "two", "-- Boot " + NEXT_BOOT + " --", "three");
    }
}
