package dev.tailrace.storage.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.DeviceDirectory.Changes;
import dev.tailrace.storage.DeviceDirectory.Mark;
import dev.tailrace.storage.DeviceDirectory.Sightings;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.TestStores;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The directory of devices in Redis has leases, a clock and a limit of the size of its calls, beyond the contract of all directories. */
final class DeviceRegistryTest {

    private static final DeviceId PUMP = new DeviceId("pump");
    private static final DeviceId LAMP = new DeviceId("lamp");
    private static final String SEEN = "tailrace:{devices}:seen";
    private static final String LEASES = "tailrace:{devices}:leases";

    private RedisProcess redis;
    private RespClient client;
    private final List<TestStores> brokers = new ArrayList<>();

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        client = new RespClient("127.0.0.1", URI.create(redis.url()).getPort());
    }

    @AfterEach
    void stop() {
        brokers.forEach(TestStores::close);
        client.close();
        redis.close();
    }

    private TestStores broker() {
        TestStores broker = RedisTestStores.open(redis.url());
        brokers.add(broker);
        return broker;
    }

    private static DeviceDirectory directory(TestStores broker) {
        return broker.stores().devices();
    }

    private static void report(TestStores broker, Collection<DeviceId> joined, Collection<DeviceId> connected) {
        broker.wait(directory(broker).report(new Sightings(List.of(), joined, List.of(), () -> connected)));
    }

    private static boolean isOnline(TestStores broker, DeviceId device) {
        KnownDevice known = broker.wait(directory(broker).device(device));
        return known != null && known.online();
    }

    private static List<KnownDevice> all(TestStores broker) {
        List<KnownDevice> all = new ArrayList<>();
        Changes page = null;
        do {
            page = broker.wait(directory(broker).changes(page == null ? null : page.mark(), 10_000));
            all.addAll(page.devices());
        } while (!page.last());
        return all;
    }

    private String lease() {
        return ((List<?>) requireNonNull(client.call("ZRANGE", LEASES, "0", "-1")))
                .get(0)
                .toString();
    }

    private long now() {
        return Long.parseLong(
                        ((List<?>) requireNonNull(client.call("TIME"))).get(0).toString())
                * 1000;
    }

    @Test
    void device_onTwoBrokers_isOnlineUntilItHasLeftBoth() {
        TestStores first = broker();
        TestStores second = broker();
        report(first, List.of(PUMP), List.of(PUMP));
        report(second, List.of(PUMP), List.of(PUMP));
        first.wait(directory(first).report(new Sightings(List.of(), List.of(), List.of(PUMP), List::of)));
        assertThat(isOnline(first, PUMP)).isTrue();
        second.wait(directory(second).report(new Sightings(List.of(), List.of(), List.of(PUMP), List::of)));
        assertThat(isOnline(first, PUMP)).isFalse();
    }

    @Test
    void storageThatLostAll_getsAllConnectedDevicesAgain() {
        TestStores broker = broker();
        report(broker, List.of(PUMP, LAMP), List.of(PUMP, LAMP));
        client.call("FLUSHALL");
        report(broker, List.of(), List.of(PUMP, LAMP));
        assertThat(isOnline(broker, PUMP) && isOnline(broker, LAMP)).isTrue();
    }

    @Test
    void storageThatLostOneDevice_getsAllConnectedDevicesAgain() {
        TestStores broker = broker();
        report(broker, List.of(PUMP, LAMP), List.of(PUMP, LAMP));
        client.call("SREM", BrokerLease.keyOf(lease()), PUMP.value());
        report(broker, List.of(), List.of(PUMP, LAMP));
        assertThat(isOnline(broker, PUMP)).isTrue();
    }

    @Test
    void brokerThatIsGone_hasNoDeviceOnline_andItsLeaseIsRemoved() {
        TestStores gone = broker();
        TestStores stays = broker();
        report(gone, List.of(PUMP, LAMP), List.of(PUMP, LAMP));
        Mark mark = stays.wait(directory(stays).changes(null, 500)).mark();
        String lease = lease();
        long last = now() - 16_000;
        client.call("ZADD", LEASES, String.valueOf(last), lease);
        assertThat(isOnline(stays, PUMP)).isFalse();
        Changes changes = stays.wait(directory(stays).changes(mark, 500));
        assertThat(changes.restarted()).as("no device's own time says it").isTrue();
        assertThat(changes.devices()).hasSize(2).noneMatch(KnownDevice::online);

        stays.wait(directory(stays).purge());
        assertThat(client.call("SCARD", BrokerLease.keyOf(lease)))
                .as("it may come back")
                .isEqualTo(2L);
        client.call("ZADD", LEASES, String.valueOf(now() - 70_000), lease);
        stays.wait(directory(stays).purge());
        assertThat(client.call("EXISTS", BrokerLease.keyOf(lease))).isEqualTo(0L);
        assertThat(client.call("ZCARD", LEASES)).isEqualTo(0L);
        assertThat(all(stays)).extracting(KnownDevice::device).containsExactlyInAnyOrder(PUMP, LAMP);

        report(gone, List.of(), List.of(PUMP));
        assertThat(isOnline(stays, PUMP)).as("it was only asleep").isTrue();
        assertThat(isOnline(stays, LAMP)).isFalse();
    }

    @Test
    void brokerThatWasLate_hasItsDevicesOnlineAgain_andReadersLearnOfIt() {
        TestStores broker = broker();
        report(broker, List.of(PUMP), List.of(PUMP));
        client.call("ZADD", LEASES, String.valueOf(now() - 16_000), lease());
        Mark mark = broker.wait(directory(broker).changes(null, 500)).mark();
        report(broker, List.of(), List.of(PUMP));
        Changes changes = broker.wait(directory(broker).changes(mark, 500));
        assertThat(changes.devices()).hasSize(1).allMatch(KnownDevice::online);
    }

    @Test
    void timesInTheFuture_areNotReported_andSetNoDeviceOnline() {
        TestStores broker = broker();
        report(broker, List.of(), List.of());
        String ahead = Long.toString(now() + Duration.ofDays(1).toMillis());
        client.call("ZADD", SEEN, ahead, PUMP.value());
        client.call("ZADD", LEASES, ahead, "ahead", "inf", "endless");
        client.call("SADD", BrokerLease.keyOf("ahead"), LAMP.value());
        client.call("SADD", BrokerLease.keyOf("endless"), LAMP.value());
        for (KnownDevice known : all(broker)) {
            assertThat(known.lastSeen()).isLessThanOrEqualTo(now() + 1000);
            assertThat(known.online()).isFalse();
        }
        assertThat(isOnline(broker, LAMP)).isFalse();
        for (int i = 0; i < 3; i++) {
            broker.wait(directory(broker).purge());
        }
        assertThat((List<?>) client.call("ZRANGE", LEASES, "0", "-1")).hasSize(1);
    }

    @Test
    void deviceSeenInTheFuture_hidesNoOther_andIsCorrected() {
        TestStores broker = broker();
        client.call("ZADD", SEEN, String.valueOf(now() + 86_400_000), "ahead");
        Mark mark = broker.wait(directory(broker).changes(null, 500)).mark();
        report(broker, List.of(PUMP), List.of(PUMP));
        assertThat(broker.wait(directory(broker).changes(mark, 500)).devices())
                .extracting(KnownDevice::device)
                .contains(PUMP);
        broker.wait(directory(broker).purge());
        assertThat(Long.parseLong(String.valueOf(client.call("ZSCORE", SEEN, "ahead"))))
                .isLessThan(now() + 10_000);
    }

    @Test
    void changes_whenTheDeviceOfTheMarkIsSeenAgain_missNoneOfItsMoment() {
        TestStores broker = broker();
        String moment = String.valueOf(now() - 5000);
        client.call("ZADD", SEEN, moment, "a", moment, "b", moment, "c");
        Mark mark = broker.wait(directory(broker).changes(null, 1)).mark();
        client.call("ZADD", SEEN, String.valueOf(now()), "a");
        assertThat(broker.wait(directory(broker).changes(mark, 10)).devices())
                .extracting(known -> known.device().value())
                .startsWith("b", "c");
    }

    @Test
    void purge_dropsExpiredDevices_byTheClockOfRedis_inSteps() {
        TestStores broker = broker();
        long expired = now() - RedisTestStores.OPTIONS.timeToLive().toMillis() - 1000;
        for (int i = 0; i < 1200; i++) {
            client.call("ZADD", SEEN, String.valueOf(expired), "old-" + i);
        }
        client.call("ZADD", SEEN, String.valueOf(expired + 60_000), "young");
        broker.wait(directory(broker).purge());
        assertThat(client.call("ZRANGE", SEEN, "0", "-1")).isEqualTo(List.of("young"));
    }

    // ---- the size of calls

    @Test
    void callsForManyDevices_areSmallEach_andCarryNoTime() throws Exception {
        TestStores broker = broker();
        List<DeviceId> many =
                IntStream.range(0, 20_000).mapToObj(i -> new DeviceId("d-" + i)).toList();
        List<List<String>> commands = commandsOf(() -> {
            broker.wait(directory(broker)
                    .report(new Sightings(
                            many.subList(0, 10_000), many.subList(10_000, 20_000), List.of(), () -> many)));
            report(broker, List.of(), many);
            assertThat(all(broker)).hasSize(20_000);
            broker.wait(directory(broker).purge());
        });
        long now = now();
        assertThat(commands).hasSizeGreaterThan(80);
        for (List<String> command : commands) {
            assertThat(command.size()).as(command.get(0)).isLessThan(2 * DeviceRegistry.STEP + 20);
            assertThat(command.get(0).toUpperCase(Locale.ROOT)).isNotIn("SMEMBERS", "HGETALL", "KEYS", "ZRANGEBYSCORE");
            if (command.size() > 3
                    && command.get(0).equals("ZRANGE")
                    && command.get(1).equals(SEEN)) {
                assertThat(most(command)).isLessThanOrEqualTo(DeviceRegistry.STEP);
            }
            if (command.get(0).equals("EVALSHA")) {
                assertThat(command)
                        .noneMatch(word ->
                                word.matches("1[0-9]{12}") && Math.abs(Long.parseLong(word) - now) < 86_400_000L);
            }
        }
        assertThat(commands.stream().filter(command -> command.get(0).equals("SADD")))
                .as("each device joined once")
                .hasSize(20_000 / DeviceRegistry.STEP);
    }

    private static long most(List<String> range) {
        int limit = range.indexOf("LIMIT");
        return limit < 0
                ? Long.parseLong(range.get(3)) - Long.parseLong(range.get(2)) + 1
                : Long.parseLong(range.get(limit + 2));
    }

    /** All commands that Redis executes meanwhile, also within scripts. */
    private List<List<String>> commandsOf(Runnable what) throws IOException {
        try (Socket monitor = new Socket("127.0.0.1", URI.create(redis.url()).getPort())) {
            monitor.setSoTimeout(10_000);
            var lines = new BufferedReader(new InputStreamReader(monitor.getInputStream(), StandardCharsets.UTF_8));
            monitor.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.UTF_8));
            assertThat(lines.readLine()).isEqualTo("+OK");
            what.run();
            client.call("ECHO", "the end");
            List<List<String>> commands = new ArrayList<>();
            @Nullable String line = lines.readLine();
            while (line != null && !line.contains("\"the end\"")) {
                commands.add(words(line));
                line = lines.readLine();
            }
            return commands;
        }
    }

    private static List<String> words(String line) {
        Matcher quoted = Pattern.compile("\"((?:[^\"\\\\]++|\\\\.)*+)\"").matcher(line);
        List<String> words = new ArrayList<>();
        while (quoted.find()) {
            words.add(quoted.group(1));
        }
        return words;
    }
}
