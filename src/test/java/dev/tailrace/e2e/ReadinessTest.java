package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Readiness follows storage: red within 3 s of its loss, green within 5 s of its return. */
class ReadinessTest {

    private static final Duration RED = Duration.ofSeconds(3);
    private static final Duration GREEN = Duration.ofSeconds(5);

    @Test
    void redisSuspendedAndResumed_isRedAndGreenInTime() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            awaitReady(scene, true, Duration.ofSeconds(10));

            redis.suspend();
            awaitReady(scene, false, RED);

            redis.resume();
            awaitReady(scene, true, GREEN);
        }
    }

    @Test
    void redisKilledAndRestarted_isRedAndGreenInTime() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerFixture scene = BrokerFixture.start(redis.url())) {
            awaitReady(scene, true, Duration.ofSeconds(10));

            redis.kill();
            awaitReady(scene, false, RED);

            redis.restart();
            awaitReady(scene, true, GREEN);
        }
    }

    @Test
    void startedWithoutRedis_becomesReadyWhenItComes() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.kill();
            try (BrokerFixture scene = BrokerFixture.start(redis.url())) {
                awaitReady(scene, false, RED);

                redis.restart();
                awaitReady(scene, true, GREEN);
            }
        }
    }

    @Test
    void readyWithoutStorage_staysGreenWhenRedisGoes_andSaysSo_butIsRedUntilItCame() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.suspend();
            try (RunningBroker broker =
                    RunningBroker.start(Map.of(Setting.REDIS, redis.url(), Setting.READY_WITHOUT_STORAGE, "true"))) {
                assertThat(broker.management("/health/ready").statusCode()).isEqualTo(503);
                redis.resume();
                awaitState(broker, 200, "ready");
                redis.suspend();
                awaitState(broker, 200, "storage away");
                redis.resume();
                awaitState(broker, 200, "ready");
            } finally {
                redis.resume();
            }
        }
    }

    private static void awaitState(RunningBroker broker, int status, String state) {
        await(state).atMost(Duration.ofSeconds(20)).pollInSameThread().until(() -> {
            HttpResponse<String> answer = broker.management("/health/ready");
            return answer.statusCode() == status
                    && new JsonObject(answer.body()).getString("state").equals(state);
        });
    }

    private static void awaitReady(BrokerFixture scene, boolean ready, Duration within) {
        await("ready: " + ready)
                .atMost(within)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> scene.isReady() == ready);
    }
}
