package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.GrantTokens;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A request for a list of all costs others nothing, because what its sender may see is known before anything is read. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ListsTest {

    private static final String ADMIN = "a-token-of-the-administrator-0123456789";
    private static final String WRITER = "logs:write@device/a";
    private static final String SEEN = "tailrace:{devices}:seen";
    private static final int ATTACKERS = 16;
    private static final int DEVICES = 100_000;

    private static RunningBroker broker(RedisProcess redis) {
        return broker(redis.url());
    }

    private static RunningBroker broker(String redis) {
        RunningBroker broker =
                RunningBroker.start(Map.of(Setting.REDIS, redis, Setting.AUTH_ADMIN_TOKEN, ADMIN), GrantTokens::of);
        await().atMost(20, SECONDS)
                .until(() -> broker.management("/health/ready").statusCode() == 200);
        return broker;
    }

    private static HttpResponse<String> get(RunningBroker broker, String token, String path) {
        return broker.get(path, "Authorization", "Bearer " + token);
    }

    private static HttpResponse<String> say(RunningBroker broker, String device) {
        return broker.request(
                "POST",
                "/api/v1/devices/" + device + "/logs",
                "line",
                "Authorization",
                "Bearer " + ADMIN,
                "Content-Type",
                "text/plain");
    }

    private static void assign(RunningBroker broker, String device, String fleet) {
        HttpResponse<String> answer = broker.request(
                "PUT",
                "/api/v1/devices/" + device + "/fleet",
                new JsonObject().put("fleet", fleet).encode(),
                "Authorization",
                "Bearer " + ADMIN);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
    }

    private static List<String> names(JsonArray all, String field) {
        return all.stream().map(one -> ((JsonObject) one).getString(field)).toList();
    }

    @Test
    void whoMayReadNothing_getsEmptyLists_andStorageIsNotAsked() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = broker(redis)) {
            redis.suspend();
            try {
                for (String path : List.of("/api/v1/devices", "/api/v1/devices?q=a", "/api/v1/devices?device=a")) {
                    HttpResponse<String> list = get(broker, WRITER, path);
                    assertThat(list.statusCode()).as(path).isEqualTo(200);
                    assertThat(new JsonObject(list.body()).getJsonArray("devices"))
                            .isEmpty();
                }
                assertThat(get(broker, WRITER, "/api/v1/fleets").body()).isEqualTo("{\"fleets\":[]}");
                assertThat(get(broker, WRITER, "/loki/api/v1/label/device/values")
                                .body())
                        .contains("\"data\":[]");
            } finally {
                redis.resume();
            }
        }
    }

    @Test
    void whoMayReadSome_getsTheseInPages() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = broker(redis)) {
            Stream.of("a", "b", "c", "d", "e").forEach(device -> say(broker, device));
            Stream.of("a", "c", "e").forEach(device -> assign(broker, device, "eu"));
            assign(broker, "b", "us");
            String grants = "{\"grants\":[\"logs:read@fleet/eu\",\"logs:read@device/d\",\"logs:read@device/none\"]}";
            HttpResponse<String> made =
                    broker.request("POST", "/api/v1/keys", grants, "Authorization", "Bearer " + ADMIN);
            String key = new JsonObject(made.body()).getString("token");
            await().atMost(20, SECONDS)
                    .untilAsserted(() -> assertThat(list(broker, key, "")).containsExactly("a", "c", "d", "e"));
            assertThat(list(broker, key, "?after=a&limit=2")).containsExactly("c", "d");
            assertThat(list(broker, key, "?after=d&limit=2")).containsExactly("e");
            assertThat(list(broker, "logs:read@device/b", "")).containsExactly("b");
            JsonObject values = new JsonObject(
                    get(broker, key, "/loki/api/v1/label/device/values").body());
            assertThat(values.getJsonArray("data").getList()).isEqualTo(List.of("a", "c", "d", "e"));
            assign(broker, "c", "us");
            await().atMost(20, SECONDS)
                    .untilAsserted(() -> assertThat(list(broker, key, "")).containsExactly("a", "d", "e"));
        }
    }

    private static List<String> list(RunningBroker broker, String token, String query) {
        JsonObject list =
                new JsonObject(get(broker, token, "/api/v1/devices" + query).body());
        return names(list.getJsonArray("devices"), "device");
    }

    @Test
    void fleets_comeInPages() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = broker(redis)) {
            List<String> fleets = List.of("a", "a-b", "a.b", "ab", "b");
            fleets.forEach(fleet -> assign(broker, "in-" + fleet, fleet));
            List<String> found = new ArrayList<>();
            String next = "";
            while (next != null) {
                String after = next.isEmpty() ? "" : "&after=" + next;
                JsonObject page = new JsonObject(
                        get(broker, ADMIN, "/api/v1/fleets?limit=2" + after).body());
                found.addAll(names(page.getJsonArray("fleets"), "fleet"));
                next = page.getString("next");
            }
            assertThat(found).containsExactlyInAnyOrderElementsOf(fleets);
            assertThat(get(broker, "logs:read@fleet/ab", "/api/v1/fleets").body())
                    .isEqualTo("{\"fleets\":[{\"fleet\":\"ab\",\"devices\":1}]}");
        }
    }

    /** The attack that stopped all ingestion: lists of 100,000 devices, by callers who may see none and by one who may see all. */
    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void manyListsOfVeryManyDevices_refuseNobodysLines(StorageLayout layout) throws Exception {
        ExecutorService attackers = Executors.newFixedThreadPool(ATTACKERS);
        try (StorageLayout.Servers redis = layout.start();
                RunningBroker broker = broker(redis.url())) {
            fill(redis.masterOf(SEEN));
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger lists = new AtomicInteger();
            List<Future<?>> attacks = new ArrayList<>();
            for (int i = 0; i < ATTACKERS; i++) {
                String token = i == 0 ? ADMIN : WRITER;
                attacks.add(attackers.submit(() -> {
                    while (!over.get()) {
                        int status = get(broker, token, "/api/v1/devices").statusCode();
                        assertThat(status).isEqualTo(200);
                        lists.incrementAndGet();
                    }
                }));
            }
            List<Long> millis = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                long began = System.nanoTime();
                assertThat(say(broker, "probe").statusCode()).isEqualTo(202);
                millis.add((System.nanoTime() - began) / 1_000_000);
            }
            over.set(true);
            for (Future<?> attack : attacks) {
                attack.get(30, SECONDS);
            }
            millis.sort(null);
            HostileTools.figures(
                    lists.get() + " lists of " + DEVICES + " devices, " + layout,
                    "another's POST took " + millis.get(50) + " ms in the middle and " + millis.get(99)
                            + " ms at most");
            assertThat(broker.metric("tailrace_redis_reconnects_total")).isZero();
            assertThat(broker.metric("tailrace_lines_rejected_total")).isZero();
        } finally {
            attackers.shutdownNow();
        }
    }

    private static void fill(RedisProcess redis) {
        String now = Long.toString(System.currentTimeMillis());
        for (int from = 0; from < DEVICES; from += 1000) {
            List<String> command = new ArrayList<>(List.of("ZADD", SEEN));
            for (int i = from; i < from + 1000; i++) {
                command.addAll(List.of(now, "dev-%06d-abcdef0123456789abcdef".formatted(i)));
            }
            redis.command(command.toArray(String[]::new));
        }
    }
}
