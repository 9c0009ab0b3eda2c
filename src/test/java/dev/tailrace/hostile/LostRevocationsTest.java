package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.hostile.StorageLayout.Servers;
import dev.tailrace.testing.ReaderTokens;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Credentials stay revoked when storage is several servers, and the server with the list is lost with it. */
@Tag("long")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LostRevocationsTest {

    private static final String ADMIN = "a-token-of-the-administrator-0123456789";
    private static final String SECRET = "a secret of more than 32 bytes, for this test alone";
    private static final String LIST = "tailrace:auth:revoked";

    private static RunningBroker broker(Servers redis) {
        RunningBroker broker = RunningBroker.start(
                Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.AUTH_JWT_SECRET, SECRET));
        awaitReady(broker);
        return broker;
    }

    private static void awaitReady(RunningBroker broker) {
        await().atMost(30, SECONDS)
                .until(() -> broker.management("/health/ready").statusCode() == 200);
    }

    private static String token(String id) throws Exception {
        return ReaderTokens.signed(SECRET, id, Duration.ofMinutes(30));
    }

    private static int status(RunningBroker broker, String token) {
        return broker.get("/api/v1/limits", "Authorization", "Bearer " + token).statusCode();
    }

    private static HttpResponse<String> admin(RunningBroker broker, String method, String path, String body) {
        return broker.request(method, path, body, "Authorization", "Bearer " + ADMIN);
    }

    private static void revoke(RunningBroker broker, String credential) {
        assertThat(admin(broker, "POST", "/api/v1/revocations", "{\"credential\":\"" + credential + "\"}")
                        .statusCode())
                .isEqualTo(204);
    }

    private static void awaitRefused(RunningBroker broker, String token) {
        await().atMost(10, SECONDS).until(() -> status(broker, token) == 401);
    }

    /** Both brokers are asked all the time: no answer may be a good one. */
    private static final class Asking implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final Set<Integer> statuses = ConcurrentHashMap.newKeySet();
        private final List<Thread> threads = new ArrayList<>();

        Asking(List<RunningBroker> brokers, String token) {
            for (RunningBroker broker : brokers) {
                Thread thread = new Thread(() -> {
                    while (!over.get()) {
                        statuses.add(status(broker, token));
                    }
                });
                threads.add(thread);
                thread.start();
            }
        }

        @Override
        public void close() {
            over.set(true);
            threads.forEach(thread -> {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    private interface Loss {
        void happen(Servers redis);
    }

    private static void staysRevoked(StorageLayout layout, Loss loss) throws Exception {
        String stolen = token("stolen");
        String good = token("good");
        try (Servers redis = layout.start();
                RunningBroker one = broker(redis);
                RunningBroker two = broker(redis)) {
            JsonObject key = new JsonObject(admin(one, "POST", "/api/v1/keys", "{\"grants\":[\"logs:read@*\"]}")
                    .body());
            String secret = key.getString("token");
            String kept = "tailrace:auth:key:" + key.getString("id");
            String text = (String) Objects.requireNonNull(redis.masterOf(kept).command("GET", kept));
            assertThat(List.of(status(two, stolen), status(two, good), status(two, secret)))
                    .containsOnly(200);

            revoke(one, "jti:stolen");
            assertThat(admin(one, "DELETE", "/api/v1/keys/" + key.getString("id"), "")
                            .statusCode())
                    .isEqualTo(204);
            awaitRefused(two, stolen);
            awaitRefused(two, secret);

            Set<Integer> meanwhile;
            try (Asking asking = new Asking(List.of(one, two), stolen)) {
                loss.happen(redis);
                awaitReady(one);
                awaitReady(two);
                await().atMost(20, SECONDS).until(() -> isListed(redis, "jti:stolen"));
                meanwhile = asking.statuses;
            }
            assertThat(meanwhile).isSubsetOf(401, 503);
            assertThat(status(one, good)).isEqualTo(200);

            // Another server may still have a key that this one never deleted: an earlier copy.
            redis.masterOf(kept).command("SET", kept, text);
            try (RunningBroker three = broker(redis)) {
                for (RunningBroker broker : List.of(one, two, three)) {
                    assertThat(status(broker, stolen)).isEqualTo(401);
                    assertThat(status(broker, secret)).isEqualTo(401);
                    assertThat(status(broker, good)).isEqualTo(200);
                }
            }
        }
    }

    private static boolean isListed(Servers redis, String credential) {
        return String.valueOf(redis.masterOf(LIST).command("ZRANGE", LIST, "0", "-1"))
                .contains(credential + "@");
    }

    @ParameterizedTest
    @EnumSource(names = {"SENTINELS", "CLUSTER"})
    void whatIsRevoked_staysSo_whenAReplicaWithoutTheListTakesOver(StorageLayout layout) throws Exception {
        staysRevoked(layout, redis -> redis.loseServerOf(LIST));
    }

    @Test
    void whatIsRevoked_staysSo_whenTheShardOfTheListComesBackEmpty() throws Exception {
        staysRevoked(StorageLayout.CLUSTER, redis -> {
            RedisProcess holder = redis.masterOf(LIST);
            redis.replicaOf(holder).kill(); // or it would take over, with the list
            holder.restart();
            await().atMost(30, SECONDS)
                    .ignoreExceptions()
                    .until(() -> redis.masterOf(LIST) == holder
                            && ((String) holder.command("CLUSTER", "INFO")).contains("cluster_state:ok"));
        });
    }
}
