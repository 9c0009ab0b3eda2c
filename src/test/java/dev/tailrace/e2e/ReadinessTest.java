package dev.tailrace.e2e;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RedisProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Readiness follows storage: red within 3 s of its loss, green within 5 s of its return. */
class ReadinessTest {

    private static final Duration RED = Duration.ofSeconds(3);
    private static final Duration GREEN = Duration.ofSeconds(5);

    @Test
    void redisSuspendedAndResumed_isRedAndGreenInTime() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                Scene scene = Scene.start(redis.url())) {
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
                Scene scene = Scene.start(redis.url())) {
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
            try (Scene scene = Scene.start(redis.url())) {
                awaitReady(scene, false, RED);

                redis.restart();
                awaitReady(scene, true, GREEN);
            }
        }
    }

    private static void awaitReady(Scene scene, boolean ready, Duration within) {
        await("ready: " + ready)
                .atMost(within)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> scene.isReady() == ready);
    }
}
