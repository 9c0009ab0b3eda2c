package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestAuthority;
import dev.tailrace.testing.TestRedis;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** util-linux's logger and rsyslog, over Redis, to a reader of events. */
class SyslogProgramsTest {

    private static RunningBroker broker;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.REDIS, TestRedis.url(), Setting.SYSLOG_PORT, "0"));
    }

    @AfterAll
    static void stop() {
        await().untilAsserted(() -> assertThat(broker.unaccountedLines()).isZero());
        broker.close();
    }

    private Process run(List<String> command) {
        return Processes.start(command, folder, folder.resolve("output"));
    }

    /** The host that logger names, as a device. */
    private static String thisHost() throws Exception {
        Path name = Path.of("/proc/sys/kernel/hostname");
        String host = Files.exists(name)
                ? Files.readString(name).trim()
                : InetAddress.getLocalHost().getHostName();
        return host.replaceAll("[^A-Za-z0-9._-]", "_");
    }

    /** Whichever way it names this host, fully or not. */
    private static Optional<JsonObject> find(String message) throws Exception {
        for (String device : List.of(thisHost(), thisHost().split("\\.")[0], "127.0.0.1")) {
            for (JsonObject entry : broker.history(device)) {
                if (message.equals(entry.getString("message"))) {
                    return Optional.of(entry);
                }
            }
        }
        return Optional.empty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tcp --rfc5424",
                "--tcp --rfc3164",
                "--tcp --rfc5424 --octet-count",
                "--tcp --rfc3164 --octet-count",
                "--udp --rfc5424",
                "--udp --rfc3164"
            })
    void logger_isStored(String options) throws Exception {
        Require.program("logger");
        String message = "from logger " + System.nanoTime();
        List<String> command = new ArrayList<>(List.of("logger", "--server", "127.0.0.1"));
        command.addAll(List.of("--port", String.valueOf(broker.server().syslogPort())));
        command.addAll(List.of("--priority", "user.warning", "--tag", "pump", "--id=4711"));
        command.addAll(List.of(options.split(" ")));
        command.add(message);
        Process logger = run(command);
        assertThat(logger.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(logger.exitValue()).isZero();

        await().atMost(Duration.ofSeconds(10)).until(() -> find(message).isPresent());
        JsonObject entry = find(message).orElseThrow();
        assertThat(entry.getString("service")).isEqualTo("pump");
        assertThat(entry.getString("level")).isEqualTo("warn");
        assertThat(entry.getJsonObject("attributes").getString("procid")).isEqualTo("4711");
        assertThat(entry.getLong("timestamp"))
                .isBetween(System.currentTimeMillis() - 90_000, System.currentTimeMillis() + 2000);
    }

    /** The block of docs/SENDING.md. */
    private static String documented(String language) throws IOException {
        Matcher fence = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("docs/SENDING.md")));
        assertThat(fence.find())
                .as("a block for %s in docs/SENDING.md", language)
                .isTrue();
        return fence.group(1);
    }

    private static String replaced(String text, String part, Object by) {
        assertThat(text).contains(part);
        return text.replace(part, by.toString());
    }

    private static Path rsyslogd() {
        Optional<Path> rsyslogd = Processes.find("rsyslogd")
                .or(() -> Optional.of(Path.of("/usr/sbin/rsyslogd")).filter(Files::isExecutable));
        Require.that(rsyslogd.isPresent(), "needs rsyslog (make test-deps)");
        return rsyslogd.orElseThrow();
    }

    /** Reads lines from a file, and forwards them. */
    private Process rsyslog(Path rsyslogd, String device, Path input, String action) throws IOException {
        Path configuration =
                Files.writeString(folder.resolve("rsyslog.conf"), """
                global(workDirectory="%1$s" localHostname="%2$s")
                module(load="imfile" mode="polling" pollingInterval="1")
                input(type="imfile" file="%3$s" tag="pump:" severity="error" facility="local0")
                %4$s
                """.formatted(folder, device, input, action));
        return run(List.of(rsyslogd.toString(), "-n", "-iNONE", "-f", configuration.toString()));
    }

    @Test
    void rsyslog_forwardsToAReader() throws Exception {
        Path rsyslogd = rsyslogd();
        String device = "rsyslog-" + System.nanoTime();
        Path input = folder.resolve("input.log");
        List<String> lines = IntStream.range(0, 100).mapToObj(i -> "line " + i).toList();
        Files.write(input, lines);
        Process process = rsyslog(
                rsyslogd,
                device,
                input,
                replaced(documented("rsyslog"), "5514", broker.server().syslogPort()));
        try (SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream?tail=100")) {
            JsonObject first = reader.message().json();
            assertThat(first.getString("message")).isEqualTo("line 0");
            assertThat(first.getString("service")).isEqualTo("pump");
            assertThat(first.getString("level")).isEqualTo("error");
            for (String line : lines.subList(1, 100)) {
                assertThat(reader.entry()).isEqualTo(line);
            }
        } finally {
            process.destroy();
        }
    }

    // ---- over TLS

    private void assertForwardedOverTls(String device, Process process, RunningBroker secured) throws Exception {
        try {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(secured.messages(device)).containsExactly("line 0", "line 1", "line 2"));
        } finally {
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private RunningBroker secured(TestAuthority authority) {
        return RunningBroker.start(authority, folder, Map.of(Setting.SYSLOG_TLS_PORT, "0"));
    }

    private Path threeLines() throws IOException {
        return Files.write(folder.resolve("input.log"), List.of("line 0", "line 1", "line 2"));
    }

    @Test
    void rsyslog_forwardsOverTls() throws Exception {
        Path rsyslogd = rsyslogd();
        try (Stream<Path> libraries = Files.walk(Path.of("/usr/lib"), 3)) {
            boolean hasDriver = libraries.anyMatch(file -> file.endsWith("rsyslog/lmnsd_ossl.so"));
            Require.that(hasDriver, "needs rsyslog-openssl (make test-deps)");
        }
        TestAuthority authority = new TestAuthority();
        String device = "rsyslog-" + System.nanoTime();
        try (RunningBroker secured = secured(authority)) {
            String action =
                    replaced(documented("rsyslog-tls"), "6514", secured.server().syslogTlsPort());
            action = replaced(action, "/etc/rsyslog.d/tailrace-ca.pem", authority.file(folder));
            assertForwardedOverTls(device, rsyslog(rsyslogd, device, threeLines(), action), secured);
        }
    }
}
