package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.Require;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TailraceCommand;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Text that tries to be something else: an event, a header, a line of a log, a command to a terminal. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // heartbeats would have a reader wait for ever
final class InjectionTest {

    private static final String EVIL = "a\r\n"
            + "data: x\n\n"
            + "id: 9-9\n"
            + "event: gap\r\r"
            + "retry: 1\u0000\u2028\u2029\u0085\u001b]0;title\u0007\u001b[2J\u009b31m\u202etxt";

    private static RunningBroker broker;
    private static ListAppender<ILoggingEvent> log;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        log = new ListAppender<>();
        log.start();
        logger().addAppender(log);
        broker = RunningBroker.start();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("dev.tailrace");
    }

    @AfterAll
    static void stop() {
        broker.close();
        logger().detachAppender(log);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String logs() {
        return "/api/v1/devices/" + device + "/logs";
    }

    private void storeEvil() {
        broker.store(
                device,
                new JsonObject().put("message", EVIL).put("service", EVIL).put("level", "a\r\n\u001b[2J\u0000"));
    }

    // ---- messages and services

    @Test
    void anyText_isOneEventOfServerSentEvents() {
        storeEvil();
        try (SseReader reader = SseReader.open(broker.port(), logs() + "/stream?tail=1")) {
            EventReader.Event event = reader.message(); // fails on any line that is no field of one event
            assertThat(event.name()).isNull();
            assertThat(event.json().getString("message")).isEqualTo(EVIL);
            assertThat(event.json().getString("service")).isEqualTo(EVIL);
            broker.say(device, "next");
            assertThat(reader.entry()).isEqualTo("next");
        }
    }

    @Test
    void anyText_isOneLineOfNdjsonAndOneElementOfJson() {
        storeEvil();
        broker.say(device, "next");
        assertThat(broker.messages(device)).containsExactly(EVIL, "next");
        assertThat(broker.get(logs() + "?format=ndjson").body().split("\r\n|\r|\n"))
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-ndjson", "application/json"})
    void rawControlCharacters_neverReachAReaderRaw(String type) {
        String line = "text/plain".equals(type) ? EVIL : "{\"message\":\"" + EVIL + "\"}";
        broker.request("POST", logs(), "application/json".equals(type) ? "[" + line + "]" : line, "Content-Type", type);
        String all = broker.get(logs() + "?format=ndjson").body();
        assertThat(all.chars().filter(c -> c < 0x20 && c != '\n')).isEmpty();
        all.lines().forEach(JsonObject::new); // each is whole
    }

    // ---- devices and parameters

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Evil: 1", "a\nb", "a\u0000b", "a\u2028b", "a\u001b[31m", "\"><script>", "a\"b"})
    void evilDeviceOrParameter_isRefusedInJsonAndSetsNoHeader(String evil) {
        for (String path : List.of(
                "/api/v1/devices/" + encoded(evil) + "/logs",
                "/api/v1/devices/" + encoded(evil) + "/logs/stream",
                "/api/v1/devices/" + encoded(evil) + "/ingest",
                "/device/v2/" + encoded(evil) + "/logs",
                "/api/v1/logs/stream?device=" + encoded(evil),
                logs() + "?after=" + encoded(evil),
                logs() + "?limit=" + encoded(evil),
                logs() + "?format=" + encoded(evil),
                logs() + "?tz=" + encoded(evil) + "&format=text",
                logs() + "?regex=" + encoded(evil + "("),
                logs() + "?nosuch=" + encoded(evil) + "&since=" + encoded(evil),
                logs() + "/stream?tail=" + encoded(evil),
                "/api/v1/devices/d/ingest?producer=" + encoded(evil))) {
            HttpResponse<String> answer = broker.get(path);
            assertThat(answer.statusCode()).as(path).isBetween(400, 499);
            assertThat(answer.headers().firstValue("X-Evil")).isEmpty();
            if (!answer.body().isEmpty()) {
                assertThat(answer.headers().firstValue("Content-Type").orElse(""))
                        .startsWith("application/problem+json");
                assertThat(answer.body().chars().filter(c -> c < 0x20))
                        .as(answer.body())
                        .isEmpty();
                new JsonObject(answer.body());
            }
        }
    }

    @Test
    void evilHeaders_areNeitherAnsweredNorLogged() {
        log.list.clear();
        Level before = logger().getLevel();
        logger().setLevel(Level.DEBUG);
        try (RawSocket socket = new RawSocket(broker.port())) {
            socket.write("GET " + logs()
                    + "/stream?tail=1&token=s3cret HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: evil\u001b[31m\r\n"
                    + "User-Agent: evil\u001b[2J\r\nAuthorization: Bearer s3cret\r\nAccept: text/event-stream\r\n\r\n");
            assertThat(socket.readHead()).doesNotContain("evil").doesNotContain("s3cret");
        } finally {
            logger().setLevel(before);
        }
        assertThat(log.list).noneMatch(event -> isEvil(event.getFormattedMessage()));
    }

    /** Whatever was asked for and stored by the tests of this class, no line of the broker's log is made of it. */
    @Test
    void log_hasNoLineThatAnOutsiderWrote() {
        storeEvil();
        broker.get("/" + encoded(EVIL));
        broker.get("/api/v1/devices/" + encoded(EVIL) + "/logs");
        broker.request("POST", logs(), "no json " + EVIL, "Content-Type", "application/x-ndjson");
        assertThat(log.list).noneMatch(event -> isEvil(event.getFormattedMessage()));
    }

    private static boolean isEvil(String line) {
        return line.chars().anyMatch(c -> c < 0x20 || c == 0x2028 || c == 0x85) || line.contains("s3cret");
    }

    // ---- a terminal

    @Test
    void tail_printsNothingThatATerminalObeys() throws Exception {
        storeEvil();
        broker.say(device, "the end");
        String printed = tail(device);
        assertThat(printed).contains("the end").contains("\\x1b]0;title");
        assertThat(printed.chars().filter(c -> (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c <= 0x9f)))
                .as(printed)
                .isEmpty();
        assertThat(printed).doesNotContain("\u202e");
    }

    /** Runs the command on a terminal, which {@code script} provides, and returns what it prints. */
    private static String tail(String device) throws Exception {
        Require.program("script");
        Process process = new ProcessBuilder(TailraceCommand.onTerminal(
                        List.of(),
                        "tail",
                        "--no-follow",
                        "--no-color",
                        "--url",
                        "http://127.0.0.1:" + broker.port(),
                        device))
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return printed.replace("\r\n", "\n");
    }
}
