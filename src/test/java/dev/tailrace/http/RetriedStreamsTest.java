package dev.tailrace.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Temporary refusals, as an EventSource gets them, which treats every error status as final, and as other clients do. */
class RetriedStreamsTest {

    /** A token that has to be looked up in storage. */
    private static final String PATH = "/api/v1/devices/d/logs/stream?ticket=" + "a".repeat(43);

    @Test
    void storageUnavailable_eventSourceIsAskedToReconnect_andOthersAreRefused() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(Map.of(
                        Setting.REDIS, redis.url(),
                        Setting.REDIS_TIMEOUT, "200ms",
                        Setting.AUTH_ADMIN_TOKEN, "0123456789abcdef"))) {
            redis.suspend();
            try {
                HttpResponse<String> answer = broker.get(PATH, "Accept", "text/event-stream");
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream; charset=utf-8");
                assertThat(answer.headers().firstValue("Connection"))
                        .as("the next request may reach another broker")
                        .hasValue("close");
                assertThat(answer.body())
                        .matches("retry: [1-4]\\d{3}\nevent: bye\ndata: \\{\"reason\":\"storage-away\"}\n\n");
                assertThat(broker.get(PATH, "Accept", "text/event-stream, application/problem+json")
                                .statusCode())
                        .isEqualTo(503);
                assertThat(broker.get(PATH).statusCode()).isEqualTo(503);
            } finally {
                redis.resume();
            }
            await("a refusal that does not pass")
                    .atMost(20, SECONDS)
                    .until(() -> broker.get(PATH, "Accept", "text/event-stream").statusCode() == 401);
        }
    }
}
