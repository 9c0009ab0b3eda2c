package dev.tailrace.cli.canary;

import static dev.tailrace.cli.ScriptedBroker.body;
import static dev.tailrace.cli.ScriptedBroker.events;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.cli.ScriptedBroker;
import dev.tailrace.cli.TestConsole;
import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Http;
import dev.tailrace.model.DeviceId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the canary takes a stream for dead. */
final class CanaryReaderTest {

    private static final DeviceId DEVICE = new DeviceId("d");

    private static CanaryReader reader(ScriptedBroker broker, Duration silence) throws Exception {
        return new CanaryReader(
                DEVICE,
                "run",
                List.of(new BrokerUrl(broker.url())),
                0,
                new Http(new Bearer(null), Http.client(null)),
                TestConsole.withInput("").console(),
                silence,
                new PositionNames());
    }

    private static String alive(long intervalMillis) {
        return "event: alive\nid: k3f9-0\ndata: {\"time\":1,\"interval\":" + intervalMillis + "}\n\n";
    }

    /** The shorter of the broker's interval and the configured limit is used. */
    @ParameterizedTest
    @CsvSource({"200, PT1H", "3600000, PT1S"})
    void silentStream_isAbandoned(long intervalMillis, Duration silence) throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(
                events(alive(intervalMillis)), body("application/x-ndjson", ""), events(alive(intervalMillis)))) {
            CanaryReader reader = reader(broker, silence);
            reader.start();
            await().atMost(20, SECONDS).until(() -> reader.connects() == 2);
            reader.stop();
            assertThat(broker.asked)
                    .containsExactly(
                            "/api/v1/devices/d/logs/stream?tail=0",
                            "/api/v1/devices/d/logs?format=ndjson&limit=500",
                            "/api/v1/devices/d/logs/stream?after=k3f9-0");
        }
    }
}
