package dev.tailrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.EventReader.Event;
import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestDevice;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Three brokers on one Redis Cluster, which know nothing of each other: readers of each of them see the same. */
@Timeout(value = 90, threadMode = ThreadMode.SEPARATE_THREAD) // an interrupt does not end a read from a socket
class ScaleOutTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String CAPACITY = "5000"; // more than any test writes, so that nothing may be missing

    private static RedisCluster cluster;
    private static RunningBroker a;
    private static RunningBroker b;
    private static RunningBroker c;

    @BeforeAll
    static void start() {
        cluster = RedisCluster.start(3, 0);
        Map<Setting, String> settings = Map.of(Setting.REDIS, cluster.url(), Setting.RING_CAPACITY, CAPACITY);
        a = RunningBroker.start(settings);
        b = RunningBroker.start(settings);
        c = RunningBroker.start(settings);
    }

    @AfterAll
    static void stop() {
        Stream.of(a, b, c).forEach(RunningBroker::close);
        cluster.close();
    }

    @Test
    void devicesOnOneBroker_areSeenAlikeByWatchersOnTheOthers() throws Exception {
        int lines = 3000;
        List<String> names =
                cluster.nodes().stream().map(ScaleOutTest::newDeviceOn).toList();
        Vertx vertx = Vertx.vertx();
        WebSocketClient sockets = vertx.createWebSocketClient();
        List<TestDevice> devices = new ArrayList<>();
        try (Watchers onB = Watchers.of(b, names);
                Watchers onC = Watchers.of(c, names)) {
            names.forEach(name -> awaitListeners(name, 2));

            names.forEach(name -> devices.add(new TestDevice(vertx, sockets, a::port, name, 7)));
            devices.forEach(device -> device.writeUpTo(lines));
            await("all acknowledged")
                    .atMost(PATIENCE)
                    .until(() -> devices.stream().allMatch(TestDevice::isDone));

            for (String name : names) {
                List<Event> seen = onB.entries(name, lines);
                assertThat(offsets(seen))
                        .isEqualTo(LongStream.rangeClosed(1, lines).boxed().toList());
                assertThat(numbers(seen))
                        .isEqualTo(IntStream.rangeClosed(1, lines).boxed().toList());
                assertThat(onC.entries(name, lines)).isEqualTo(seen);
            }
        } finally {
            devices.forEach(TestDevice::close);
            RunningBroker.await(vertx.close());
        }
    }

    @Test
    void oneDeviceThroughAllBrokersAtOnce_isSeenInOneOrderEverywhere() {
        int rounds = 100;
        String device = newDeviceOn(cluster.nodes().get(1));
        List<RunningBroker> brokers = List.of(a, b, c);
        List<SseReader> readers =
                brokers.stream().map(broker -> watch(broker, device)).toList();
        try {
            awaitListeners(device, 3);

            CompletableFuture<?>[] writers = brokers.stream()
                    .map(broker -> CompletableFuture.runAsync(() -> writeRounds(broker, device, rounds)))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(writers).join();

            int lines = 2 * rounds * brokers.size();
            List<Event> seen = entries(readers.get(0), lines);
            assertThat(offsets(seen))
                    .isEqualTo(LongStream.rangeClosed(1, lines).boxed().toList());
            assertThat(seen.stream().map(event -> event.json().getString("message")))
                    .doesNotHaveDuplicates();
            assertThat(entries(readers.get(1), lines)).isEqualTo(seen);
            assertThat(entries(readers.get(2), lines)).isEqualTo(seen);
        } finally {
            readers.forEach(SseReader::close);
        }
    }

    @Test
    void brokerWithoutWatchersOfADevice_isSentNothingOfIt() {
        String device = newDeviceOn(cluster.nodes().get(2));
        a.say(device, "1");
        assertThat(listeners(device)).as("nobody watches").isZero();

        SseReader first = watch(b, device);
        SseReader second = watch(b, device);
        SseReader third = watch(c, device);
        String other = newDeviceOn(cluster.nodes().get(2));
        SseReader ofOther = watch(a, other);
        try {
            // One for each broker with watchers, however many they are; not the one that appends.
            awaitListeners(device, 2);
            awaitListeners(other, 1);
            a.say(device, "2");
            for (SseReader reader : List.of(first, second, third)) {
                assertThat(List.of(reader.entry(), reader.entry())).containsExactly("1", "2");
            }
            assertThat(listeners(device)).isEqualTo(2);

            first.close();
            third.close();
            awaitListeners(device, 1); // b has one watcher left
            a.say(device, "3");
            assertThat(second.entry()).isEqualTo("3");

            second.close();
            awaitListeners(device, 0);
            assertThat(listeners(other)).as("what another device is watched by").isEqualTo(1);
        } finally {
            Stream.of(first, second, third, ofOther).forEach(SseReader::close);
        }
    }

    @Test
    void watcherCutOffFromOneBroker_goesOnAtAnotherWhereItWas() {
        String device = newDeviceOn(cluster.nodes().get(0));
        String lastSeen;
        try (SseReader onB = watch(b, device)) {
            a.say(device, "1", "2", "3");
            assertThat(onB.entry()).isEqualTo("1");
            Event second = onB.message();
            assertThat(second.json().getString("message")).isEqualTo("2");
            lastSeen = second.id();
        }
        a.say(device, "4");

        try (SseReader onC = SseReader.open(c.port(), stream(device), "Last-Event-ID", lastSeen)) {
            assertThat(onC.status()).isEqualTo(200);
            a.say(device, "5");
            assertThat(List.of(onC.entry(), onC.entry(), onC.entry())).containsExactly("3", "4", "5");
        }
    }

    /** One reader of each of some devices, at one broker. */
    private record Watchers(List<String> devices, List<SseReader> readers) implements AutoCloseable {

        static Watchers of(RunningBroker broker, List<String> devices) {
            return new Watchers(
                    devices,
                    devices.stream().map(device -> watch(broker, device)).toList());
        }

        List<Event> entries(String device, int count) {
            return ScaleOutTest.entries(readers.get(devices.indexOf(device)), count);
        }

        @Override
        public void close() {
            readers.forEach(SseReader::close);
        }
    }

    private static void writeRounds(RunningBroker broker, String device, int rounds) {
        for (int round = 0; round < rounds; round++) {
            String line = broker.port() + " " + round;
            broker.say(device, line + " first", line + " second");
        }
    }

    /** A watcher of everything, whenever it comes. */
    private static SseReader watch(RunningBroker broker, String device) {
        return SseReader.open(broker.port(), stream(device) + "?tail=" + CAPACITY);
    }

    private static String stream(String device) {
        return "/api/v1/devices/" + device + "/logs/stream";
    }

    private static List<Event> entries(SseReader reader, int count) {
        return Stream.generate(reader::message)
                .limit(count)
                .peek(event -> assertThat(event.name()).as("no gap: %s", event).isNull())
                .toList();
    }

    private static List<Long> offsets(List<Event> entries) {
        return entries.stream()
                .map(entry -> new JsonObject(entry.data()).getString("id"))
                .map(id -> Long.valueOf(id.substring(id.indexOf('-') + 1)))
                .toList();
    }

    private static List<Integer> numbers(List<Event> entries) {
        return entries.stream()
                .map(entry -> Integer.valueOf(entry.json().getString("message").split(" ")[1]))
                .toList();
    }

    private static String newDeviceOn(RedisProcess master) {
        return Stream.generate(RunningBroker::newDevice)
                .filter(device -> cluster.masterOf(channel(device)) == master)
                .findFirst()
                .orElseThrow();
    }

    private static String channel(String device) {
        return "tailrace:{" + device + "}:live";
    }

    private static void awaitListeners(String device, long count) {
        await(count + " listeners to " + device).atMost(PATIENCE).until(() -> listeners(device) == count);
    }

    /** The connections to which Redis sends what it announces of a device, at whichever node. */
    private static long listeners(String device) {
        return cluster.nodes().stream()
                .map(node -> (List<?>) node.command("PUBSUB", "SHARDNUMSUB", channel(device)))
                .mapToLong(answer -> (Long) answer.get(1))
                .sum();
    }
}
