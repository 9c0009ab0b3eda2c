package dev.tailrace.hostile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A Redis in which something else has written: that is passed over and counted, and costs no other device anything. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // heartbeats would have a reader wait for ever
final class RedisDamageTest {

    private static RedisProcess redis;
    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();
    private final String neighbour = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
        broker = RunningBroker.start(Map.of(Setting.REDIS, redis.url()));
    }

    @AfterAll
    static void stop() {
        broker.close();
        redis.close();
    }

    private String key(String kind) {
        return "tailrace:{" + device + "}:" + kind;
    }

    private double damages() {
        return broker.metric("tailrace_ring_damaged_total");
    }

    private String epoch() {
        return broker.history(device).get(0).getString("id").split("-")[0];
    }

    private void assertNeighbourIsWell() {
        broker.say(neighbour, "well");
        assertThat(broker.messages(neighbour)).endsWith("well");
    }

    // ---- values of another type

    @ParameterizedTest
    @CsvSource({"ring, SET, x", "ring, RPUSH, x", "meta, SET, x", "meta, RPUSH, x", "meta, SADD, x"})
    void valueOfAnotherType_isNoRing_andTheNextLineBeginsOne(String kind, String command, String value) {
        broker.say(device, "one", "two");
        redis.command("DEL", key(kind));
        redis.command(command, key(kind), value);
        double before = damages();

        assertThat(broker.messages(device)).isEmpty();
        assertThat(damages()).isGreaterThan(before);
        assertNeighbourIsWell();

        broker.say(device, "three");
        assertThat(broker.messages(device)).containsExactly("three");
        broker.say(device, "four");
        assertThat(broker.messages(device)).containsExactly("three", "four");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "meta"})
    void valueOfAnotherType_canBeCleared(String kind) {
        broker.say(device, "one");
        redis.command("SET", key(kind), "x");
        assertThat(broker.delete("/api/v1/devices/" + device + "/logs").statusCode())
                .isLessThan(300);
        broker.say(device, "two");
        assertThat(broker.messages(device)).containsExactly("two");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "meta"})
    void valueOfAnotherType_whileReadersWatch_isAGapToThem(String kind) {
        broker.say(device, "one");
        try (SseReader reader = follow("?tail=1")) {
            assertThat(reader.entry()).isEqualTo("one");
            redis.command("SET", key(kind), "x");
            broker.say(device, "two");
            EventReader.Event event = reader.message();
            while ("gap".equals(event.name())) {
                event = reader.message();
            }
            assertThat(event.json().getString("message")).isEqualTo("two");
        }
    }

    @Test
    void listOfDevicesOfAnotherType_isListedEmptyAndMadeAnew() {
        redis.command("SET", "tailrace:{devices}:seen", "x");
        redis.command("SET", "tailrace:{devices}:leases", "x");
        HttpResponse<String> list = broker.get("/api/v1/devices");
        assertThat(list.statusCode()).isEqualTo(200);
        await().untilAsserted(() -> {
            broker.say(device, "one");
            assertThat(listed()).contains(device);
        });
    }

    @Test
    void listWithWhatIsNoDevice_showsTheOthers() {
        broker.say(device, "one");
        await().untilAsserted(() -> assertThat(listed()).contains(device));
        double before = damages();
        redis.command("ZADD", "tailrace:{devices}:seen", String.valueOf(System.currentTimeMillis()), "../no\ndevice");
        await().untilAsserted(() -> {
            assertThat(listed()).contains(device).noneMatch(id -> id.contains("no"));
            assertThat(damages()).isGreaterThan(before);
        });
        redis.command("ZREM", "tailrace:{devices}:seen", "../no\ndevice");
    }

    private static List<String> listed() {
        JsonObject list = new JsonObject(broker.get("/api/v1/devices").body());
        JsonArray devices = list.getJsonArray("devices");
        return devices.stream()
                .map(one -> ((JsonObject) one).getString("device", ((JsonObject) one).getString("id")))
                .toList();
    }

    // ---- numbers that are none

    @ParameterizedTest
    @CsvSource({
        "head, many",
        "head, -5",
        "head, 1e300",
        "head, 99999999999999999999",
        "epoch, 'a b\nid: c'",
        "epoch, ''"
    })
    void numbersThatAreNone_areNoRing_andTheNextLineBeginsOne(String field, String value) {
        broker.say(device, "one");
        redis.command("HSET", key("meta"), field, value);
        assertThat(broker.messages(device)).isEmpty();
        broker.say(device, "two");
        assertThat(broker.messages(device)).containsExactly("two");
        assertNeighbourIsWell();
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "cleared", "fork", "touched", "master", "parent", "lineage"})
    void otherNumbersThatAreNone_hurtNobody(String field) {
        broker.say(device, "one");
        redis.command("HSET", key("meta"), field, "x");
        broker.say(device, "two");
        assertThat(broker.messages(device)).endsWith("two");
    }

    @Test
    void headBelowWhatTheRingHolds_isMendedByTheNextLine() {
        broker.say(device, "one", "two");
        broker.say(device, "three"); // an append of its own, so that the ring has an id above the head
        redis.command("HSET", key("meta"), "head", "1");
        broker.say(device, "four");
        assertThat(broker.messages(device)).endsWith("four");
        broker.say(device, "five");
        assertThat(broker.messages(device)).endsWith("four", "five");
    }

    // ---- bytes that are none

    /** Puts something in place of the second of three announcements. */
    private String damageTheSecond(String... fieldAndValue) {
        broker.say(device, "one");
        broker.say(device, "two");
        broker.say(device, "three");
        String epoch = epoch();
        List<?> all = (List<?>) redis.command("XRANGE", key("ring"), "-", "+");
        redis.command("DEL", key("ring"));
        for (int i = 0; i < 3; i++) {
            List<?> entry = (List<?>) all.get(i);
            List<?> fields = (List<?>) entry.get(1);
            String[] what = i == 1 ? fieldAndValue : new String[] {"a", (String) fields.get(1)};
            redis.command("XADD", key("ring"), (String) entry.get(0), what[0], what[1].replace("EPOCH", epoch));
        }
        return epoch;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0001\u0002\u0003",
                "",
                "\n\n\n",
                "S",
                "S\n",
                "S EPOCH\n\"receivedAt\":1}\n",
                "S EPOCH two\n\"receivedAt\":1}\n",
                "S EPOCH 999999999999999999\n\"receivedAt\":1}\n",
                "S EPOCH 99999999999999999999999999\n\"receivedAt\":1}\n",
                "S EPOCH 2\n\"receivedAt\":1,\"message\":\"a\rdata: {}\"}\n",
                "S EPOCH 2\n\"receivedAt\":1,\"message\":\"a\u001b[2J\u0000\"}\n"
            })
    void announcementThatCannotBeRead_isAGap_andItsNeighboursAreRead(String damage) {
        String epoch = damageTheSecond("a", damage);
        double before = damages();
        assertThat(broker.messages(device)).containsExactly("one", "three");
        assertThat(damages()).isGreaterThan(before);
        try (SseReader reader = follow("?after=" + epoch + "-0")) {
            assertThat(reader.entry()).isEqualTo("one");
            JsonObject gap = gap(reader);
            assertThat(gap.getString("from")).isEqualTo(epoch + "-2");
            assertThat(gap.getString("to")).isEqualTo(epoch + "-2");
            assertThat(gap.getLong("count")).isEqualTo(1);
            assertThat(gap.getString("reason")).isEqualTo("damaged");
            assertThat(reader.entry()).isEqualTo("three");
            broker.say(device, "four");
            assertThat(reader.entry()).isEqualTo("four");
        }
        assertNeighbourIsWell();
    }

    @Test
    void lastAnnouncementThatCannotBeRead_isAGapToItsEnd() {
        broker.say(device, "one");
        String epoch = epoch();
        broker.say(device, "two");
        broker.say(device, "three");
        List<?> all = (List<?>) redis.command("XRANGE", key("ring"), "2", "+");
        all.forEach(entry -> redis.command("XDEL", key("ring"), (String) ((List<?>) entry).get(0)));
        assertThat(broker.messages(device)).containsExactly("one");
        try (SseReader reader = follow("?after=" + epoch + "-0")) {
            assertThat(reader.entry()).isEqualTo("one");
            JsonObject gap = gap(reader);
            assertThat(gap.getString("to")).isEqualTo(epoch + "-3");
            assertThat(gap.getLong("count")).isEqualTo(2);
            broker.say(device, "four");
            assertThat(reader.entry()).isEqualTo("four");
        }
    }

    @Test
    void oneEntryAmongOthers_aloneIsMissing() {
        broker.say(device, "one", "two", "three");
        String epoch = epoch();
        StringBuilder all = new StringBuilder("S " + epoch + " 1\n");
        for (Object entry : (List<?>) redis.command("XRANGE", key("ring"), "-", "+")) {
            String announcement = (String) ((List<?>) ((List<?>) entry).get(1)).get(1);
            all.append(announcement.substring(announcement.indexOf('\n') + 1));
        }
        redis.command("DEL", key("ring"));
        redis.command("XADD", key("ring"), "1", "a", all.toString().replace("\"two\"", "\"t\u0007o\""));
        assertThat(broker.messages(device)).containsExactly("one", "three");
        try (SseReader reader = follow("?after=" + epoch + "-0")) {
            assertThat(reader.entry()).isEqualTo("one");
            assertThat(gap(reader).getString("to")).isEqualTo(epoch + "-2");
            assertThat(reader.entry()).isEqualTo("three");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "S",
                "X EPOCH 2\nx\n",
                "S EPOCH\n",
                "S EPOCH 99999999999999999999\nx\n",
                "S a b c\nx\n",
                "S EPOCH 2\na\rdata: injected\n",
                "C EPOCH\n"
            })
    void announcementOnTheChannelThatIsNone_isNotPassedOn(String message) {
        broker.say(device, "one");
        String epoch = epoch();
        try (SseReader reader = follow("?tail=1")) {
            assertThat(reader.entry()).isEqualTo("one");
            double before = damages();
            redis.command("SPUBLISH", key("live"), message.replace("EPOCH", epoch));
            await().until(() -> damages() > before);
            broker.say(device, "two");
            assertThat(reader.entry()).isEqualTo("two");
        }
    }

    // ---- a password

    @Test
    void wrongPassword_startFailsAndSaysSoWithoutIt() {
        try (RedisProcess locked = RedisProcess.start()) {
            locked.command("CONFIG", "SET", "requirepass", "right");
            String url = "redis://:wrong-secret@127.0.0.1:" + locked.port();
            assertThatThrownBy(() -> RunningBroker.start(Map.of(Setting.REDIS, url)))
                    .satisfies(failure -> {
                        String told = String.valueOf(failure.getMessage()) + failure.getCause();
                        assertThat(told).contains("WRONGPASS").doesNotContain("wrong-secret");
                    });
        }
    }

    @Test
    void passwordChangedMeanwhile_isNotReadyUntilItFitsAgain() {
        try (RedisProcess locked = RedisProcess.start();
                RunningBroker here = RunningBroker.start(Map.of(Setting.REDIS, locked.url()))) {
            await().atMost(10, SECONDS).until(() -> readiness(here) == 200);
            locked.command("CONFIG", "SET", "requirepass", "right");
            try (RespClient admin = new RespClient("127.0.0.1", locked.port())) {
                admin.call("AUTH", "right");
                admin.call("CLIENT", "KILL", "TYPE", "normal");
                admin.call("CLIENT", "KILL", "TYPE", "pubsub");
                await().atMost(10, SECONDS).until(() -> readiness(here) == 503);
                admin.call("CONFIG", "SET", "requirepass", "");
            }
            await().atMost(20, SECONDS).until(() -> readiness(here) == 200);
            here.say("d", "one");
            assertThat(here.messages("d")).containsExactly("one");
        }
    }

    private static int readiness(RunningBroker of) {
        URI ready = URI.create("http://127.0.0.1:" + of.server().managementPort() + "/health/ready");
        return of.send(HttpRequest.newBuilder(ready).build()).statusCode();
    }

    // ---- helpers

    private SseReader follow(String query) {
        return SseReader.open(broker.port(), "/api/v1/devices/" + device + "/logs/stream" + query);
    }

    private static JsonObject gap(SseReader reader) {
        EventReader.Event event = reader.message();
        assertThat(event.name()).isEqualTo("gap");
        return event.json();
    }
}
