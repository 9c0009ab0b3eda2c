package dev.tailrace.storage.redis;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.TestStores;
import dev.tailrace.storage.WatchRecorder;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.TcpProxy;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A slow Redis, a slow connection to it and a slow event loop are not taken for a failure. */
class SlowRedisTest {

    private static final int APPEND_BYTES = 256 * 1024;

    private final DeviceId device = new DeviceId("pump-7");
    private final RedisTestStores.Events events = new RedisTestStores.Events();
    private final RedisProcess redis = RedisProcess.start();
    private TcpProxy proxy;
    private TestStores broker;

    @BeforeEach
    void start() {
        proxy = new TcpProxy(redis.port());
    }

    @AfterEach
    void close() {
        broker.close();
        proxy.close();
        redis.close();
    }

    private void open(RedisLimits limits) {
        broker = RedisTestStores.open("redis://127.0.0.1:" + proxy.port(), RedisTestStores.OPTIONS, limits, events);
    }

    private List<Future<RingStore.Appended>> appendLarge(int devices) {
        String line = "x".repeat(APPEND_BYTES);
        return broker.wait(broker.onLoop(
                0,
                ring -> Future.succeededFuture(IntStream.range(0, devices)
                        .mapToObj(i -> ring.append(new DeviceId("pump-" + i), Batch.of(TestStores.entries(line))))
                        .collect(toList()))));
    }

    private static <T> void settle(List<Future<T>> futures) throws InterruptedException {
        CountDownLatch settled = new CountDownLatch(futures.size());
        futures.forEach(future -> future.onComplete(done -> settled.countDown()));
        assertThat(settled.await(60, SECONDS)).isTrue();
    }

    @Test
    void moreThanItTakesWithinALimit_allIsStoredOverOneConnection() throws InterruptedException {
        open(RedisLimits.DEFAULT);
        proxy.throttle(4_000_000);
        List<Future<RingStore.Appended>> appends = appendLarge(48); // takes three seconds, and the limit is two
        settle(appends);
        assertThat(appends).allSatisfy(append -> assertThat(append.succeeded()).isTrue());
        assertThat(events.reconnects).hasValue(0);
    }

    @Test
    void manyAppendsWait_aReadDoesNot() throws InterruptedException {
        open(RedisLimits.DEFAULT);
        broker.append(device, "a");
        proxy.throttle(4_000_000);
        List<Future<RingStore.Appended>> appends = appendLarge(48);
        Future<Page> read = broker.onLoop(0, ring -> ring.read(device, 1, 10, 1000));
        Future<Long> storedBefore =
                read.map(page -> appends.stream().filter(Future::isComplete).count());
        assertThat(broker.wait(storedBefore)).isLessThan(24);
        settle(appends);
    }

    @Test
    void oneAppendTakesLongerThanTheLimit_isStoredOverOneConnection() throws InterruptedException {
        proxy.throttle(80_000);
        open(RedisLimits.DEFAULT);
        List<Future<RingStore.Appended>> appends = appendLarge(1); // in flight for three seconds
        settle(appends);
        assertThat(appends.get(0).succeeded()).isTrue();
        assertThat(events.reconnects).hasValue(0);
    }

    @Test
    void muchMoreThanItTakes_whatIsNotSentInTimeFailsAndTheConnectionStays() throws InterruptedException {
        open(new RedisLimits(Duration.ofSeconds(1), Duration.ofSeconds(1), 1000, 64 * 1024 * 1024));
        proxy.throttle(1_000_000);
        List<Future<RingStore.Appended>> appends = appendLarge(40); // ten seconds' worth, four times the limit is four
        settle(appends);
        List<Future<RingStore.Appended>> failed =
                appends.stream().filter(Future::failed).toList();
        assertThat(failed).isNotEmpty().hasSizeLessThan(40);
        assertThat(failed)
                .allSatisfy(append -> assertThat(append.cause())
                        .isInstanceOf(RingUnavailableException.class)
                        .hasMessageContaining("too slow"));
        assertThat(appends.get(0).succeeded()).isTrue();
        assertThat(events.reconnects).hasValue(0);
    }

    @Test
    void frozenWhileAppendsWait_allFail() throws InterruptedException {
        open(RedisLimits.DEFAULT);
        proxy.throttle(4_000_000);
        redis.suspend();
        List<Future<RingStore.Appended>> appends = appendLarge(48);
        settle(appends);
        redis.resume();
        assertThat(appends)
                .allSatisfy(append -> assertThat(append.cause())
                        .isInstanceOf(RingUnavailableException.class)
                        .hasMessageContaining("is lost"));
    }

    @Test
    void eventLoopPauses_whatArrivedMeanwhileIsReadFirst() {
        broker = RedisTestStores.openOnOneLoop("redis://127.0.0.1:" + proxy.port(), events);
        WatchRecorder heard = broker.watch(device);
        heard.awaitReady();
        RingStore other = broker.wait(broker.onLoop(1, Future::succeededFuture));
        // From the handler of an answer, so that the timers run before the loop reads again.
        Future<Page> read = broker.onLoop(
                0,
                ring -> ring.read(device, 1, 10, 1000).compose(page -> {
                    Future<Page> sent = other.read(device, 1, 10, 1000);
                    pause(Duration.ofSeconds(3)); // longer than any limit
                    return sent;
                }));
        broker.wait(read);
        RingStore.Appended appended = broker.append(device, "a");
        heard.awaitHead(appended.epoch(), 1);
        assertThat(heard.all()).doesNotContain(new Announcement.Unavailable());
        assertThat(events.reconnects).hasValue(0);
    }

    /** The time of the fault. */
    private static void pause(Duration duration) {
        CountDownLatch never = new CountDownLatch(1);
        try {
            assertThat(never.await(duration.toMillis(), MILLISECONDS)).isFalse();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void watchedAgainAtOnce_isNotTakenForUnavailable() {
        open(RedisLimits.DEFAULT);
        proxy.delay(Duration.ofMillis(5));
        for (int i = 1; i <= 10; i++) {
            broker.watch(device).close();
            WatchRecorder again = broker.watch(device);
            again.awaitReady();
            RingStore.Appended appended = broker.append(device, "line " + i);
            again.awaitHead(appended.epoch(), i);
            assertThat(again.all()).doesNotContain(new Announcement.Unavailable());
            again.close();
        }
    }

    @Test
    void frozen_isFoundAfterItWasSlow() {
        open(RedisLimits.DEFAULT);
        proxy.throttle(4_000_000);
        appendLarge(4).forEach(append -> broker.wait(append));
        redis.suspend();
        assertThatThrownBy(() -> broker.append(device, "a")).isInstanceOf(RingUnavailableException.class);
        redis.resume();
    }
}
