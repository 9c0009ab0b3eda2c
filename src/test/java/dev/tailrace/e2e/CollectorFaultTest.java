package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Collectors whose request comes while Redis does not answer are asked to retry, and then their lines are stored. */
final class CollectorFaultTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String OTLP =
            "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"device.id\",\"value\":{\"stringValue\":\"pump\"}}]},"
                    + "\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"hello\"}}]}]}]}";

    private static final String LOKI =
            "{\"streams\":[{\"stream\":{\"device\":\"pump\"},\"values\":[[\"1763820000100000000\",\"hello\"]]}]}";

    @ParameterizedTest
    @CsvSource({"/v1/logs,200", "/loki/api/v1/push,204"})
    void redisThatDoesNotAnswer_makesCollectorsComeAgain_andTheyAreStored(String path, int stored) {
        String body = path.equals("/v1/logs") ? OTLP : LOKI;
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker =
                        RunningBroker.start(Map.of(Setting.REDIS, redis.url(), Setting.REDIS_TIMEOUT, "300ms"))) {
            redis.suspend();
            HttpResponse<String> refused = post(broker, path, body);
            redis.resume();
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();

            await().atMost(PATIENCE).until(() -> post(broker, path, body).statusCode() == stored);
            // The one that was given up may have been stored after all, by the Redis that woke.
            assertThat(broker.messages("pump")).isNotEmpty().containsOnly("hello");
            await().atMost(PATIENCE).until(() -> broker.unaccountedLines() == 0);
        }
    }

    private static HttpResponse<String> post(RunningBroker broker, String path, String body) {
        return broker.request("POST", path, body, "Content-Type", "application/json");
    }
}
