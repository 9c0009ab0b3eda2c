package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every key that a broker keeps in Redis, damaged in every way: clients that do not depend on the key are served as
 * before, no request gets a 500, and what can be restored is. The keys are those of a broker that has used every feature.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DamagedKeysTest {

    private static final String ADMIN = "admin-token-of-this-test";

    /** Every kind of key, by the name that the test gives to the parts that differ. A new one has to come here. */
    private static final List<String> KINDS = List.of(
            "tailrace:auth:key:ID",
            "tailrace:auth:list:keys",
            "tailrace:auth:list:keys/DEVICE",
            "tailrace:auth:list:logins/SUBJECT",
            "tailrace:auth:list:tickets/SUBJECT",
            "tailrace:auth:login:ID",
            "tailrace:auth:revoked",
            "tailrace:auth:ticket:ID",
            "tailrace:places:ID",
            "tailrace:{DEVICE}:meta",
            "tailrace:{DEVICE}:ring",
            "tailrace:{devices}:lease:ID",
            "tailrace:{devices}:leases",
            "tailrace:{devices}:seen",
            "tailrace:{fleets}:devices",
            "tailrace:{fleets}:of",
            "tailrace:{fleets}:sizes",
            "tailrace:{fleets}:version");

    /** Enough for places of a stream to be kept in storage. */
    private static final int MANY = 70;

    private final Map<String, String[]> all = all();
    private final Map<String, String[]> damages = new LinkedHashMap<>(all);
    private final List<String> failures = new ArrayList<>();

    private Function<String, RedisProcess> serverOf = key -> {
        throw new IllegalStateException();
    };

    private RunningBroker broker;
    private WebSocket connected;
    private String victimsKey;
    private String victimsCookie;
    private String ticket;
    private String place;

    /** Each with what makes it, of a key that does not exist. */
    private static Map<String, String[]> all() {
        Map<String, String[]> damages = new LinkedHashMap<>();
        damages.put("empty", new String[] {"SET", "KEY", ""});
        damages.put("text", new String[] {"SET", "KEY", "no json, no number \u0001\u007f\r\n@ / : "});
        damages.put("huge", new String[] {"SET", "KEY", "9".repeat(2 << 20)});
        damages.put("JSON", new String[] {"SET", "KEY", "{\"hash\":7,\"until\":\"soon\",\"grants\":[1,null,{}]}"});
        damages.put("foreign JSON", new String[] {
            "SET",
            "KEY",
            "{\"hash\":\"x\",\"subject\":\"x\",\"token\":\"x\",\"name\":\"x\",\"grants\":[\"*@*\"],\"created\":-1,"
                    + "\"until\":1e300,\"expiresAt\":-9223372036854775808,\"credentials\":[],\"devices\":[\"../..\"]}"
        });
        damages.put("deep JSON", new String[] {"SET", "KEY", "[".repeat(100_000)});
        damages.put("list", new String[] {"RPUSH", "KEY", "x", "", "a@b", "@9"});
        damages.put("set", new String[] {"SADD", "KEY", "x", "", "../no device"});
        damages.put("hash", new String[] {"HSET", "KEY", "x", "", "epoch", "a b", "head", "-1", "../no", "no fleet"});
        damages.put("sorted set", new String[] {
            "ZADD", "KEY", "0", "", "inf", "x", "-inf", "@", "1e308", "a@b", "5", "/", "0", "f/", "0", "x/../no", "7",
            "f/x", "inf", "abc"
        });
        damages.put("stream", new String[] {"XADD", "KEY", "99999999999999999-7", "x", "y"});
        damages.put("more of its type", new String[0]);
        return damages;
    }

    /** One way of each kind; the others take longer. */
    @Test
    void anyKeyDamaged_costsNobodyElseAnything() {
        damages.keySet().retainAll(Set.of("foreign JSON", "list", "sorted set", "more of its type"));
        try (RedisProcess redis = RedisProcess.start()) {
            serverOf = key -> redis;
            run(redis.url(), List.of(redis));
        }
    }

    @Test
    @Tag("long")
    void anyKeyDamagedInAnyWay_inACluster_costsNobodyElseAnything() {
        try (RedisCluster cluster = RedisCluster.start(3, 0)) {
            serverOf = cluster::masterOf;
            run(cluster.url(), cluster.nodes());
        }
    }

    private void run(String url, List<RedisProcess> servers) {
        try (RunningBroker started = RunningBroker.start(Map.of(Setting.REDIS, url, Setting.AUTH_ADMIN_TOKEN, ADMIN))) {
            broker = started;
            await().atMost(20, SECONDS)
                    .until(() -> broker.management("/health/ready").statusCode() == 200);
            useEverything();
            Map<String, String> keys = new TreeMap<>();
            servers.forEach(server -> scan(server).forEach(key -> keys.putIfAbsent(kindOf(key), key)));
            assertThat(keys.keySet()).containsExactlyElementsOf(KINDS);
            keys.forEach((kind, key) -> damages.forEach((damage, command) -> tryOut(kind, key, damage, command)));
            assertThat(connected.isInputClosed())
                    .as("the connection of the device")
                    .isFalse();
            connected.abort();
            assertThat(failures).isEmpty();
            assertThat(broker.metric("tailrace_ring_damaged_total")).isGreaterThan(KINDS.size());
            await().atMost(10, SECONDS)
                    .until(() -> broker.management("/health/ready").statusCode() == 200);
        }
    }

    // ---- what makes keys

    private void useEverything() {
        as(ADMIN, "POST", "/api/v1/devices/victim/logs?producer=p", "{\"message\":\"one\",\"seq\":1}");
        as(ADMIN, "POST", "/api/v1/devices/other/logs", "{\"message\":\"one\"}");
        as(ADMIN, "POST", "/api/v1/devices/other/keys", "{}");
        for (int i = 0; i < MANY; i++) {
            as(ADMIN, "PUT", "/api/v1/devices/many-" + i + "/fleet", "{\"fleet\":\"many\"}");
        }
        as(ADMIN, "PUT", "/api/v1/devices/victim/fleet", "{\"fleet\":\"f\"}");
        victimsKey = newKey("[\"logs:read@device/victim\",\"logs:write@device/victim\"]");
        HttpResponse<String> in = broker.request(
                "POST",
                "/api/v1/session",
                new JsonObject().put("token", victimsKey).encode());
        victimsCookie = in.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
        ticket = json(as(victimsKey, "POST", "/api/v1/tickets", "{}")).getString("ticket");
        as(ADMIN, "POST", "/api/v1/revocations", "{\"credential\":\"jti:gone\"}");
        String gone = newKey("[\"logs:read@device/victim\"]");
        as(ADMIN, "DELETE", "/api/v1/keys/" + gone.split("_", 3)[1], "");
        try (SseReader reader =
                SseReader.open(broker.port(), "/api/v1/logs/stream?fleet=many", "Authorization", "Bearer " + ADMIN)) {
            EventReader.Event event = reader.message();
            while (!"checkpoint".equals(event.name()) || event.id() == null) {
                event = reader.message();
            }
            place = event.id();
        }
        // A connected device is in its broker's lease.
        WebSocket device = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + ADMIN)
                .buildAsync(broker.wsUri("/api/v1/devices/victim/ingest"), new WebSocket.Listener() {})
                .join();
        await().atMost(20, SECONDS)
                .until(() -> as(ADMIN, "GET", "/api/v1/devices?online=true", "")
                        .body()
                        .contains("victim"));
        connected = device;
        waitForSeen();
    }

    private void waitForSeen() {
        await().atMost(20, SECONDS)
                .until(() -> as(ADMIN, "GET", "/api/v1/devices", "").body().contains("\"other\""));
    }

    private String newKey(String grants) {
        return json(as(ADMIN, "POST", "/api/v1/keys", "{\"grants\":" + grants + "}"))
                .getString("token");
    }

    // ---- keys

    private static List<String> scan(RedisProcess server) {
        List<String> keys = new ArrayList<>();
        String cursor = "0";
        do {
            List<?> page = (List<?>) server.command("SCAN", cursor, "MATCH", "tailrace:*", "COUNT", "1000");
            cursor = (String) page.get(0);
            ((List<?>) page.get(1)).forEach(key -> keys.add((String) key));
        } while (!cursor.equals("0"));
        // What the victim has, where there are several of a kind.
        keys.removeIf(key -> key.contains("_tailrace-probe") || key.contains("{other}") || key.contains("{many"));
        return keys;
    }

    private static String kindOf(String key) {
        return key.replaceAll(
                        "^(tailrace:auth:(key|login|ticket):|tailrace:places:|tailrace:\\{devices}:lease:).*", "$1ID")
                .replaceAll("^tailrace:auth:list:(tickets|logins)/.*", "tailrace:auth:list:$1/SUBJECT")
                .replaceAll("^tailrace:auth:list:keys/.*", "tailrace:auth:list:keys/DEVICE")
                .replaceAll("^tailrace:\\{(?!devices}|fleets}).*}:", "tailrace:{DEVICE}:");
    }

    /** In the same slot of a cluster. */
    private static String backupOf(String key) {
        return key.contains("{") ? "backup:" + key : "backup:{" + key + "}";
    }

    // ---- the attack

    private void tryOut(String kind, String key, String damage, String[] command) {
        String what = kind + ", " + damage;
        RedisProcess server = serverOf.apply(key);
        // The list of devices is read again at once when a membership has changed.
        expect(what + ", before", 204, as(ADMIN, "PUT", "/api/v1/devices/other/fleet", "{\"fleet\":\"g\"}"));
        server.command("COPY", key, backupOf(key), "REPLACE");
        if (command.length > 0) {
            server.command("DEL", key);
            server.command(Arrays.stream(command)
                    .map(part -> part.equals("KEY") ? key : part)
                    .toArray(String[]::new));
        } else {
            addToIt(server, key);
        }
        askEverything(what);
        server.command("COPY", backupOf(key), key, "REPLACE");
        server.command("DEL", backupOf(key));
    }

    private void addToIt(RedisProcess server, String key) {
        String type = (String) server.command("TYPE", key);
        String[] more = all.getOrDefault(
                switch (type) {
                    case "zset" -> "sorted set";
                    case "string" -> "text";
                    case "none" -> "list";
                    default -> type;
                },
                new String[0]);
        try {
            server.command(Arrays.stream(more)
                    .map(part -> part.equals("KEY") ? key : part)
                    .toArray(String[]::new));
        } catch (RespClient.RedisError refused) {
            failures.add(key + " is not what it was taken for: " + refused.getMessage());
        }
        if (type.equals("hash")) {
            for (Object field : (List<?>) server.command("HKEYS", key)) {
                server.command("HSET", key, (String) field, "no/ \u0001such thing");
            }
        }
    }

    private void askEverything(String what) {
        // Others.
        expect(what, 200, as(ADMIN, "GET", "/api/v1/devices", ""));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/fleets", ""));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/devices/other", ""));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/keys", ""));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/devices/other/keys", ""));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/revocations", ""));
        expect(what, 200, as(ADMIN, "GET", "/loki/api/v1/label/device/values", ""));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/devices/other/logs", ""));
        expect(what, 202, as(ADMIN, "POST", "/api/v1/devices/other/logs", "{\"message\":\"again\"}"));
        expect(what, 204, as(ADMIN, "PUT", "/api/v1/devices/other/fleet", "{\"fleet\":\"h\"}"));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/devices", ""));
        expect(what, 200, as(ADMIN, "GET", "/api/v1/devices?fleet=h", ""));
        String key = newKey("[\"logs:read@fleet/h\"]");
        expect(what, 200, as(key, "GET", "/api/v1/devices/other/logs", ""));
        HttpResponse<String> ticketed = as(key, "POST", "/api/v1/tickets", "{}");
        expect(what, 201, ticketed);
        if (ticketed.statusCode() == 201) {
            String with = "?ticket=" + json(ticketed).getString("ticket");
            try (SseReader reader = SseReader.open(broker.port(), "/api/v1/devices/other/logs/stream" + with)) {
                if (reader.status() != 200) {
                    failures.add(what + ": stream of a ticket: " + reader.status());
                }
            }
        }
        expect(what, 204, as(ADMIN, "DELETE", "/api/v1/keys/" + key.split("_", 3)[1], ""));
        // Those whom it is about.
        notFailed(what, as(ADMIN, "GET", "/api/v1/devices/victim", ""));
        notFailed(what, as(ADMIN, "GET", "/api/v1/devices/victim/keys", ""));
        notFailed(what, as(ADMIN, "GET", "/api/v1/devices/victim/logs", ""));
        notFailed(what, as(ADMIN, "POST", "/api/v1/devices/victim/logs", "{\"message\":\"again\"}"));
        notFailed(what, as(victimsKey, "GET", "/api/v1/devices/victim/logs", ""));
        notFailed(what, as(victimsKey, "POST", "/api/v1/tickets", "{}"));
        notFailed(what, broker.get("/api/v1/session", "Cookie", victimsCookie));
        notFailed(what, broker.get("/api/v1/devices/victim/logs?ticket=" + ticket));
        try (SseReader reader = SseReader.open(
                broker.port(),
                "/api/v1/logs/stream?fleet=many",
                "Authorization",
                "Bearer " + ADMIN,
                "Last-Event-ID",
                place)) {
            if (reader.status() >= 500) {
                failures.add(what + ": stream of a fleet: " + reader.status());
            }
        } catch (RuntimeException | AssertionError refused) {
            failures.add(what + ": stream of a fleet: " + refused);
        }
    }

    private void expect(String what, int status, HttpResponse<String> answer) {
        if (answer.statusCode() != status) {
            failures.add(what + ": " + answer.request().method() + " "
                    + answer.request().uri().getPath() + " " + answer.statusCode() + " " + answer.body());
        }
    }

    private void notFailed(String what, HttpResponse<String> answer) {
        if (answer.statusCode() >= 500) {
            expect(what, 0, answer);
        }
    }

    private HttpResponse<String> as(String token, String method, String path, String body) {
        String type = path.contains("/logs") ? "application/x-ndjson" : "application/json";
        return broker.request(method, path, body, "Authorization", "Bearer " + token, "Content-Type", type);
    }

    private static JsonObject json(HttpResponse<String> answer) {
        return new JsonObject(answer.body());
    }
}
