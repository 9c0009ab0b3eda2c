package dev.tailrace.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient;
import dev.tailrace.testing.RunningBroker;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** More credentials than anybody has: those that strangers invent, and those that are revoked. */
@Tag("long")
final class CredentialFloodTest {

    private static final String ADMIN = "admin-token-of-this-test";
    private static final int TOKENS = 5000;
    private static final int REVOKED = 50_000;
    private static final int PIPELINED = 10;

    /** Kept, they would be two copies of 8 KiB each. */
    private static final long MOST_BYTES_FOR_TOKENS = 24L * 1024 * 1024;

    private static final long MOST_BYTES_PER_REVOCATION = 600;

    /** Each of the shape of a session of balena's, shown where nothing is asked about it. */
    @Test
    void tokensOfStrangers_leaveNothingInTheHeap() {
        try (RunningBroker broker = RunningBroker.start(
                        Map.of(Setting.AUTH_BALENA_URL, "http://127.0.0.1:1", Setting.AUTH_ADMIN_TOKEN, ADMIN));
                RawSocket socket = new RawSocket(broker.port())) {
            flood(socket, 0, PIPELINED);
            long before = usedHeap();
            flood(socket, PIPELINED, TOKENS);
            long grown = usedHeap() - before;
            System.out.println(TOKENS + " tokens of strangers: heap " + grown / 1024 + " KiB more");
            assertThat(grown).isLessThan(MOST_BYTES_FOR_TOKENS);
            assertThat(broker.get("/api/v1/limits", "Authorization", "Bearer " + ADMIN)
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    private static void flood(RawSocket socket, int from, int to) {
        String part = "A".repeat(4000);
        for (int i = from; i < to; i += PIPELINED) {
            StringBuilder requests = new StringBuilder();
            for (int j = i; j < i + PIPELINED; j++) {
                requests.append("GET /api/v1/limits HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ")
                        .append(j + "." + part + "." + part)
                        .append("\r\n\r\n");
            }
            socket.write(requests.toString());
            for (int j = 0; j < PIPELINED; j++) {
                assertThat(socket.readResponse()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void manyRevocations_costTheirBytes_andDelayNoRequest() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RespClient client = new RespClient("127.0.0.1", redis.port());
                RunningBroker broker =
                        RunningBroker.start(Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN))) {
            long before = usedHeap();
            long end = System.currentTimeMillis() + TimeUnit.HOURS.toMillis(1);
            for (int i = 1; i <= REVOKED; i++) {
                client.call("ZADD", "tailrace:auth:revoked", "" + i, "login:%016x@0@%d".formatted(i, end));
            }
            client.call("ZADD", "tailrace:auth:revoked", "" + REVOKED, "~1");
            long[] worst = {0};
            AtomicInteger calls = new AtomicInteger();
            await().atMost(Duration.ofSeconds(40))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        long begun = System.nanoTime();
                        int status = broker.get("/api/v1/limits", "Authorization", "Bearer " + ADMIN)
                                .statusCode();
                        worst[0] = Math.max(worst[0], System.nanoTime() - begun);
                        return status == 200 && calls.incrementAndGet() % 50 == 0 && knows(broker, REVOKED);
                    });
            long grown = usedHeap() - before;
            System.out.println(REVOKED + " revocations: " + grown / REVOKED + " bytes each, another's slowest call "
                    + TimeUnit.NANOSECONDS.toMillis(worst[0]) + " ms");
            assertThat(grown).isLessThan(REVOKED * MOST_BYTES_PER_REVOCATION);
        }
    }

    private static boolean knows(RunningBroker broker, int number) {
        return broker.get("/api/v1/revocations", "Authorization", "Bearer " + ADMIN)
                .body()
                .contains("login:%016x".formatted(number));
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
