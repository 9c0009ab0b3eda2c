package dev.tailrace.cli.canary;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.cli.Main;
import dev.tailrace.cli.TestConsole;
import dev.tailrace.client.JsonFields;
import dev.tailrace.config.Setting;
import dev.tailrace.testing.Ports;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TcpProxy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The canary against real brokers, good ones and one that breaks its promises. */
@Timeout(90)
final class CanaryTest {

    private final TestConsole console = TestConsole.withInput("");

    private int run(String... args) {
        return Main.run(console.console(), args);
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    private JsonFields last() throws IOException {
        String[] lines = console.out().split("\n");
        return JsonFields.read(lines[lines.length - 1]);
    }

    @Test
    void brokersThatShareTheirStorage_loseNothing_throughLostConnections() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker one = RunningBroker.start(Map.of(Setting.REDIS, redis.url()));
                RunningBroker two = RunningBroker.start(Map.of(Setting.REDIS, redis.url()));
                TcpProxy way = new TcpProxy(one.port())) {
            int port = Ports.free();
            String urls = url(way.port()) + "," + url(two.port());
            var code = new FutureTask<>(() -> run(
                    "canary", "--url", urls, "--rate", "100", "--for", "4s", "--json", "--metrics-port", "" + port));
            new Thread(code, "canary").start();
            await().atMost(30, SECONDS)
                    .untilAsserted(
                            () -> assertThat(metric(port, "tailrace_canary_numbers_total{outcome=\"delivered\"}"))
                                    .as(console.err())
                                    .isGreaterThan(300));
            way.cut();
            assertThat(code.get(80, SECONDS)).as(console.err()).isZero();
            JsonFields totals = last();
            assertThat(totals.text("last", "")).isEqualTo("true");
            assertThat(totals.number("acknowledged", 0)).isGreaterThan(600).isEqualTo(totals.number("written", 0));
            assertThat(totals.number("delivered", 0)).isEqualTo(2 * totals.number("written", 0));
            assertThat(totals.number("connects", 0)).isGreaterThan(6);
        }
    }

    private static double metric(int port, String name) {
        try {
            String all = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(url(port) + "/metrics"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            return all.lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElse(-1);
        } catch (IOException notYet) {
            return -1;
        } catch (InterruptedException ended) {
            throw new IllegalStateException(ended);
        }
    }

    @Test
    void brokersThatShareNothing_areDetected() throws Exception {
        try (RunningBroker one = RunningBroker.start();
                RunningBroker two = RunningBroker.start()) {
            int code = run(
                    "canary",
                    "--url",
                    url(one.port()) + "," + url(two.port()),
                    "--for",
                    "1s",
                    "--settle",
                    "1s",
                    "--json");
            assertThat(code).isEqualTo(1);
            assertThat(last().number("lost", 0)).isPositive();
        }
    }

    @Test
    void absentBroker_isReported() {
        assertThat(run("canary", "--url", url(Ports.free()), "--devices", "0")).isEqualTo(2);
        assertThat(console.err()).contains("--devices is 1 to 1000");
    }
}
