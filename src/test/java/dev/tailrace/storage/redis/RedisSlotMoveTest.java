package dev.tailrace.storage.redis;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.WatchRecorder;
import dev.tailrace.storage.redis.link.Slots;
import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slot that moves from one master to another, in every state that a device's two keys can be in. */
class RedisSlotMoveTest {

    private static RedisCluster cluster;

    private final DeviceId device = new DeviceId("device-" + UUID.randomUUID());
    private final List<TestStores> brokers = new ArrayList<>();
    private TestStores broker;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.start(2, 0);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void openBroker() {
        broker = open();
    }

    private TestStores open() {
        TestStores opened = RedisTestStores.open(cluster.url());
        brokers.add(opened);
        return opened;
    }

    @AfterEach
    void closeBrokers() {
        brokers.forEach(TestStores::close);
    }

    /** From the master of a slot to the other one. */
    private static final class Move {
        final String slot;
        final RedisProcess from;
        final RedisProcess to;

        Move(String key) {
            slot = Integer.toString(Slots.of(key));
            from = cluster.masterOf(key);
            to = cluster.nodes().stream()
                    .filter(node -> node != from)
                    .findFirst()
                    .orElseThrow();
            to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", id(from));
            from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", id(to));
        }

        static Move of(DeviceId device) {
            return new Move(DeviceKeys.of(device).meta());
        }

        private static String id(RedisProcess node) {
            return (String) node.command("CLUSTER", "MYID");
        }

        void key(String key) {
            assertThat(migrate(from, to, key)).isEqualTo("OK");
        }

        void keys() {
            ((List<?>) from.command("CLUSTER", "GETKEYSINSLOT", slot, "100")).forEach(key -> key((String) key));
        }

        void handOver() {
            keys();
            to.command("CLUSTER", "SETSLOT", slot, "NODE", id(to));
            from.command("CLUSTER", "SETSLOT", slot, "NODE", id(to));
        }

        void rollBack() {
            from.command("CLUSTER", "SETSLOT", slot, "STABLE");
            for (Object key : (List<?>) to.command("CLUSTER", "GETKEYSINSLOT", slot, "100")) {
                assertThat(migrate(to, from, (String) key)).isEqualTo("OK");
            }
            to.command("CLUSTER", "SETSLOT", slot, "STABLE");
        }

        private static Object migrate(RedisProcess from, RedisProcess to, String key) {
            return from.command("MIGRATE", "127.0.0.1", Integer.toString(to.port()), key, "0", "5000");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void newDevice_isWrittenReadAndCleared(boolean handedOver) {
        Move move = Move.of(device);
        assertThat(broker.state(device)).isEqualTo(RingState.NONE);
        assertThat(broker.wait(broker.ring().clear(device))).isEqualTo(RingState.NONE);
        broker.append(device, "a");
        assertStored(broker.append(device, "b"), 2);
        assertThat(open().readAll(device)).containsExactly("a", "b");
        assertThat(broker.wait(broker.ring().clear(device)).oldest()).isEqualTo(3);
        assertStored(broker.append(device, "c"), 3);
        assertThat(broker.readAll(device)).containsExactly("c");
        if (handedOver) {
            move.handOver();
        } else {
            move.rollBack();
        }
        assertStored(broker.append(device, "d"), 4);
        assertThat(open().readAll(device)).containsExactly("c", "d");
    }

    @Test
    void watch_receivesWhatIsStoredAtTheTargetOfTheSlot() {
        TestStores elsewhere = open();
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        Move move = Move.of(device);
        for (int i = 1; i <= 3; i++) {
            String epoch = elsewhere.append(device, "line " + i).epoch();
            awaitState(heard, new RingState(epoch, i, 1, 0, "", 0));
        }
        RingState cleared = elsewhere.wait(elsewhere.ring().clear(device));
        awaitState(heard, cleared);
        move.handOver();
        String epoch = elsewhere.append(device, "line 4").epoch();
        await().atMost(10, SECONDS).until(() -> heard.all().stream().anyMatch(one -> reaches(one, epoch, 4)));
    }

    /** In any epoch: each node that numbers entries of a device begins its own. */
    private static void assertStored(RingStore.Appended appended, long head) {
        assertThat(appended).isEqualTo(new RingStore.Appended(appended.epoch(), head, 1, 0));
    }

    private static void awaitState(WatchRecorder heard, RingState state) {
        await().atMost(10, SECONDS).until(() -> heard.all().contains(new Announcement.Ready(state)));
    }

    private static boolean reaches(Announcement one, String epoch, long head) {
        return (one instanceof Announcement.Stored stored && stored.epoch().equals(epoch) && stored.first() == head)
                || (one instanceof Announcement.Ready ready
                        && ready.state().epoch().equals(epoch)
                        && ready.state().head() == head);
    }

    @Test
    void clearedDevice_isWrittenAndReadBeforeAndAfterItsKeysHaveLeft() {
        broker.append(device, "a");
        broker.wait(broker.ring().clear(device));
        Move move = Move.of(device);
        assertThat(broker.readAll(device)).isEmpty();
        assertStored(broker.append(device, "b"), 2);
        broker.wait(broker.ring().clear(device));
        assertStored(broker.append(device, "c"), 3);
        move.keys();
        broker.wait(broker.ring().clear(device));
        assertStored(broker.append(device, "d"), 4);
        move.handOver();
        assertStored(broker.append(device, "e"), 5);
        assertThat(broker.readAll(device)).containsExactly("d", "e");
    }

    @Test
    void deviceWithoutAStream_isWrittenOnceItsNumbersHaveLeft() {
        broker.append(device, "a");
        // As an earlier version cleared it.
        cluster.masterOf(DeviceKeys.of(device).ring())
                .command("DEL", DeviceKeys.of(device).ring());
        Move move = Move.of(device);
        move.keys();
        assertThat(broker.readAll(device)).isEmpty();
        assertStored(broker.append(device, "b"), 2);
        move.handOver();
        assertThat(broker.readAll(device)).containsExactly("b");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void deviceOfWhichOneKeyHasLeft_isWrittenOnceWhenTheOtherHasToo(boolean ringFirst) {
        DeviceKeys keys = DeviceKeys.of(device);
        broker.append(device, "a");
        Move move = Move.of(device);
        move.key(ringFirst ? keys.ring() : keys.meta());
        Batch batch = new Batch("w", 1, null, new long[0], TestStores.entries("b"));
        Future<RingStore.Appended> appended = broker.ring().append(device, batch);
        move.key(ringFirst ? keys.meta() : keys.ring());
        try {
            assertStored(broker.wait(appended), 2);
        } catch (RingUnavailableException tooSlow) {
            assertStored(broker.append(device, batch), 2);
        }
        move.handOver();
        assertThat(broker.readAll(device)).containsExactly("a", "b");
    }

    @Test
    void fleets_areChangedWhileTheirSlotMoves() {
        FleetId one = new FleetId("fleet-" + UUID.randomUUID());
        FleetId two = new FleetId("fleet-" + UUID.randomUUID());
        Move move = new Move("tailrace:{fleets}:of");
        assign(one);
        assign(two);
        move.handOver();
        Move next = new Move("tailrace:{fleets}:of");
        // The only member of all fleets, so that the old membership would be empty for a moment.
        assign(one);
        assertThat(broker.wait(broker.stores().fleets().fleetsOf(List.of(device))))
                .isEqualTo(Map.of(device, one));
        assertThat(broker.wait(broker.stores().fleets().devicesOf(two, 10))).isEmpty();
        next.keys();
        assign(two);
        assertThat(broker.wait(broker.stores().fleets().devicesOf(two, 10))).containsExactly(device);
        assign(null);
        next.handOver();
        assertThat(broker.wait(broker.stores().fleets().fleets(null, 10))).isEmpty();
    }

    private void assign(FleetId fleet) {
        assertThat(broker.wait(broker.stores().fleets().assign(device, fleet, 10)))
                .isTrue();
    }

    @Test
    void devices_areReportedReadAndForgottenWhileTheirSlotMoves() {
        Move move = new Move("tailrace:{devices}:seen");
        report(List.of(device), List.of(), List.of());
        assertThat(isOnline()).isFalse();
        report(List.of(), List.of(device), List.of());
        assertThat(isOnline()).isTrue();
        broker.wait(directory().purge());
        assertThat(listed()).contains(device);
        assertThat(broker.wait(directory().count())).isPositive();
        move.handOver();
        assertThat(listed()).contains(device);
        Move next = new Move("tailrace:{devices}:seen");
        // The only device of the lease, whose set is empty from then on.
        report(List.of(), List.of(), List.of(device));
        next.keys();
        report(List.of(device), List.of(), List.of());
        assertThat(isOnline()).isFalse();
        next.handOver();
        assertThat(listed()).contains(device);
    }

    private DeviceDirectory directory() {
        return broker.stores().devices();
    }

    private void report(List<DeviceId> active, List<DeviceId> joined, List<DeviceId> left) {
        broker.wait(directory().report(new DeviceDirectory.Sightings(active, joined, left, () -> joined)));
    }

    private boolean isOnline() {
        KnownDevice known = broker.wait(directory().device(device));
        assertThat(known).isNotNull();
        return known.online();
    }

    private List<DeviceId> listed() {
        return broker.wait(directory().changes(null, 100)).devices().stream()
                .map(KnownDevice::device)
                .toList();
    }
}
