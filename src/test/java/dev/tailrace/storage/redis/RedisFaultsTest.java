package dev.tailrace.storage.redis;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.WatchRecorder;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RedisSentinels;
import dev.tailrace.testing.TcpProxy;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The behaviour of stores while Redis fails in each way, and afterwards. */
class RedisFaultsTest {

    private static final long RETRY_NANOS = Duration.ofMillis(10).toNanos();

    private final DeviceId device = new DeviceId("pump-7");
    private final RedisTestStores.Events events = new RedisTestStores.Events();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private TestStores broker(String url) {
        return broker(url, RedisLimits.DEFAULT);
    }

    private TestStores broker(String url, RedisLimits limits) {
        TestStores broker = RedisTestStores.open(url, RedisTestStores.OPTIONS, limits, events);
        open.add(broker::close);
        return broker;
    }

    private static Batch written(String writer, long seq, String... lines) {
        return new Batch(writer, seq, null, new long[0], TestStores.entries(lines));
    }

    /** Sends the same batch until it is stored, as a broker does. */
    private static RingStore.Appended insist(TestStores broker, DeviceId device, Batch batch) {
        long until = System.nanoTime() + SECONDS.toNanos(20);
        while (true) {
            try {
                return broker.append(device, batch);
            } catch (RingUnavailableException e) {
                assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(until);
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private static boolean endsReady(List<Announcement> heard) {
        int away = lastAway(heard);
        return away >= 0 && heard.subList(away, heard.size()).stream().anyMatch(Announcement.Ready.class::isInstance);
    }

    private static int lastAway(List<Announcement> heard) {
        return heard.lastIndexOf(new Announcement.Unavailable());
    }

    private static RingState lastReady(WatchRecorder heard) {
        return heard.all().stream()
                .filter(Announcement.Ready.class::isInstance)
                .map(one -> ((Announcement.Ready) one).state())
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    @Test
    void scriptsFlushed_areLoadedAgain() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        broker.append(device, "a");
        redis.command("SCRIPT", "FLUSH");
        List<Future<?>> appends = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            appends.add(broker.ring().append(device, Batch.of(TestStores.entries("line"))));
        }
        appends.forEach(append -> broker.wait(append));
        assertThat(broker.state(device).head()).isEqualTo(21);
    }

    @Test
    void frozen_callsFailInTimeAndTheRepetitionIsStoredOnce() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        broker.append(device, "before");

        redis.suspend();
        long began = System.nanoTime();
        Batch batch = written("w", 1, "a", "b");
        assertThatThrownBy(() -> broker.append(device, batch)).isInstanceOf(RingUnavailableException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isBetween(Duration.ofMillis(500), Duration.ofMillis(2900));
        heard.await(all -> lastAway(all) > 0);
        assertThat(events.up).isFalse();
        redis.resume();

        RingStore.Appended appended = insist(broker, device, batch);
        assertThat(appended.head()).isEqualTo(3);
        assertThat(appended.stored()).isEqualTo(2);
        heard.await(RedisFaultsTest::endsReady);
        broker.append(device, "after");
        heard.awaitHead(appended.epoch(), 4);
        assertThat(broker.readAll(device)).containsExactly("before", "a", "b", "after");
        await().atMost(10, SECONDS).untilTrue(events.up);
        assertThat(events.reconnects.get()).isPositive();
    }

    @Test
    void killedAndBackWithoutData_beginsANewEpoch() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        String epoch = broker.append(device, "a", "b").epoch();
        heard.awaitHead(epoch, 2);

        redis.kill();
        heard.await(all -> lastAway(all) > 0);
        assertThatThrownBy(() -> broker.append(device, "lost")).isInstanceOf(RingUnavailableException.class);
        redis.restart();

        RingStore.Appended appended = insist(broker, device, written("w", 1, "c"));
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        assertThat(appended.head()).isEqualTo(1);
        heard.await(RedisFaultsTest::endsReady);
    }

    @Test
    void killedAndBackWithAllData_forksAllTheSame_andReadersMissNothing() {
        RedisProcess redis = opened(RedisProcess.durable());
        TestStores broker = broker(redis.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        String epoch = broker.append(device, written("w", 1, "a", "b")).epoch();

        redis.kill();
        redis.restart();
        // No broker can know that nothing is missing.
        RingStore.Appended appended = insist(broker, device, written("w", 2, "c"));
        assertThat(appended).isEqualTo(new RingStore.Appended(appended.epoch(), 3, 1, 0));
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        heard.await(RedisFaultsTest::endsReady);
        assertThat(broker.append(device, written("w", 2, "c"))).isEqualTo(appended);
        assertThat(broker.readAll(device)).containsExactly("a", "b", "c");
        assertThat(broker.state(device).sharedWith(epoch)).isEqualTo(2);
    }

    @Test
    void backWithOlderData_appendForksANewEpochWhereTheDataEnds() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        String epoch = broker.append(device, "a", "b").epoch();
        redis.command("SAVE");
        broker.append(device, "c", "d", "e");
        redis.kill();
        redis.restart();

        RingStore.Appended appended = insist(broker, device, written("w", 1, "f"));
        assertThat(appended.head()).isEqualTo(3);
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        assertThat(broker.state(device)).isEqualTo(new RingState(appended.epoch(), 3, 1, 0, epoch, 2));
        assertThat(broker.readAll(device)).containsExactly("a", "b", "f");
    }

    @Test
    void backWithOlderData_watchForksANewEpochBeforeItIsReady() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        String epoch = broker.append(device, "a", "b").epoch();
        redis.command("SAVE");
        broker.append(device, "c", "d", "e");
        heard.awaitHead(epoch, 5);
        redis.kill();
        redis.restart();

        heard.await(RedisFaultsTest::endsReady);
        RingState state = lastReady(heard);
        assertThat(state.epoch()).isNotEqualTo(epoch);
        assertThat(state).isEqualTo(new RingState(state.epoch(), 2, 1, 0, epoch, 2));
        assertThat(insist(broker, device, written("w", 1, "f")).epoch()).isEqualTo(state.epoch());
    }

    @Test
    void backWithOlderData_brokerThatKnowsNothing_forksToo() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores knowing = broker(redis.url());
        String epoch = knowing.append(device, "a", "b").epoch();
        redis.command("SAVE");
        knowing.append(device, "c");
        redis.kill();
        redis.restart();

        TestStores strange = broker(redis.url());
        RingStore.Appended appended = insist(strange, device, written("w", 1, "f"));
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        assertThat(strange.state(device).sharedWith(epoch)).isEqualTo(2);
    }

    @Test
    void backWithOlderData_brokerThatKnowsJustWhatIsLeft_forksToo() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores knowsAll = broker(redis.url());
        TestStores knowsLess = broker(redis.url());
        String epoch = knowsLess.append(device, "a", "b").epoch();
        redis.command("SAVE");
        knowsAll.append(device, "c", "d");
        redis.restart();

        RingStore.Appended appended = insist(knowsLess, device, written("w", 1, "e"));
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        assertThat(appended.head()).isEqualTo(3);
        assertThat(knowsLess.state(device).sharedWith(epoch)).isEqualTo(2);
    }

    @Test
    void sameProcessDemotedAndPromotedAgain_forks() {
        RedisProcess redis = opened(RedisProcess.start());
        RedisProcess other = opened(RedisProcess.replicaOf(redis));
        TestStores broker = broker(redis.url());
        String epoch = broker.append(device, "a", "b").epoch();
        await().until(() -> "2".equals(other.command("HGET", "tailrace:{pump-7}:meta", "head")));
        other.command("REPLICAOF", "NO", "ONE");
        broker.append(device, "c"); // only the partitioned master has it
        redis.command("REPLICAOF", "127.0.0.1", Integer.toString(other.port()));
        await().until(() -> "2".equals(redis.command("HGET", "tailrace:{pump-7}:meta", "head")));
        redis.command("REPLICAOF", "NO", "ONE");

        RingStore.Appended appended = insist(broker, device, written("w", 1, "d"));
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        assertThat(appended.head()).isEqualTo(3);
        assertThat(broker.readAll(device)).containsExactly("a", "b", "d");
    }

    @Test
    void manyRestarts_readersOfTheLastEpochsAreStillKnown() {
        RedisProcess redis = opened(RedisProcess.durable());
        List<RingStore.Appended> appended = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            TestStores broker = broker(redis.url());
            appended.add(insist(broker, device, written("w" + i, 1, "line " + i)));
            redis.restart();
        }
        RingState state = broker(redis.url()).state(device);
        assertThat(state.head()).isEqualTo(10);
        // The state is in an epoch of its own, and eight before it are remembered.
        for (int i = 1; i <= 10; i++) {
            assertThat(state.sharedWith(appended.get(i - 1).epoch())).isEqualTo(i <= 2 ? 0 : i);
        }
    }

    @Test
    void backWithOlderDataAndNoRoom_isReadAsItIs_andForksWithTheNextLine() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        String epoch = broker.append(device, "a", "b").epoch();
        redis.command("SAVE");
        broker.append(device, "c");
        redis.restart();
        redis.command("CONFIG", "SET", "maxmemory", "1");
        await().atMost(10, SECONDS)
                .ignoreExceptionsInstanceOf(RingUnavailableException.class)
                .until(() -> broker.state(device).equals(new RingState(epoch, 2, 1, 0, "", 0)));
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        redis.command("CONFIG", "SET", "maxmemory", "0");
        RingStore.Appended appended = insist(broker, device, written("w", 1, "d"));
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        heard.awaitHead(appended.epoch(), 3);
    }

    @Test
    void subscriberKilled_receivesUnavailableThenReady_andMissedEntriesCanBeRead() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        List<WatchRecorder> watches = IntStream.range(0, 600)
                .mapToObj(i -> broker.watch(new DeviceId("device-" + i)))
                .toList();
        watches.forEach(WatchRecorder::awaitReady);
        DeviceId first = new DeviceId("device-0");
        redis.command("CLIENT", "KILL", "TYPE", "pubsub");
        broker.append(first, "meanwhile");

        for (WatchRecorder heard : watches) {
            heard.await(RedisFaultsTest::endsReady);
        }
        // Announced if it was appended after the subscription, otherwise part of the state.
        assertThat(lastReady(watches.get(0)).head() + watches.get(0).offsets().size())
                .isPositive();
        assertThat(broker.readAll(first)).containsExactly("meanwhile");
        for (int i = 0; i < watches.size(); i += 50) {
            RingStore.Appended appended = broker.append(new DeviceId("device-" + i), "after");
            watches.get(i).awaitHead(appended.epoch(), appended.head());
        }
    }

    @Test
    void flushed_beginsANewEpochFromOne() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        String epoch = broker.append(device, "a", "b").epoch();
        redis.command("FLUSHALL");
        RingStore.Appended appended = broker.append(device, "c");
        assertThat(appended.epoch()).isNotEqualTo(epoch);
        assertThat(appended.head()).isEqualTo(1);
        heard.awaitHead(appended.epoch(), 1);
        assertThat(broker.readAll(device)).containsExactly("c");
    }

    @Test
    void connectionsCut_areOpenedAgain() {
        RedisProcess redis = opened(RedisProcess.start());
        TcpProxy proxy = opened(new TcpProxy(redis.port()));
        TestStores broker = broker("redis://127.0.0.1:" + proxy.port());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        String epoch = broker.append(device, written("w", 1, "a")).epoch();
        proxy.cut();
        assertThat(insist(broker, device, written("w", 2, "b"))).isEqualTo(new RingStore.Appended(epoch, 2, 1, 0));
        heard.await(RedisFaultsTest::endsReady);
        broker.append(device, "c");
        heard.awaitHead(epoch, 3);
    }

    @Test
    void networkStalled_isNoticedInTimeAndHeals() {
        RedisProcess redis = opened(RedisProcess.start());
        TcpProxy proxy = opened(new TcpProxy(redis.port()));
        TestStores broker = broker("redis://127.0.0.1:" + proxy.port());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        proxy.stall();
        // Without calls, the connections notice by themselves.
        heard.await(all -> lastAway(all) > 0);
        await().atMost(10, SECONDS).untilFalse(events.up);
        proxy.flow();
        heard.await(RedisFaultsTest::endsReady);
        await().atMost(10, SECONDS).untilTrue(events.up);
        RingStore.Appended appended = insist(broker, device, written("w", 1, "a"));
        heard.awaitHead(appended.epoch(), 1);
    }

    @Test
    void networkStalledWhileIdle_theFirstCallFailsAtOnce() throws InterruptedException {
        RedisProcess redis = opened(RedisProcess.start());
        TcpProxy proxy = opened(new TcpProxy(redis.port()));
        TestStores broker = broker("redis://127.0.0.1:" + proxy.port());
        broker.append(device, "a");
        proxy.stall();
        Thread.sleep(4500); // the time of the fault: a second until the ping, two for the answer, and some reserve
        long began = System.nanoTime();
        assertThatThrownBy(() -> broker.append(device, "b")).hasMessageContaining("is not connected");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
        proxy.flow();
        insist(broker, device, written("w", 1, "c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"spublish", "pexpire", "hset", "xadd"})
    void rightRevoked_refusedLinesAreNotStored_andTheRingIsKept(String command) {
        RedisProcess redis = opened(RedisProcess.start());
        redis.command("ACL", "SETUSER", "u", "on", ">p", "~*", "&*", "+@all");
        TestStores broker = broker("redis://u:p@127.0.0.1:" + redis.port());
        DeviceId other = new DeviceId("lamp-1");
        broker.append(device, "a", "b");
        redis.command("ACL", "SETUSER", "u", "-" + command);
        int stored = isStored(broker, device, "c") ? 3 : 2;
        boolean otherIsStored = isStored(broker, other, "c"); // with an expiry to be set
        redis.command("ACL", "SETUSER", "u", "+" + command);
        insist(broker, device, written("w", 1, "d"));
        assertThat(broker.readAll(device))
                .hasSize(stored + 1)
                .startsWith("a", "b")
                .endsWith("d");
        assertThat(broker.state(other).head()).isEqualTo(otherIsStored ? 1 : 0);
    }

    private static boolean isStored(TestStores broker, DeviceId device, String line) {
        try {
            broker.append(device, line);
            return true;
        } catch (RingUnavailableException refused) {
            return false;
        }
    }

    @Test
    void linkThatIsTooSlowToConnectWithinTheLimit_isGivenLonger() {
        RedisProcess redis = opened(RedisProcess.start());
        TcpProxy proxy = opened(new TcpProxy(redis.port()));
        proxy.delay(Duration.ofMillis(60));
        RedisLimits limits = new RedisLimits(Duration.ofSeconds(2), Duration.ofMillis(150), 4096, 1 << 26);
        TestStores broker = broker("redis://127.0.0.1:" + proxy.port(), limits);
        await().atMost(20, SECONDS).untilTrue(events.up);
        assertThat(insist(broker, device, written("w", 1, "a")).head()).isEqualTo(1);
    }

    @Test
    void unavailableAtTheStart_isNotAFailureAndIsFoundLater() {
        RedisProcess redis = opened(RedisProcess.start());
        redis.kill();
        TestStores broker = broker(redis.url());
        WatchRecorder heard = broker.watch(device);
        heard.await(all -> all.contains(new Announcement.Unavailable()));
        assertThat(events.up).isFalse();
        assertThatThrownBy(() -> broker.append(device, "a")).isInstanceOf(RingUnavailableException.class);
        redis.restart();
        heard.await(RedisFaultsTest::endsReady);
        insist(broker, device, written("w", 1, "a"));
        await().atMost(10, SECONDS).untilTrue(events.up);
    }

    @Test
    void wrongPassword_failsTheStartAndReportsIt() {
        RedisProcess redis = opened(RedisProcess.start());
        redis.command("CONFIG", "SET", "requirepass", "right");
        assertThatThrownBy(() -> broker("redis://:wr0ng@127.0.0.1:" + redis.port()))
                .hasMessageContaining("refuses this client")
                .hasMessageContaining("WRONGPASS")
                .hasMessageNotContaining("wr0ng");
        assertThatThrownBy(() -> broker(redis.url())).hasMessageContaining("needs a password");
        TestStores broker = broker("redis://:right@127.0.0.1:" + redis.port() + "/3");
        assertThat(broker.append(device, "a").head()).isEqualTo(1);
    }

    @Test
    void replica_isNotWrittenTo() {
        RedisProcess master = opened(RedisProcess.start());
        RedisProcess replica = opened(RedisProcess.replicaOf(master));
        TestStores broker = broker("redis://127.0.0.1:" + replica.port() + ",127.0.0.1:" + master.port());
        assertThat(broker.append(device, "a").head()).isEqualTo(1);
        assertThat(master.command("EXISTS", "tailrace:{pump-7}:ring")).isEqualTo(1L);
    }

    @Test
    void becameReplica_callsFailAsUnavailable() {
        RedisProcess redis = opened(RedisProcess.start());
        RedisProcess next = opened(RedisProcess.start());
        TestStores broker =
                broker("redis://127.0.0.1:" + redis.port() + ",127.0.0.1:" + next.port() + "?mode=standalone");
        broker.append(device, "a");
        redis.command("REPLICAOF", "127.0.0.1", Integer.toString(next.port()));
        RingStore.Appended appended = insist(broker, device, written("w", 1, "b"));
        assertThat(appended.head()).isPositive();
        assertThat(next.command("EXISTS", "tailrace:{pump-7}:ring")).isEqualTo(1L);
    }

    @Test
    void queueFull_failsAtOnceAndReportsIt() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker =
                broker(redis.url(), new RedisLimits(Duration.ofSeconds(2), Duration.ofSeconds(1), 4, 1 << 20));
        broker.append(device, "a");
        redis.suspend();
        for (int i = 0; i < 4; i++) {
            broker.ring().append(device, Batch.of(TestStores.entries("waits"))).onFailure(cause -> {});
        }
        long began = System.nanoTime();
        assertThatThrownBy(() -> broker.append(device, "too many"))
                .isInstanceOf(RingUnavailableException.class)
                .hasMessageContaining("4 calls");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
        redis.resume();
        insist(broker, device, written("w", 1, "b"));
    }

    @Test
    void queueFullOfBytes_failsAtOnceAndReportsIt() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker =
                broker(redis.url(), new RedisLimits(Duration.ofSeconds(2), Duration.ofSeconds(1), 100, 10_000));
        String large = "x".repeat(20_000);
        // Alone it is sent, however large.
        assertThat(broker.append(device, large).head()).isEqualTo(1);
        redis.suspend();
        broker.ring().append(device, Batch.of(TestStores.entries(large))).onFailure(cause -> {});
        assertThatThrownBy(() -> broker.append(device, "more")).hasMessageContaining("10000 bytes");
        redis.resume();
    }

    @Test
    void foreignKey_isReplacedAndCounted() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        redis.command("SET", "tailrace:{pump-7}:meta", "something else");
        assertThat(broker.state(device).exists()).isFalse();
        assertThat(events.damages).hasValue(1);
        assertThat(broker.append(device, "a").head()).isEqualTo(1);
        assertThat(events.damages).hasValue(2);
        assertThat(broker.readAll(device)).containsExactly("a");
        assertThat(broker.append(new DeviceId("pump-8"), "a").head()).isEqualTo(1);
        assertThat(events.reconnects).hasValue(0);
    }

    @Test
    void foreignKey_devicesAppendedWithItAreStored() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        broker.append(device, "before");
        redis.command("SET", "tailrace:{pump-7}:ring", "something else");
        List<Future<RingStore.Appended>> appends = broker.wait(broker.onLoop(
                0,
                ring -> Future.succeededFuture(Stream.of("pump-6", "pump-7", "pump-8")
                        .map(id -> ring.append(new DeviceId(id), written("w", 1, "line")))
                        .toList())));
        assertThat(broker.wait(appends.get(0)).head()).isEqualTo(1);
        assertThat(broker.wait(appends.get(1)).head()).as("offsets go on").isEqualTo(2);
        assertThat(broker.state(device).oldest()).isEqualTo(2);
        assertThat(broker.wait(appends.get(2)).head()).isEqualTo(1);
    }

    @Test
    void tooFewReplicas_failsAsUnavailableUntilThereAreEnough() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        redis.command("CONFIG", "SET", "min-replicas-to-write", "1");
        var logged = new ListAppender<ILoggingEvent>();
        logged.start();
        var log = (Logger) LoggerFactory.getLogger(RedisRouter.class.getPackageName());
        log.addAppender(logged);
        try {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> broker.append(device, "a"))
                        .isInstanceOf(RingUnavailableException.class)
                        .hasMessageContaining("NOREPLICAS");
            }
        } finally {
            log.detachAppender(logged);
        }
        assertThat(logged.list)
                .as("once to the operator")
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains("NOREPLICAS", "127.0.0.1:" + redis.port());
        redis.command("CONFIG", "SET", "min-replicas-to-write", "0");
        assertThat(broker.append(device, "a").head()).isEqualTo(1);
    }

    @Test
    void manyDevicesAppendedAtOnce_eachGetsItsOwnAnswer() {
        RedisProcess redis = opened(RedisProcess.start());
        TestStores broker = broker(redis.url());
        String large = "x".repeat(3_000);
        List<Future<RingStore.Appended>> appends = broker.wait(broker.onLoop(
                0,
                ring -> Future.succeededFuture(IntStream.range(0, 500)
                        .mapToObj(i -> ring.append(
                                new DeviceId("pump-" + i % 250), Batch.of(TestStores.entries(large + i, "b" + i))))
                        .toList())));
        assertThat(appends).extracting(append -> broker.wait(append).head()).containsOnly(2L, 4L);
        assertThat(broker.readAll(new DeviceId("pump-249"))).containsExactly(large + 249, "b249", large + 499, "b499");
        assertThat(broker.readAll(new DeviceId("pump-0"))).containsExactly(large + 0, "b0", large + 250, "b250");
    }

    @Test
    void sentinels_failOver_nothingAcknowledgedByTheNewMasterIsLost() {
        RedisSentinels sentinels = opened(RedisSentinels.start());
        TestStores broker = broker(sentinels.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        broker.append(device, written("w", 1, "a", "b"));
        RedisProcess former = sentinels.master();
        former.command("WAIT", "1", "1000");
        former.kill();
        sentinels.awaitFailoverFrom(former);

        RingStore.Appended appended = insist(broker, device, written("w", 2, "c"));
        heard.await(RedisFaultsTest::endsReady);
        broker.append(device, "d");
        heard.awaitHead(appended.epoch(), appended.head() + 1);
        assertThat(broker.readAll(device)).endsWith("c", "d");
        await().atMost(10, SECONDS).untilTrue(events.up);
    }

    @Test
    void clusterMasterKilled_itsReplicaTakesOver() {
        RedisCluster cluster = opened(RedisCluster.start(3, 1));
        TestStores broker = broker(cluster.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        broker.append(device, written("w", 1, "a"));
        RedisProcess former = cluster.masterOf("tailrace:{pump-7}:ring");
        former.kill();
        cluster.awaitFailoverFrom(former);

        RingStore.Appended appended = insist(broker, device, written("w", 2, "b"));
        heard.await(RedisFaultsTest::endsReady);
        broker.append(device, "c");
        heard.awaitHead(appended.epoch(), appended.head() + 1);
        await().atMost(10, SECONDS).untilTrue(events.up);
    }

    @Test
    void clusterMasterDead_otherSlotsGoOn() {
        RedisCluster cluster = opened(RedisCluster.start(3, 0));
        // Otherwise the living nodes refuse all slots by themselves.
        cluster.nodes().forEach(node -> node.command("CONFIG", "SET", "cluster-require-full-coverage", "no"));
        TestStores broker = broker(cluster.url());
        RedisProcess dead = cluster.masterOf("tailrace:{pump-7}:ring");
        DeviceId elsewhere = IntStream.range(0, 1000)
                .mapToObj(i -> new DeviceId("other-" + i))
                .filter(one -> cluster.masterOf("tailrace:{" + one + "}:ring") != dead)
                .findFirst()
                .orElseThrow();
        WatchRecorder heard = broker.watch(elsewhere);
        heard.awaitReady();
        String epoch = broker.append(elsewhere, "line").epoch();
        broker.append(device, "line");
        dead.kill();

        long until = System.nanoTime() + SECONDS.toNanos(3);
        long head = 1;
        while (System.nanoTime() < until) {
            head = broker.append(elsewhere, "line").head();
        }
        heard.awaitHead(epoch, head);
        assertThat(lastAway(heard.all())).isEqualTo(-1);
        assertThatThrownBy(() -> broker.append(device, "line")).isInstanceOf(RingUnavailableException.class);
        // A broker that starts now serves the others too.
        TestStores late = broker(cluster.url());
        assertThat(insist(late, elsewhere, written("w", 1, "line")).head()).isEqualTo(head + 1);
    }

    @Test
    void slotMoved_callsAndWatchesFollow() {
        RedisCluster cluster = opened(RedisCluster.start(3, 0));
        TestStores broker = broker(cluster.url());
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        String epoch = broker.append(device, "a", "b").epoch();
        String slot = Integer.toString(DeviceKeys.of(device).slot());
        RedisProcess from = cluster.masterOf("tailrace:{pump-7}:ring");
        RedisProcess to = cluster.nodes().stream()
                .filter(node -> node != from)
                .findFirst()
                .orElseThrow();
        String fromId = (String) from.command("CLUSTER", "MYID");
        String toId = (String) to.command("CLUSTER", "MYID");
        to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
        from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        for (String key : List.of("ring", "meta")) {
            from.command("MIGRATE", "127.0.0.1", Integer.toString(to.port()), "tailrace:{pump-7}:" + key, "0", "5000");
        }
        // Between the servers: the former one redirects calls.
        assertThat(insist(broker, device, written("w", 1, "c")).head()).isEqualTo(3);
        to.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
        from.command("CLUSTER", "SETSLOT", slot, "NODE", toId);

        RingStore.Appended appended = insist(broker, device, written("w", 2, "d"));
        // The other node did not number this device before, and cannot know what the first one gave out.
        assertThat(appended).isEqualTo(new RingStore.Appended(appended.epoch(), 4, 1, 0));
        assertThat(broker.state(device).sharedWith(epoch)).isEqualTo(2);
        heard.await(RedisFaultsTest::endsReady);
        broker.append(device, "e");
        heard.awaitHead(appended.epoch(), 5);
        assertThat(broker.readAll(device)).containsExactly("a", "b", "c", "d", "e");
    }
}
