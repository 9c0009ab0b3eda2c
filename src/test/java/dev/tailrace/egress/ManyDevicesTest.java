package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whole fleets on one stream: more devices than any resume id can name. */
final class ManyDevicesTest {

    private static final int FLEET = 10_000;
    private static final int LONGEST_ID = 200;

    private static RedisProcess redis;

    private final List<RunningBroker> brokers = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @AfterEach
    void stopBrokers() {
        brokers.forEach(RunningBroker::close);
    }

    private RunningBroker inMemory() {
        return add(Map.of());
    }

    private RunningBroker withRedis() {
        return add(Map.of(Setting.REDIS, redis.url()));
    }

    private RunningBroker add(Map<Setting, String> settings) {
        Map<Setting, String> all = new HashMap<>(settings);
        all.putIfAbsent(Setting.STREAM_HEARTBEAT, "500ms");
        RunningBroker broker = RunningBroker.start(all);
        brokers.add(broker);
        return broker;
    }

    private static String device(String fleet, int number) {
        return fleet + "-%05d".formatted(number);
    }

    private static void assign(RunningBroker broker, String fleet, int from, int to) {
        IntStream.range(from, to).parallel().forEach(i -> {
            HttpResponse<String> answer = broker.request(
                    "PUT", "/api/v1/devices/" + device(fleet, i) + "/fleet", "{\"fleet\":\"" + fleet + "\"}");
            assertThat(answer.statusCode()).isEqualTo(204);
        });
    }

    /** Writes to Redis as a broker does, but not in ten thousand requests. */
    private static void assignAtOnce(String fleet, int devices) {
        List<String> fleets = new ArrayList<>(List.of("HSET", "tailrace:{fleets}:of"));
        List<String> members = new ArrayList<>(List.of("ZADD", "tailrace:{fleets}:devices"));
        for (int i = 0; i < devices; i++) {
            fleets.addAll(List.of(device(fleet, i), fleet));
            members.addAll(List.of("0", fleet + "/" + device(fleet, i)));
        }
        redis.command(fleets.toArray(String[]::new));
        redis.command(members.toArray(String[]::new));
        redis.command("HSET", "tailrace:{fleets}:sizes", fleet, Integer.toString(devices));
    }

    private static SseReader open(RunningBroker broker, String fleet, String query, String... headers) {
        return SseReader.open(broker.port(), "/api/v1/logs/stream?fleet=" + fleet + query, headers);
    }

    private static SseReader resume(RunningBroker broker, String fleet, String id) {
        return open(broker, fleet, "", "Last-Event-ID", id);
    }

    /** The data of a checkpoint, in all its parts. */
    private record Reported(String id, Map<String, String> positions, int bytes) {}

    private static Reported checkpoint(SseReader reader) {
        Map<String, String> positions = new HashMap<>();
        int bytes = 0;
        while (true) {
            EventReader.Event event = reader.message();
            if ("checkpoint".equals(event.name())) {
                bytes += event.data().length();
                event.json()
                        .getJsonObject("positions")
                        .forEach(one -> positions.put(one.getKey(), (String) one.getValue()));
                if (event.id() != null) {
                    assertThat(event.id().length()).isLessThan(LONGEST_ID);
                    return new Reported(event.id(), positions, bytes);
                }
            }
        }
    }

    private static EventReader.Event next(SseReader reader, String name) {
        EventReader.Event event = reader.message();
        while (!name.equals(event.name())) {
            event = reader.message();
        }
        return event;
    }

    /** The next message that is not a checkpoint, for example a gap. */
    private static String entry(SseReader reader) {
        EventReader.Event event = reader.message();
        while ("checkpoint".equals(event.name()) || "status".equals(event.name())) {
            event = reader.message();
        }
        assertThat(event.name()).as(event.data()).isNull();
        return event.json().getString("message");
    }

    private static Set<String> entries(SseReader reader, int count) {
        Set<String> messages = new HashSet<>();
        while (messages.size() < count) {
            messages.add(entry(reader));
        }
        return messages;
    }

    // ---- ten thousand

    @Test
    void fleetOfTenThousand_isFollowed_andCheckpointsCarryWhatMoved() {
        RunningBroker broker = withRedis();
        assignAtOnce("big", FLEET);
        String place;
        try (SseReader reader = open(broker, "big", "")) {
            Reported first = checkpoint(reader);
            assertThat(first.positions()).hasSize(FLEET);
            broker.say(device("big", 7), "seven");
            assertThat(entry(reader)).isEqualTo("seven");
            Reported moved = checkpoint(reader);
            assertThat(moved.positions()).containsOnlyKeys(device("big", 7));
            assertThat(moved.bytes()).isLessThan(200);
            place = moved.id();
        }
        IntStream.range(0, 50).forEach(i -> broker.say(device("big", i * 200), "missed " + i));
        try (SseReader reader = resume(broker, "big", place)) {
            assertThat(entries(reader, 50))
                    .isEqualTo(
                            IntStream.range(0, 50).mapToObj(i -> "missed " + i).collect(Collectors.toSet()));
            Reported after = checkpoint(reader);
            assertThat(after.positions()).as("the reader came with the others").hasSize(50);
        }
    }

    @Test
    void devicesThatAreFew_haveAShortIdToo() {
        RunningBroker broker = inMemory();
        assign(broker, "few", 0, 30);
        String place;
        try (SseReader reader = open(broker, "few", "")) {
            place = checkpoint(reader).id();
        }
        assertThat(place.length()).isLessThan(LONGEST_ID);
        broker.say(device("few", 3), "three");
        try (SseReader reader = resume(broker, "few", place)) {
            assertThat(entry(reader)).isEqualTo("three");
        }
    }

    @Test
    void manyStreams_areBoundedTogether() {
        RunningBroker broker = add(Map.of(Setting.FOLLOWED_DEVICES, "100"));
        assign(broker, "first", 0, 60);
        assign(broker, "second", 0, 60);
        try (SseReader reader = open(broker, "first", "")) {
            checkpoint(reader);
            HttpResponse<String> refused = broker.get("/api/v1/logs/stream?fleet=second");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(refused.body()).contains("--followed-devices");
            assertThat(broker.metric("tailrace_refused_total{limit=\"followed-devices\""))
                    .isEqualTo(1);
        }
        await().atMost(10, SECONDS).untilAsserted(() -> {
            try (SseReader reader = open(broker, "second", "")) {
                assertThat(reader.status()).isEqualTo(200);
            }
        });
    }

    // ---- resuming elsewhere and later

    @Test
    void streamOfOneBroker_resumesAtAnother_andAfterARestart() {
        RunningBroker one = withRedis();
        RunningBroker other = withRedis();
        assign(one, "moving", 0, 100);
        String place;
        try (SseReader reader = open(one, "moving", "")) {
            checkpoint(reader);
            one.say(device("moving", 3), "three");
            assertThat(entry(reader)).isEqualTo("three");
            place = checkpoint(reader).id();
        }
        other.say(device("moving", 3), "three more");
        other.say(device("moving", 4), "four");
        String later;
        try (SseReader reader = resume(other, "moving", place)) {
            assertThat(entries(reader, 2)).isEqualTo(Set.of("three more", "four"));
            later = checkpoint(reader).id();
        }
        stopBrokers();
        brokers.clear();
        RunningBroker restarted = withRedis();
        restarted.say(device("moving", 5), "five");
        try (SseReader reader = resume(restarted, "moving", later)) {
            assertThat(entry(reader)).isEqualTo("five");
        }
        try (SseReader reader = resume(restarted, "moving", place)) {
            assertThat(entries(reader, 3)).as("an older place").isEqualTo(Set.of("three more", "four", "five"));
        }
    }

    @Test
    void leavingBroker_sendsTheLastPlaces() {
        RunningBroker one = withRedis();
        RunningBroker other = withRedis();
        assign(one, "leaving", 0, 100);
        String place;
        try (SseReader reader = open(one, "leaving", "")) {
            checkpoint(reader);
            one.say(device("leaving", 3), "told");
            assertThat(entry(reader)).isEqualTo("told");
            brokers.remove(one);
            one.close();
            place = checkpoint(reader).id();
            next(reader, "bye");
        }
        other.say(device("leaving", 3), "more");
        try (SseReader reader = resume(other, "leaving", place)) {
            assertThat(entry(reader)).isEqualTo("more");
        }
    }

    @Test
    void deviceThatJoinedMeanwhile_beginsAsTheRequestSays_andOneThatLeftIsDropped() {
        RunningBroker broker = inMemory();
        assign(broker, "changing", 0, 50);
        String place;
        try (SseReader reader = open(broker, "changing", "")) {
            place = checkpoint(reader).id();
        }
        broker.say(device("changing", 50), "old", "new");
        assign(broker, "changing", 50, 51);
        broker.delete("/api/v1/devices/" + device("changing", 0) + "/fleet");
        broker.say(device("changing", 0), "of a device that left");
        try (SseReader reader = open(broker, "changing", "&tail=1", "Last-Event-ID", place)) {
            assertThat(entry(reader)).isEqualTo("new");
            broker.say(device("changing", 1), "last");
            assertThat(entry(reader)).isEqualTo("last");
        }
    }

    // ---- lost positions

    @Test
    void placesThatStorageLost_areReported_andDevicesBeginAsTheRequestSays() {
        RunningBroker broker = withRedis();
        assign(broker, "lost", 0, 100);
        broker.say(device("lost", 3), "one", "two");
        String place;
        try (SseReader reader = open(broker, "lost", "")) {
            place = checkpoint(reader).id();
        }
        redis.command("DEL", "tailrace:places:" + place.split("\\.")[1]);
        try (SseReader reader = open(broker, "lost", "&tail=1", "Last-Event-ID", place)) {
            EventReader.Event gap = reader.message();
            assertThat(gap.name()).isEqualTo("gap");
            assertThat(gap.json()).isEqualTo(new JsonObject().putNull("count").put("reason", "place-lost"));
            assertThat(entry(reader)).isEqualTo("two");
        }
        assertThat(broker.metric("tailrace_places_lost_total")).isEqualTo(1);
    }

    @Test
    void readerThatIsCutBeforeItsFirstCheckpoint_learnsThatItsPlaceIsLost() {
        RunningBroker broker = inMemory();
        assign(broker, "early", 0, 100);
        String place;
        try (SseReader reader = open(broker, "early", "")) {
            EventReader.Event event = reader.next();
            while (event.id() == null) {
                event = reader.next();
            }
            place = event.id();
            assertThat(event.name()).isEqualTo("alive");
        }
        try (SseReader reader = resume(broker, "early", place)) {
            assertThat(reader.message().json().getString("reason")).isEqualTo("place-lost");
        }
    }

    @Test
    void silentDevices_haveOneListFromTheFirstIdOn() {
        RunningBroker broker = inMemory();
        assign(broker, "silent", 0, 100);
        List<String> ids = new ArrayList<>();
        try (SseReader reader = open(broker, "silent", "")) {
            while (ids.size() < 2) {
                EventReader.Event event = reader.next();
                if (event.id() != null) {
                    ids.add(event.id());
                }
            }
        }
        String list = ids.get(0).split("\\.")[1];
        assertThat(ids).containsExactly("s." + list + ".0", "s." + list + ".1");
    }

    @Test
    void idThatWasTamperedWith_isRefusedOrLost() {
        RunningBroker broker = inMemory();
        assign(broker, "tampered", 0, 100);
        String place;
        try (SseReader reader = open(broker, "tampered", "")) {
            place = checkpoint(reader).id();
        }
        String list = place.split("\\.")[1];
        for (String wrong : List.of("s.x.1", "s." + list, "s." + list + ".-1", place + "x", "s..1")) {
            assertThat(broker.get("/api/v1/logs/stream?fleet=tampered", "Last-Event-ID", wrong)
                            .statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        String guessed = (list.charAt(0) == 'A' ? "B" : "A") + list.substring(1);
        for (String unknown : List.of("s." + guessed + ".1", "s." + list + ".99", "s." + list + ".999999999")) {
            try (SseReader reader = resume(broker, "tampered", unknown)) {
                assertThat(reader.message().json().getString("reason"))
                        .as(unknown)
                        .isEqualTo("place-lost");
            }
        }
    }

    @Test
    void idOfAnotherFleet_movesNoDeviceOfThisOne_andNamesNone() {
        RunningBroker broker = inMemory();
        assign(broker, "mine", 0, 50);
        assign(broker, "yours", 0, 50);
        broker.say(device("yours", 1), "secret");
        String place;
        try (SseReader reader = open(broker, "yours", "&tail=1")) {
            assertThat(entry(reader)).isEqualTo("secret");
            place = checkpoint(reader).id();
        }
        try (SseReader reader = resume(broker, "mine", place)) {
            // Its devices begin with their next entry, so one is written once they are followed.
            assertThat(checkpoint(reader).positions().keySet()).allMatch(name -> name.startsWith("mine"));
            broker.say(device("mine", 1), "own");
            assertThat(entry(reader)).isEqualTo("own");
        }
    }

    @Test
    void redisThatLostThePlacesUnderAnOpenStream_getsThemAgain() {
        RunningBroker broker = withRedis();
        assign(broker, "again", 0, 100);
        try (SseReader reader = open(broker, "again", "")) {
            String before = checkpoint(reader).id();
            redis.command("DEL", "tailrace:places:" + before.split("\\.")[1]);
            broker.say(device("again", 3), "three");
            assertThat(entry(reader)).isEqualTo("three");
            String after = checkpoint(reader).id();
            assertThat(after.split("\\.")[1]).isNotEqualTo(before.split("\\.")[1]);
            broker.say(device("again", 4), "four");
            try (SseReader resumed = resume(broker, "again", after)) {
                assertThat(entry(resumed)).isEqualTo("four");
            }
        }
    }

    // ---- an outage, filters, other formats

    @Test
    void outage_isOneEventForAllDevices() {
        RedisProcess own = RedisProcess.start();
        RunningBroker broker = add(Map.of(Setting.REDIS, own.url()));
        assign(broker, "outage", 0, 100);
        try (SseReader reader = open(broker, "outage", "")) {
            checkpoint(reader);
            own.close();
            EventReader.Event away = reader.message();
            assertThat(away.name()).isEqualTo("status");
            assertThat(away.json()).isEqualTo(new JsonObject().put("storage", "away"));
            for (int i = 0; i < 3; i++) { // heartbeats
                assertThat(reader.next().name()).isEqualTo("alive");
            }
        }
    }

    @Test
    void resumeWhileStorageIsUnavailable_isAskedToReconnect_andGoesOnWhenItIsBack() {
        RedisProcess own = RedisProcess.start();
        try {
            RunningBroker broker = add(Map.of(Setting.REDIS, own.url()));
            assign(broker, "again", 0, 100);
            String place;
            try (SseReader reader = open(broker, "again", "")) {
                place = checkpoint(reader).id();
            }
            broker.say(device("again", 3), "missed");
            own.suspend();
            try (SseReader reader = resume(broker, "again", place)) {
                assertThat(reader.status())
                        .as("an error would be final for an EventSource")
                        .isEqualTo(200);
                assertThat(reader.message().json()).isEqualTo(new JsonObject().put("storage", "away"));
                EventReader.Event bye = reader.message();
                assertThat(bye.name()).isEqualTo("bye");
                assertThat(bye.retry()).isBetween(2000L, 4000L);
                assertThat(bye.id()).as("the reader keeps the id that it has").isNull();
            }
            own.resume();
            await().atMost(20, SECONDS).untilAsserted(() -> {
                try (SseReader reader = resume(broker, "again", place)) {
                    assertThat(entry(reader)).isEqualTo("missed");
                }
            });
        } finally {
            brokers.forEach(RunningBroker::close);
            brokers.clear();
            own.close();
        }
    }

    @Test
    void filterThatHidesAll_movesThePlaces() {
        RunningBroker broker = inMemory();
        assign(broker, "hidden", 0, 100);
        String place;
        try (SseReader reader = open(broker, "hidden", "&q=never")) {
            checkpoint(reader);
            broker.say(device("hidden", 3), "a", "b");
            Reported reported = checkpoint(reader);
            assertThat(reported.positions()).containsOnlyKeys(device("hidden", 3));
            assertThat(reported.positions().get(device("hidden", 3))).endsWith("-2");
            place = reported.id();
        }
        try (SseReader reader = resume(broker, "hidden", place)) {
            broker.say(device("hidden", 3), "c");
            assertThat(entry(reader)).isEqualTo("c");
        }
    }

    @Test
    void ndjson_hasTheIdInTheData() {
        RunningBroker broker = inMemory();
        assign(broker, "lines", 0, 100);
        String id = null;
        try (SseReader reader = open(broker, "lines", "&format=ndjson")) {
            while (id == null) {
                String line = reader.line();
                id = line.isEmpty() ? null : new JsonObject(line).getString("id");
            }
        }
        broker.say(device("lines", 3), "three");
        try (SseReader reader = open(broker, "lines", "&after=" + id)) {
            assertThat(entry(reader)).isEqualTo("three");
        }
    }
}
