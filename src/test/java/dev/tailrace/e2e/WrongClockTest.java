package dev.tailrace.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.FakeTime;
import dev.tailrace.testing.ReaderTokens;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TailraceCommand;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker whose clock is a day ahead, or a day late: credentials that it issues for a time are valid for that time, at itself and at other
 * brokers, and it does no harm to the credentials of those.
 */
@Tag("long")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WrongClockTest {

    private static final long DAY = 86_400;
    private static final String ADMIN = "admin-token-of-this-test";
    private static final String SECRET = "a secret of more than 32 bytes, for this test alone";

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    @BeforeAll
    static void needsWrongClocks() {
        FakeTime.require();
    }

    private HttpResponse<String> ask(String method, URI uri, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(60))
                .method(method, BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private JsonObject admin(URI broker, String method, String path, String body) throws Exception {
        HttpResponse<String> answer = ask(method, broker.resolve(path), body, "Authorization", "Bearer " + ADMIN);
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 204);
        return answer.body().isEmpty() ? new JsonObject() : new JsonObject(answer.body());
    }

    private int read(URI broker, String token) throws Exception {
        return ask("GET", broker.resolve("/api/v1/devices/d/logs"), "", "Authorization", "Bearer " + token)
                .statusCode();
    }

    private String key(URI broker, long seconds) throws Exception {
        return admin(broker, "POST", "/api/v1/keys", "{\"grants\":[\"logs:read@*\"],\"expiresIn\":" + seconds + "}")
                .getString("token");
    }

    private String ticket(URI broker) throws Exception {
        return admin(broker, "POST", "/api/v1/tickets", "{}").getString("ticket");
    }

    private int use(URI broker, String ticket) throws Exception {
        return ask("GET", broker.resolve("/api/v1/devices/d/logs?ticket=" + ticket), "")
                .statusCode();
    }

    private String logIn(URI broker) throws Exception {
        HttpResponse<String> answer = ask(
                "POST",
                broker.resolve("/api/v1/session"),
                new JsonObject().put("token", ADMIN).encode());
        assertThat(answer.statusCode()).isEqualTo(200);
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).contains("Max-Age=43200");
        return cookie.split(";", 2)[0];
    }

    private int session(URI broker, String method, String cookie) throws Exception {
        return ask(method, broker.resolve("/api/v1/session"), "", "Cookie", cookie)
                .statusCode();
    }

    /** The longest time, in milliseconds, that a key of a kind stays in Redis. */
    private static long life(RedisProcess redis, String kind) {
        List<?> names = (List<?>) redis.command("KEYS", "tailrace:auth:" + kind + ":*");
        assertThat(names).as(kind).isNotEmpty();
        return names.stream()
                .mapToLong(name -> (Long) redis.command("PTTL", name.toString()))
                .max()
                .orElseThrow();
    }

    private void say(URI broker, String device) throws Exception {
        HttpResponse<String> said = ask(
                "POST",
                broker.resolve("/api/v1/devices/" + device + "/logs"),
                "line\n",
                "Authorization",
                "Bearer " + ADMIN,
                "Content-Type",
                "text/plain");
        assertThat(said.statusCode()).isEqualTo(202);
    }

    private void makesWhatIsGood(RedisProcess redis, URI maker, URI user) throws Exception {
        say(maker, "d");
        String key = key(maker, 3600);
        assertThat(life(redis, "key")).isBetween(3_590_000L, 3_602_000L);
        assertThat(read(user, key)).isEqualTo(200);

        String ticket = ticket(maker);
        assertThat(life(redis, "ticket")).isBetween(50_000L, 62_000L);
        assertThat(use(user, ticket)).isEqualTo(200);
        assertThat(use(maker, ticket)).isEqualTo(401);

        String cookie = logIn(maker);
        assertThat(life(redis, "login")).isBetween(43_190_000L, 43_202_000L);
        assertThat(session(user, "GET", cookie)).isEqualTo(200);
        assertThat(session(maker, "DELETE", cookie)).isEqualTo(204);
        await().atMost(15, SECONDS).until(() -> session(user, "GET", cookie) == 401);

        JsonObject rotated = admin(maker, "POST", "/api/v1/keys/" + key.split("_")[1] + "/rotate", "{\"grace\":10}");
        assertThat(read(user, key)).as("within the grace").isEqualTo(200);
        assertThat(read(user, rotated.getString("token"))).isEqualTo(200);
        await().atMost(30, SECONDS).until(() -> read(user, key) == 401 && read(maker, key) == 401);

        String brief = key(maker, 8);
        try (SseReader reader =
                SseReader.open(user.getPort(), "/api/v1/devices/d/logs/stream", "Authorization", "Bearer " + brief)) {
            assertThat(reader.status()).isEqualTo(200);
            EventReader.Event bye = reader.message();
            assertThat(bye.json().getString("reason")).isEqualTo("credential expired");
        }
        assertThat(read(user, brief)).isEqualTo(401);
        assertThat(read(maker, brief)).isEqualTo(401);
    }

    private static URI uri(RunningBroker broker) {
        return broker.uri("/");
    }

    private static String token(String id, long seconds) throws Exception {
        return ReaderTokens.signed(SECRET, id, Duration.ofSeconds(seconds));
    }

    /** Both at the same time, because either waits for most of its time. */
    @Test
    void brokersWhoseClocksAreWrong_spoilNothingOfAnothers() throws Exception {
        ExecutorService both = Executors.newFixedThreadPool(2);
        try {
            List<Callable<Void>> brokers =
                    List.of(() -> isRightBeside(DAY, "ahead"), () -> isRightBeside(-DAY, "late"));
            for (Future<Void> done : both.invokeAll(brokers)) {
                done.get();
            }
        } finally {
            both.shutdownNow();
        }
    }

    /** A process whose clock is wrong, beside a broker with the right one. */
    private Void isRightBeside(long ahead, String name) throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                BrokerProcess started = BrokerProcess.in(folder)
                        .named(name)
                        .before(FakeTime.ahead(ahead))
                        .jvm(TailraceCommand.SMALL_JVM)
                        .settings(
                                "--redis",
                                redis.url(),
                                "--auth-admin-token",
                                ADMIN,
                                "--auth-jwt-secret",
                                SECRET,
                                "--ring-ttl",
                                "12h")
                        .start();
                RunningBroker right = RunningBroker.start(Map.of(
                        Setting.REDIS,
                        redis.url(),
                        Setting.AUTH_ADMIN_TOKEN,
                        ADMIN,
                        Setting.AUTH_JWT_SECRET,
                        SECRET,
                        Setting.RING_TTL,
                        "12h"))) {
            URI one = uri(right);
            URI other = started.uri("/");
            String now = Long.toString(
                    System.currentTimeMillis() - Duration.ofHours(11).toMillis());
            String past = Long.toString(
                    System.currentTimeMillis() - Duration.ofHours(13).toMillis());
            redis.command("ZADD", "tailrace:{devices}:seen", now, "remembered", past, "forgotten");
            say(one, "of-one");
            say(other, "of-other");
            makesWhatIsGood(redis, other, one);
            makesWhatIsGood(redis, one, other);
            revocationOfAToken_countsAtBoth(one, other);

            // What had ended an hour ago is over by storage's clock, and what has not is by one of both.
            assertThat(read(other, token("over", -3600))).isEqualTo(401);
            assertThat(read(one, token("good", 3600))).isEqualTo(200);
            assertThat(read(other, token("good", 3600))).isEqualTo(ahead > 0 ? 401 : 200);

            await().atMost(90, SECONDS)
                    .until(() -> redis.command("ZSCORE", "tailrace:{devices}:seen", "forgotten") == null);
            for (URI broker : List.of(one, other)) {
                List<JsonObject> devices = admin(broker, "GET", "/api/v1/devices", "").getJsonArray("devices").stream()
                        .map(JsonObject.class::cast)
                        .toList();
                assertThat(devices.stream().map(each -> each.getString("device")))
                        .contains("of-one", "of-other", "remembered")
                        .doesNotContain("forgotten");
                assertThat(devices)
                        .allSatisfy(each -> assertThat(each.getLong("lastSeen"))
                                .isLessThanOrEqualTo(System.currentTimeMillis() + 1000));
            }
            assertThat(started.output()).contains("The clock of this machine is");
        }
        return null;
    }

    private void revocationOfAToken_countsAtBoth(URI one, URI other) throws Exception {
        String stolen = token("stolen", 1800);
        assertThat(read(one, stolen)).isEqualTo(200);
        JsonObject revoked = new JsonObject()
                .put("credential", "jti:stolen")
                .put(
                        "expiresAt",
                        System.currentTimeMillis() + Duration.ofMinutes(30).toMillis());
        admin(other, "POST", "/api/v1/revocations", revoked.encode());
        await().atMost(15, SECONDS).until(() -> read(one, stolen) == 401);
        for (URI broker : List.of(one, other)) {
            assertThat(admin(broker, "GET", "/api/v1/revocations", "").getJsonArray("revoked"))
                    .contains("jti:stolen");
            assertThat(read(broker, stolen)).isEqualTo(401);
        }
    }
}
