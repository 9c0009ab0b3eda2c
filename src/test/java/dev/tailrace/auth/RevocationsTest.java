package dev.tailrace.auth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.http.Problem;
import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.RevocationList;
import dev.tailrace.storage.RevocationList.Revocation;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Following the list of revoked credentials, even when storage loses it. */
@Timeout(60)
final class RevocationsTest {

    private static final long FAR = 4_000_000_000_000L;

    private final ScriptedList list = new ScriptedList();
    private final Revocations revocations = new Revocations(new StorageClock());

    /** A list that the test can lose and break, and whose reads are counted. */
    private static final class ScriptedList implements RevocationList {
        private final List<Revocation> entries = new ArrayList<>();
        private final List<Revocation> removed = new ArrayList<>();
        private String life = "first";
        private long now = System.currentTimeMillis();
        private boolean fails;
        private int pages;
        private int handedOut;
        private int added;
        private int calls;
        private final List<Revocation> before = new ArrayList<>();
        private int takenOver;

        @Override
        public Future<Void> takeOver() {
            if (fails) {
                return Future.failedFuture(new RingUnavailableException("the test says so"));
            }
            takenOver++;
            before.stream().filter(one -> !entries.contains(one)).forEach(entries::add);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> add(List<Revocation> revocations) {
            if (fails) {
                return Future.failedFuture(new RingUnavailableException("the test says so"));
            }
            assertThat(revocations).hasSizeLessThanOrEqualTo(PAGE);
            calls++;
            for (Revocation one : revocations) {
                if (!entries.contains(one)) {
                    entries.add(one);
                    added++;
                }
            }
            return Future.succeededFuture();
        }

        @Override
        public Future<Page> readAfter(long number, List<Revocation> over) {
            if (fails) {
                return Future.failedFuture(new RingUnavailableException("the test says so"));
            }
            pages++;
            removed.addAll(over);
            int from = (int) Math.min(number, entries.size());
            int to = Math.min(entries.size(), from + PAGE);
            handedOut += to - from;
            return Future.succeededFuture(new Page(
                    life, entries.size(), to, to < entries.size(), now, List.copyOf(entries.subList(from, to))));
        }

        void lose() {
            entries.clear();
            added = 0;
            life = "next after " + life;
        }
    }

    private void begin() {
        RunningBroker.await(revocations.begin(list));
    }

    private static Revocation revocation(int number) {
        return new Revocation("jti:" + number, 0, FAR + number);
    }

    @Test
    void manyRevocations_areReadOnce_inPages() {
        IntStream.range(0, 20_000).forEach(i -> list.entries.add(revocation(i)));
        begin();
        assertThat(revocations.names()).hasSize(20_000);
        assertThat(list.pages).isEqualTo(40);
        for (int i = 0; i < 10; i++) {
            RunningBroker.await(revocations.readNew());
        }
        list.entries.add(revocation(20_000));
        RunningBroker.await(revocations.readNew());
        assertThat(revocations.isRevoked("jti:20000")).isTrue();
        assertThat(list.handedOut).as("each once").isEqualTo(20_001);
    }

    @Test
    void lostList_isRestored_andRevokedCredentialsStayRevoked() {
        IntStream.range(0, 1200).forEach(i -> list.entries.add(revocation(i)));
        begin();
        list.lose();
        list.entries.add(revocation(5000));
        RunningBroker.await(revocations.readNew());
        assertThat(list.entries).hasSize(1201).contains(revocation(0), revocation(1199), revocation(5000));
        assertThat(list.added).isEqualTo(1200);
        assertThat(revocations.isRevoked("jti:7")).isTrue();
        assertThat(revocations.isRevoked("jti:5000")).isTrue();
        RunningBroker.await(revocations.readNew());
        assertThat(list.added).as("once").isEqualTo(1200);
    }

    /** The list lacks entries, as after the restore of a backup or the failover to a replica that lacked the last entries. */
    @Test
    void olderList_inTheSameLife_isRestored() {
        IntStream.range(0, 10).forEach(i -> list.entries.add(revocation(i)));
        begin();
        list.entries.subList(4, 10).clear();
        RunningBroker.await(revocations.readNew());
        assertThat(list.entries).hasSize(10);
    }

    /** Its life and its numbers are the same as those that the broker has read. */
    @Test
    void unreadRevocationThatIsLost_isRestored_eachTime() {
        begin();
        RunningBroker.await(revocations.revokeNamed(list, "jti:1", FAR));
        for (int i = 0; i < 3; i++) {
            list.entries.clear();
            RunningBroker.await(revocations.readNew());
            assertThat(list.entries)
                    .containsExactly(new Revocation("jti:1", 0, FAR + Revocations.AFTER_END.toMillis()));
        }
        assertThat(list.added).isEqualTo(4);
        RunningBroker.await(revocations.readNew());
        int calls = list.calls;
        RunningBroker.await(revocations.revokeNamed(list, "jti:1", FAR));
        RunningBroker.await(revocations.readNew());
        assertThat(list.calls).as("it was read, and is there").isEqualTo(calls + 1);
    }

    @Test
    void listThatCannotBeRestored_isComparedAgain() {
        list.entries.add(revocation(1));
        begin();
        list.lose();
        list.fails = true;
        assertThat(revocations.readNew().failed()).isTrue();
        assertThat(revocations.isRevoked("jti:1")).isTrue();
        list.fails = false;
        RunningBroker.await(revocations.readNew());
        assertThat(list.entries).containsExactly(revocation(1));
    }

    @Test
    void revocation_isRemoved_whenItsCredentialEnds_byTheClockOfStorage() {
        Revocation ends = new Revocation("jti:ends", 0, list.now + 1000);
        list.entries.add(ends);
        list.entries.add(revocation(1));
        begin();
        RunningBroker.await(revocations.readNew());
        assertThat(revocations.isRevoked("jti:ends")).isTrue();
        list.now += 60_000;
        RunningBroker.await(revocations.readNew()); // reads the time
        RunningBroker.await(revocations.readNew()); // and uses it
        assertThat(revocations.names()).containsExactly("jti:1");
        assertThat(list.removed).containsExactly(ends);
    }

    /** This holds for a rotated key as well, because its grace period counts by the same clock. */
    @Test
    void revocation_begins_byTheClockOfStorage() {
        for (long ahead : new long[] {86_400_000, -86_400_000}) {
            list.now = System.currentTimeMillis() + ahead;
            list.entries.add(new Revocation("key:" + ahead, list.now + 60_000, FAR));
            begin();
            assertThat(revocations.isRevoked("key:" + ahead)).isFalse();
            list.now += 60_000;
            RunningBroker.await(revocations.readNew());
            assertThat(revocations.isRevoked("key:" + ahead)).isTrue();
        }
    }

    @Test
    void unavailableStorage_atTheStart_refusesAllCredentials() {
        list.fails = true;
        begin();
        assertThatThrownBy(() -> revocations.isRevoked("jti:1"))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(503));
        list.fails = false;
        RunningBroker.await(revocations.readNew());
        assertThat(revocations.isRevoked("jti:1")).isFalse();
    }

    @Test
    void revocationsOfOlderVersions_areTakenOver_beforeTheFirstRequest() {
        list.before.add(revocation(1));
        list.fails = true;
        begin();
        assertThatThrownBy(() -> revocations.isRevoked("jti:1")).isInstanceOf(Problem.class);
        list.fails = false;
        RunningBroker.await(revocations.readNew());
        assertThat(revocations.isRevoked("jti:1")).isTrue();
    }

    @Test
    void laterRevocationsOfOlderVersions_areTakenOver_duringAnUpgrade() {
        begin();
        list.before.add(revocation(1));
        for (int i = 0; i < Revocations.TAKE_OVER_EVERY; i++) {
            RunningBroker.await(revocations.readNew());
        }
        assertThat(revocations.isRevoked("jti:1")).isTrue();
        for (int i = 0; i < 2 * Revocations.TAKE_OVER_UNTIL; i++) {
            RunningBroker.await(revocations.readNew());
        }
        assertThat(list.takenOver).isEqualTo(1 + Revocations.TAKE_OVER_UNTIL / Revocations.TAKE_OVER_EVERY);
    }

    @Test
    void revocationThatEndsBeforeItIsRead_isRemoved_andEndedOnesAreNotListed() {
        begin();
        RunningBroker.await(revocations.revoke(list, "login:a", Revocations.AT_ONCE, Duration.ofSeconds(5)));
        list.lose();
        list.now += 60_000;
        RunningBroker.await(revocations.readNew()); // reads the time
        list.lose();
        RunningBroker.await(revocations.readNew());
        assertThat(list.entries).isEmpty();
        assertThat(revocations.names()).isEmpty();

        int calls = list.calls;
        long hours = Duration.ofHours(2).toMillis();
        RunningBroker.await(revocations.revokeNamed(list, "jti:over", System.currentTimeMillis() - hours));
        assertThat(list.calls).isEqualTo(calls);
        assertThat(revocations.names()).isEmpty();
    }

    @Test
    void namedRevocations_areLimited_andEndWithTheirCredentials() {
        begin();
        long end = System.currentTimeMillis() + 5000;
        long listed = end + Revocations.AFTER_END.toMillis(); // clocks differ
        RunningBroker.await(revocations.revokeNamed(list, "jti:short", end));
        RunningBroker.await(revocations.revokeNamed(list, "cert:unknown-end", KeyValueStore.FOREVER));
        assertThat(list.entries)
                .containsExactly(
                        new Revocation("jti:short", 0, listed),
                        new Revocation("cert:unknown-end", 0, KeyValueStore.FOREVER));
        IntStream.range(0, Revocations.MAX_NAMED).forEach(i -> list.entries.add(revocation(i)));
        RunningBroker.await(revocations.readNew());
        assertThatThrownBy(() -> RunningBroker.await(revocations.revokeNamed(list, "jti:more", end)))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(409));
    }

    // ---- with Redis

    private static final String ADMIN = "admin-token-of-this-test";

    private static JsonObject key(RunningBroker broker) {
        return new JsonObject(broker.request(
                        "POST", "/api/v1/keys", "{\"grants\":[\"logs:read@*\"]}", "Authorization", "Bearer " + ADMIN)
                .body());
    }

    private static String revoked(RunningBroker broker) {
        return broker.get("/api/v1/revocations", "Authorization", "Bearer " + ADMIN)
                .body();
    }

    @Test
    void listThatRedisLost_isRestoredByOneBroker_forAnother() {
        try (RedisProcess redis = RedisProcess.start()) {
            Map<Setting, String> settings = Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN);
            try (RunningBroker knows = RunningBroker.start(settings)) {
                assertThat(knows.request(
                                        "POST",
                                        "/api/v1/revocations",
                                        "{\"credential\":\"jti:stolen\"}",
                                        "Authorization",
                                        "Bearer " + ADMIN)
                                .statusCode())
                        .isEqualTo(204);
                redis.command("FLUSHALL");
                try (RunningBroker fresh = RunningBroker.start(settings)) {
                    await().atMost(20, SECONDS).until(() -> revoked(fresh).contains("jti:stolen"));
                }
                assertThat(revoked(knows)).contains("jti:stolen");
                redis.command("SET", "tailrace:auth:revoked", "what no broker wrote");
                await().atMost(20, SECONDS)
                        .untilAsserted(() -> assertThat(redis.command("TYPE", "tailrace:auth:revoked"))
                                .hasToString("zset"));
                try (RunningBroker fresh = RunningBroker.start(settings)) {
                    assertThat(revoked(fresh)).contains("jti:stolen");
                }
            }
        }
    }

    /** The form of versions that did not number revocations: scored by the time until which each is listed. */
    @Test
    void revocationOfAnOlderVersion_remainsAfterAnUpgrade_andIsListedOnce() {
        String before = "tailrace:auth:list:revoked";
        long month = Duration.ofDays(30).toMillis();
        try (RedisProcess redis = RedisProcess.start()) {
            Map<Setting, String> settings = Map.of(Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN);
            JsonObject key;
            try (RunningBroker broker = RunningBroker.start(settings)) {
                key = key(broker);
            }
            redis.command("DEL", "tailrace:auth:revoked");
            long now = System.currentTimeMillis();
            List<String> members = new ArrayList<>(List.of(
                    "key:" + key.getString("id") + "@" + now,
                    "login:today@" + now,
                    "jti:later@" + (now + 3_600_000),
                    "no name",
                    "jti:beyond@9999999999999999999"));
            IntStream.range(0, 1200).forEach(i -> members.add("sub:" + i + "@" + now));
            for (String member : members) {
                redis.command("ZADD", before, Long.toString(now + month), member);
            }
            redis.command("ZADD", before, Long.toString(now + month - 13 * 3_600_000), "login:yesterday@" + now);
            redis.command("ZADD", before, Long.toString(now - 1), "sub:over@" + (now - month));
            try (RunningBroker one = RunningBroker.start(settings);
                    RunningBroker another = RunningBroker.start(settings)) {
                for (RunningBroker broker : List.of(one, another)) {
                    assertThat(broker.get("/api/v1/devices/a/logs", "Authorization", "Bearer " + key.getString("token"))
                                    .statusCode())
                            .isEqualTo(401);
                    assertThat(revoked(broker))
                            .contains("\"sub:0\"", "\"sub:1199\"", "login:today", "jti:later")
                            .doesNotContain("login:yesterday", "sub:over", "no name", "beyond");
                }
                assertThat(one.metric("tailrace_ring_damaged_total")).isEqualTo(2);
                assertThat((List<?>) redis.command("ZRANGE", "tailrace:auth:revoked", "0", "-2"))
                        .hasSize(1203)
                        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                        .contains("sub:7@" + now + "@" + KeyValueStore.FOREVER)
                        .contains("login:today@" + now + "@" + (now + 12 * 3_600_000));
                assertThat(redis.command("ZCARD", before))
                        .as("an older broker still reads it")
                        .isEqualTo(1206L);
                redis.command("ZADD", before, Long.toString(now + month), "cert:by-an-older-broker@" + now);
                try (RunningBroker third = RunningBroker.start(settings)) {
                    assertThat(revoked(third)).contains("cert:by-an-older-broker");
                }
                await().atMost(20, SECONDS).until(() -> revoked(one).contains("cert:by-an-older-broker"));
            }
            redis.command("DEL", before);
            redis.command("SET", before, "what no broker wrote");
            try (RunningBroker broker = RunningBroker.start(settings)) {
                assertThat(revoked(broker)).contains("cert:by-an-older-broker");
            }
        }
    }

    @Test
    void logins_areStoredBriefly_andAreLimitedPerCaller() {
        try (RedisProcess redis = RedisProcess.start();
                RunningBroker broker = RunningBroker.start(Map.of(
                        Setting.REDIS, redis.url(), Setting.AUTH_ADMIN_TOKEN, ADMIN, Setting.AUTH_LOGINS, "5"))) {
            JsonObject one = key(broker);
            String another = key(broker).getString("token");
            for (int i = 0; i < 5; i++) {
                String cookie = logIn(broker, one.getString("token"), 200);
                assertThat(broker.request("DELETE", "/api/v1/session", "", "Cookie", cookie)
                                .statusCode())
                        .isEqualTo(204);
            }
            logIn(broker, one.getString("token"), 429);
            logIn(broker, another, 200);
            assertThat(broker.metric("tailrace_refused_total{limit=\"auth-logins\"}"))
                    .isEqualTo(1);
            assertThat(redis.command("KEYS", "tailrace:auth:login:*"))
                    .as("the one that is open")
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                    .hasSize(1);
            List<?> members = (List<?>) redis.command("ZRANGE", "tailrace:auth:revoked", "0", "-2");
            assertThat(members)
                    .hasSize(5)
                    .allSatisfy(member -> assertThat(endOf(member.toString()))
                            .isLessThanOrEqualTo(System.currentTimeMillis() + 3_600_000));
            assertThat((Long) redis.command("PTTL", "tailrace:auth:list:logins/key:" + one.getString("id")))
                    .isBetween(1L, 3_600_000L);
        }
    }

    private static long endOf(String member) {
        return Long.parseLong(member.substring(member.lastIndexOf('@') + 1));
    }

    /** The name and value of the cookie; empty if the login was refused. */
    private static String logIn(RunningBroker broker, String token, int status) {
        var in = broker.request(
                "POST", "/api/v1/session", new JsonObject().put("token", token).encode());
        assertThat(in.statusCode()).as(in.body()).isEqualTo(status);
        if (status == 429) {
            assertThat(in.headers().firstValue("Retry-After")).hasValue("3600");
        }
        return in.headers().firstValue("Set-Cookie").orElse("").split(";", 2)[0];
    }
}
