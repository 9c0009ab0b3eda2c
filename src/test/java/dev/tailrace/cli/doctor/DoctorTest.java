package dev.tailrace.cli.doctor;

import static dev.tailrace.cli.ScriptedBroker.body;
import static dev.tailrace.cli.ScriptedBroker.problem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.cli.Main;
import dev.tailrace.cli.ScriptedBroker;
import dev.tailrace.cli.TestConsole;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor without a proxy in between. */
class DoctorTest {

    private static final String TOKEN = "the-administrators-token";

    private static RunningBroker broker;

    private final TestConsole console = TestConsole.withInput("");

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.AUTH_ADMIN_TOKEN, TOKEN));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String url() {
        return broker.uri("").toString();
    }

    private int run(InstantSource clock, String... options) {
        List<String> command = new ArrayList<>(List.of("doctor", url()));
        command.addAll(List.of(options));
        return Main.run(
                console.console(), List.of(new Doctor(console.console(), clock)), command.toArray(String[]::new));
    }

    private List<String> lines(String result) {
        return console.outLines().stream()
                .filter(line -> line.startsWith(result + " "))
                .toList();
    }

    @Test
    void brokerItself_hasNoFindings_exceptHttp1() {
        assertThat(Main.run(console.console(), "doctor", url())).isEqualTo(1);
        assertThat(lines("problem")).isEmpty();
        assertThat(lines("warning")).singleElement().asString().contains("connections", "HTTP/1.1", "--tls-cert");
        assertThat(console.outLines())
                .extracting(line -> line.split(" +", 3)[1])
                .containsExactly(
                        "reach",
                        "stream",
                        "encoding",
                        "cache",
                        "resume",
                        "authorization",
                        "cookies",
                        "clock",
                        "host",
                        "tls",
                        "websocket",
                        "connections");
        assertThat(console.err()).contains("docs/PROXIES.md", url() + "/doctor");
    }

    @Test
    void brokerItself_overTls_hasNoFindings(@TempDir Path folder) {
        TestAuthority authority = new TestAuthority();
        try (RunningBroker secure = RunningBroker.start(authority, folder, Map.of(Setting.STREAM_HEARTBEAT, "1s"))) {
            String ca = authority.file(folder).toString();
            String there = secure.uri("").toString();
            assertThat(Main.run(console.console(), "doctor", there, "--ca", ca, "--idle"))
                    .as(console.out())
                    .isZero();
            assertThat(lines("ok")).hasSize(13);
            assertThat(console.outLines().get(0))
                    .contains("responds over HTTP/2; the broker itself is reached over HTTP/2");
            assertThat(console.err()).isEmpty();
        }
    }

    @Test
    void wrongClock_isReportedWithItsDirection() {
        assertThat(run(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-5)))).isEqualTo(1);
        assertThat(lines("problem"))
                .singleElement()
                .asString()
                .contains("clock", " behind the clock of the broker", "NTP");
        assertThat(lines("problem").get(0)).containsPattern("is (29|30)\\d\\.\\d s behind");
    }

    @Test
    void clockThatIsABitAhead_isAWarning() {
        assertThat(run(Clock.offset(Clock.systemUTC(), Duration.ofSeconds(10)))).isEqualTo(1);
        assertThat(lines("problem")).isEmpty();
        assertThat(lines("warning")).anySatisfy(line -> assertThat(line).contains("clock", " ahead of "));
    }

    @Test
    void token_isTried_andNeverShown(@TempDir Path folder) throws Exception {
        Path good = Files.writeString(folder.resolve("good"), TOKEN);
        Path wrong = Files.writeString(folder.resolve("wrong"), "wrong-token");
        run(InstantSource.system(), "--token-file", good.toString());
        assertThat(lines("ok")).anySatisfy(line -> assertThat(line).contains("token"));
        assertThat(lines("problem")).isEmpty();
        run(InstantSource.system(), "--token-file", wrong.toString());
        assertThat(lines("problem")).singleElement().asString().contains("token", "HTTP 401");
        assertThat(console.out() + console.err()).doesNotContain(TOKEN, "wrong-token");
    }

    @Test
    void json_hasEveryCheck() {
        assertThat(Main.run(console.console(), "doctor", "--json", "--url", url()))
                .isEqualTo(1);
        JsonObject answer = new JsonObject(console.out());
        assertThat(answer.getString("url")).isEqualTo(url());
        assertThat(answer.getBoolean("ok")).isFalse();
        assertThat(answer.getJsonArray("checks")).hasSize(12);
        assertThat(answer.getJsonArray("checks").getJsonObject(0).getString("result"))
                .isEqualTo("ok");
    }

    @Test
    void absentBroker_isReportedAsAFinding() {
        assertThat(Main.run(console.console(), "doctor", "http://127.0.0.1:1")).isEqualTo(1);
        assertThat(lines("problem")).singleElement().asString().contains("reach", "cannot connect");
        assertThat(console.err()).isEmpty();
    }

    @Test
    void otherServer_isReportedAsAFinding() throws Exception {
        try (ScriptedBroker other = ScriptedBroker.answering(body("text/html", "<p>hello"))) {
            assertThat(Main.run(console.console(), "doctor", other.url())).isEqualTo(1);
            assertThat(lines("problem")).singleElement().asString().contains("reach", "not a Tailrace broker");
        }
    }

    @Test
    void refusal_isReportedWithItsText_withoutTerminalSequences() throws Exception {
        try (ScriptedBroker other = ScriptedBroker.answering(problem(403, "not by \\u001b[2Jthis name"))) {
            assertThat(Main.run(console.console(), "doctor", other.url())).isEqualTo(1);
            assertThat(lines("problem")).singleElement().asString().contains("not by \\x1b[2Jthis name (HTTP 403)");
        }
    }

    @Test
    void wrongUrl_isWrongUsage() {
        assertThat(Main.run(console.console(), "doctor", "ftp://elsewhere")).isEqualTo(2);
    }
}
