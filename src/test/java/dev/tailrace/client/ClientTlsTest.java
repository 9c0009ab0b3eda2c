package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.cli.Main;
import dev.tailrace.cli.TestConsole;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestAuthority;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands, of a broker that speaks TLS with a certificate of an authority of its own. */
class ClientTlsTest {

    @TempDir
    private static Path folder;

    private static RunningBroker broker;
    private static Path authorities;

    @BeforeAll
    static void start() {
        TestAuthority authority = new TestAuthority();
        authorities = authority.file(folder);
        broker = RunningBroker.start(authority, folder, Map.of());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static int run(TestConsole console, String command, String... options) {
        List<String> all = new ArrayList<>(List.of(command, "--url", "https://127.0.0.1:" + broker.port()));
        all.addAll(Arrays.asList(options));
        return Main.run(console.console(), all.toArray(String[]::new));
    }

    @Test
    void linesThatAreSent_areTailedAndTheirDeviceListed() {
        String ca = authorities.toString();
        assertThat(run(TestConsole.withInput("one\ntwo"), "send", "--ca", ca, "--device", "lamp"))
                .isZero();
        TestConsole once = TestConsole.withInput("");
        assertThat(run(once, "tail", "--ca", ca, "--no-follow", "lamp")).isZero();
        assertThat(once.out()).contains("one", "two");
        TestConsole live = TestConsole.readingLines(2);
        assertThat(run(live, "tail", "--ca", ca, "lamp")).isEqualTo(Main.CLOSED_PIPE);
        assertThat(live.out()).contains("one", "two");
        await().untilAsserted(
                        () -> { // the list is made now and then
                            TestConsole devices = TestConsole.withInput("");
                            assertThat(run(devices, "devices", "--ca", ca)).isZero();
                            assertThat(devices.out()).contains("lamp");
                        });
    }

    @Test
    void load_isAccountedFor() {
        TestConsole console = TestConsole.withInput("");
        int exit = run(
                console,
                "bench",
                "--ca=" + authorities,
                "--devices=2",
                "--readers=6",
                "--slow=1",
                "--batch=10",
                "--prefix=tls-",
                "--warmup=200ms",
                "--duration=800ms");
        assertThat(exit).as(console.out() + console.err()).isZero();
    }

    @Test
    void unknownAuthority_isRefusedWithTheReason() {
        TestConsole console = TestConsole.withInput("");
        assertThat(run(console, "devices")).isEqualTo(1);
        assertThat(console.err()).contains("certification path");
    }

    @Test
    void fileWithoutAuthorities_isNamed() {
        TestConsole console = TestConsole.withInput("");
        assertThat(run(console, "devices", "--ca", folder.resolve("none.pem").toString()))
                .isEqualTo(1);
        assertThat(console.err()).contains("--ca: no such file");
        console = TestConsole.withInput("");
        assertThat(run(console, "devices", "--ca", folder.resolve("key.pem").toString()))
                .isEqualTo(1);
        assertThat(console.err()).contains("--ca: no PEM certificates");
    }
}
