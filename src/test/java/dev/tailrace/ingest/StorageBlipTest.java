package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Storage is unavailable for some seconds in the middle of a request. */
class StorageBlipTest {

    private static final int LINES = 20_000;

    @Test
    void redisKilledAndBackInTheMiddleOfAPost_storesEveryLineOnce_andAnswers202() {
        try (RedisProcess redis = RedisProcess.durable();
                RunningBroker broker = RunningBroker.start(Map.of(
                        Setting.REDIS, redis.url(), Setting.RING_CAPACITY, "30000", Setting.INGEST_RETRY, "60s"))) {
            try (RawSocket post = begin(broker, "device")) {
                chunk(post, 0, LINES / 4);
                await().until(() -> broker.metric("tailrace_lines_stored_total") > 0);
                redis.kill();
                chunk(post, LINES / 4, LINES / 2); // storage is unavailable now
                await().until(() -> broker.metric("tailrace_redis_up") == 0);
                redis.restart();
                chunk(post, LINES / 2, LINES);
                post.write("0\r\n\r\n");
                assertAllStored(post, broker);
            }
        }
    }

    @Test
    void redisFrozenInTheMiddleOfAPost_storesEveryLineOnce_andAnswers202() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(Map.of(
                        Setting.REDIS,
                        redis.url(),
                        Setting.REDIS_TIMEOUT,
                        "300ms", // so that calls are given up and offered again
                        Setting.RING_CAPACITY,
                        "30000",
                        Setting.INGEST_RETRY,
                        "60s"))) {
            try (RawSocket post = begin(broker, "device")) {
                chunk(post, 0, LINES / 2);
                await().until(() -> broker.metric("tailrace_lines_stored_total") > 0);
                redis.suspend();
                chunk(post, LINES / 2, LINES);
                post.write("0\r\n\r\n");
                await().until(() -> broker.metric("tailrace_redis_up") == 0);
                redis.resume();
                assertAllStored(post, broker);
            }
        }
    }

    @Test
    void redisKilledForLonger_isReportedAsUnavailable_withTheStoredCount() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker =
                        RunningBroker.start(Map.of(Setting.REDIS, redis.url(), Setting.INGEST_RETRY, "100ms"))) {
            try (RawSocket post = begin(broker, "device")) {
                chunk(post, 0, 10);
                await().until(() -> broker.metric("tailrace_lines_stored_total") == 10);
                redis.kill();
                chunk(post, 10, 20);
                String answer = post.readResponse();
                assertThat(answer).startsWith("HTTP/1.1 503").contains("retry-after");
                assertThat(answer).contains("\"stored\":10").contains("\"rejected\":10");
            }
        }
    }

    private static RawSocket begin(RunningBroker broker, String device) {
        return new RawSocket(broker.port())
                .write("POST /api/v1/devices/" + device + "/logs HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    private static void chunk(RawSocket post, int from, int to) {
        String lines =
                IntStream.range(from, to).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
        post.write(Integer.toHexString(lines.length()) + "\r\n" + lines + "\r\n");
    }

    private static void assertAllStored(RawSocket post, RunningBroker broker) {
        String answer = post.readResponse();
        assertThat(answer).startsWith("HTTP/1.1 202");
        JsonObject counts = new JsonObject(answer.substring(answer.indexOf("\r\n\r\n") + 4));
        assertThat(counts.getInteger("received")).isEqualTo(LINES);
        assertThat(counts.getInteger("rejected")).isZero();
        // The connection of readers may come back to Redis after that of senders.
        HttpResponse<String> history = await().until(
                        () -> broker.get("/api/v1/devices/device/logs?limit=30000&format=text"),
                        answered -> answered.statusCode() == 200);
        List<String> stored = history.body()
                .lines()
                .map(line -> line.substring(line.indexOf("line ")))
                .toList();
        assertThat(stored)
                .isEqualTo(IntStream.range(0, LINES).mapToObj(i -> "line " + i).toList());
        assertThat(broker.unaccountedLines()).isZero();
    }
}
