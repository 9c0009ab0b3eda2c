package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Gate;
import dev.tailrace.auth.OpenStreams;
import dev.tailrace.auth.StorageClock;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.BrokerMeters;
import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.http.Problem;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.memory.MemoryFleets;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.NamedDevices;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.ScriptedRing;
import dev.tailrace.testing.SseReader;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Streams of one event loop over real sockets, with a scripted storage: what they may hold together, and how they end.
 */
final class EgressServicesTest {

    private static final int LIMIT = 8 * 1024 * 1024; // of all readers
    private static final int LARGE = 256 * 1024; // more than the sockets hold
    private static final DeviceId DEVICE = new DeviceId("d");
    private static final String ONE = "/api/v1/devices/d/logs/stream";

    /** More than a resume id can name. */
    private static final List<DeviceId> MANY = IntStream.rangeClosed(0, Checkpoints.MANY)
            .mapToObj(i -> new DeviceId("d-" + i))
            .toList();

    private static final String OF_MANY = "/api/v1/logs/stream?q=never&device="
            + MANY.stream().map(DeviceId::value).collect(joining("&device="));

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final ScriptedRing ring = new ScriptedRing();
    private final FedPlaces places = new FedPlaces();
    private final StreamBudget budget = new StreamBudget(LIMIT);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Metrics metrics = new Metrics(registry);
    private final BrokerMeters meters = new BrokerMeters(metrics);
    private final EgressMeters egressMeters = new EgressMeters(metrics);
    private final List<SseReader> readers = new ArrayList<>();

    /** Timers after which a stream of a broker that shuts down is checked; the test runs them. */
    private final BlockingQueue<Handler<Long>> leavingTimers = new LinkedBlockingQueue<>();

    private Context loop;
    private Router router;
    private EgressServices egress;
    private int port;

    /** A reader, and the stream that it reads. */
    private record Opened(SseReader reader, LiveStream stream) {}

    @BeforeEach
    void start() {
        loop = vertx.getOrCreateContext();
        start(Duration.ofHours(1));
    }

    private void start(Duration heartbeat) {
        Future<Integer> listening = on(() -> {
            Broker broker = new Broker(
                    vertx, ring, new NamedDevices(), new Activity(), meters, budget, new FilterShares(vertx, meters));
            var options = new EgressOptions(
                    heartbeat, Duration.ofHours(1), Duration.ZERO, Duration.ofSeconds(5), 64 * 1024, 100);
            egress = new EgressServices(
                    withHeldTimers(),
                    broker,
                    egressMeters,
                    options,
                    new FollowBudget(1000),
                    new MemoryFleets(),
                    places);
            router = Router.router(vertx);
            new Gate(vertx, List.of(), credential -> false, new StorageClock(), new OpenStreams(100)).mount(router);
            new LiveRoutes(egress).mount(router);
            router.route()
                    .failureHandler(call -> call.response()
                            .setStatusCode(503)
                            .end(call.failure() instanceof Problem problem ? problem.name() : "" + call.failure()));
            return vertx.createHttpServer(new HttpServerOptions().setSendBufferSize(16 * 1024))
                    .requestHandler(router)
                    .listen(0, "127.0.0.1")
                    .map(server -> server.actualPort());
        });
        port = RunningBroker.await(listening);
    }

    private Vertx withHeldTimers() {
        return (Vertx) Proxy.newProxyInstance(
                Vertx.class.getClassLoader(), new Class<?>[] {Vertx.class}, (self, method, arguments) -> {
                    if (method.getName().equals("setTimer") && arguments[0].equals(StallWatch.LEAVING_MILLIS)) {
                        @SuppressWarnings("unchecked")
                        var handler = (Handler<Long>) arguments[1];
                        leavingTimers.add(handler);
                        return -1L;
                    }
                    try {
                        return method.invoke(vertx, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    @AfterEach
    void stop() {
        readers.forEach(SseReader::close);
        RunningBroker.await(vertx.close());
    }

    private <T> T on(Callable<T> question) {
        var answer = new CompletableFuture<T>();
        loop.runOnContext(nothing -> {
            try {
                answer.complete(question.call());
            } catch (Throwable wrong) {
                answer.completeExceptionally(wrong);
            }
        });
        return answer.orTimeout(10, SECONDS).join();
    }

    /** Runs in one tick of the loop, and lets everything follow that needs no timer. */
    private void tick(Runnable what) {
        on(() -> {
            what.run();
            return true;
        });
        for (int i = 0; i < 10; i++) {
            on(() -> true);
        }
    }

    private List<LiveStream> streams() {
        return on(() -> egress.pulse().members());
    }

    private Opened begin(String path) {
        List<LiveStream> before = streams();
        SseReader reader = new SseReader(port, 4096, path);
        readers.add(reader);
        await().atMost(10, SECONDS).until(() -> streams().size() == before.size() + 1);
        LiveStream stream = streams().stream()
                .filter(one -> !before.contains(one))
                .findFirst()
                .orElseThrow();
        return new Opened(reader, stream);
    }

    private Opened open(String path, List<DeviceId> devices) {
        Opened opened = begin(path);
        devices.forEach(device -> ring.announce(device, new Announcement.Ready(RingState.NONE)));
        assertThat(opened.reader().next().name()).isEqualTo("alive");
        // Later writes go below Vert.x, once all of that was accepted.
        await().atMost(10, SECONDS).until(() -> budget.held() == 0);
        return opened;
    }

    private Opened openOne() {
        return open(ONE, List.of(DEVICE));
    }

    /** Positions of all devices are in storage, and the reader has their id. */
    private Opened openMany() {
        Opened opened = open(OF_MANY, MANY);
        await().atMost(10, SECONDS).until(() -> places.appends.size() == 1);
        tick(() -> places.lastAppend().answer().complete(true));
        assertThat(opened.reader().message().name()).isEqualTo("checkpoint");
        return opened;
    }

    /** A device has moved over what the filter hides. */
    private static void moveFirst(Opened many) {
        Cursor first = many.stream().cursors().get(0);
        many.stream().delivery().passedOver(first);
    }

    private static void send(Opened to, int bytes) {
        JsonObject data = new JsonObject().put("x", "x".repeat(bytes));
        to.stream().checkpoint(data, null);
    }

    private double evicted(String reason) {
        return registry.get("tailrace.subscribers.evicted")
                .tag("reason", reason)
                .functionCounter()
                .count();
    }

    private static void assertIsCut(SseReader reader) {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        assertThat(reader.next()).isNotNull(); // earlier events
                    }
                })
                .isInstanceOf(UncheckedIOException.class);
    }

    private static void assertBye(SseReader reader) {
        EventReader.Event event = reader.message();
        while (!"bye".equals(event.name())) {
            event = reader.message();
        }
        assertThat(event.retry()).isBetween(100L, 5100L);
        assertThat(reader.next()).as("the stream ends well").isNull();
    }

    // ---- what they may hold together

    @Test
    void tooMuchIsHeld_theNewestIsEvictedFirst_andNoMoreThanNeedBe() {
        Opened first = openOne();
        Opened second = openOne();
        Opened third = openOne();
        tick(() -> {
            budget.add(LIMIT + 1L); // by the readers of another event loop
            List.of(first, second, third).forEach(one -> send(one, LARGE));
            loop.runOnContext(nothing -> budget.remove(LIMIT + 1L)); // which accept it after the first eviction here
        });
        assertThat(evicted("memory")).isEqualTo(1);
        assertThat(streams()).containsExactlyInAnyOrder(first.stream(), second.stream());
        assertIsCut(third.reader());
    }

    @Test
    void readerThatKeepsUp_isNotEvicted_howeverMuchOthersHold() {
        Opened keepsUp = openOne();
        tick(() -> {
            budget.add(LIMIT + 1L);
            send(keepsUp, 10);
        });
        assertThat(keepsUp.reader().message().name()).isEqualTo("checkpoint");
        tick(() -> {});
        assertThat(evicted("memory")).isZero();
        assertThat(streams()).containsExactly(keepsUp.stream());
        budget.remove(LIMIT + 1L);
    }

    @Test
    void eventsThatAreNotEntries_areCountedUntilTheirReaderAcceptsThem() {
        Opened one = openOne();
        tick(() -> send(one, 10));
        assertThat(budget.held()).isZero();
        tick(() -> send(one, LARGE));
        assertThat(budget.held()).isGreaterThanOrEqualTo(LARGE);
        one.reader().message();
        one.reader().message();
        await().atMost(10, SECONDS).until(() -> budget.held() == 0);
        tick(() -> send(one, LARGE));
        one.reader().close();
        await().atMost(10, SECONDS).until(() -> budget.held() == 0);
    }

    // ---- streams that fail

    @Test
    void streamThatFailsWithItsHeartbeat_isEnded_andTheOthersGoOn() {
        start(Duration.ofMillis(150));
        Opened other = openOne();
        Opened fails = openMany();
        tick(() -> {
            places.broken = new IllegalStateException("the test says so");
            moveFirst(fails);
        });
        assertIsCut(fails.reader());
        assertThat(evicted("failed")).isEqualTo(1);
        assertThat(streams()).containsExactly(other.stream());
        tick(() -> send(other, 10));
        assertThat(other.reader().message().name()).isEqualTo("checkpoint");
        assertThat(other.reader().next().name()).isEqualTo("alive");
    }

    @Test
    void streamThatFailsInItsFarewell_isEnded_andTheOthersGetTheirs() {
        Opened before = openOne();
        Opened fails = openMany();
        Opened after = openOne();
        tick(() -> {
            places.broken = new IllegalStateException("the test says so");
            moveFirst(fails);
        });
        Future<Void> drained = on(() -> egress.drain());
        assertBye(before.reader());
        assertBye(after.reader());
        assertIsCut(fails.reader());
        await().atMost(10, SECONDS).until(drained::isComplete);
        assertThat(evicted("failed")).isEqualTo(1);
    }

    // ---- the farewell

    @Test
    void streamThatIsLeaving_isAwaited_whenItIsAskedToLeaveAgain() {
        Opened many = openMany();
        tick(() -> moveFirst(many));
        List<Future<Void>> ends = new ArrayList<>();
        tick(() -> {
            ends.add(many.stream().leave());
            ends.add(egress.drain());
            assertThat(ends).as("its last place is not in storage yet").noneMatch(Future::isComplete);
            places.lastAppend().answer().complete(true);
        });
        EventReader.Event last = many.reader().message();
        assertThat(last.name()).isEqualTo("checkpoint");
        assertThat(last.id()).endsWith(".2");
        assertBye(many.reader());
        await().atMost(10, SECONDS).until(() -> ends.stream().allMatch(Future::isComplete));
    }

    @Test
    void storageThatDoesNotTakeTheLastPlaces_delaysNoFarewell() {
        Opened many = openMany();
        tick(() -> moveFirst(many));
        Future<Void> drained = on(() -> egress.drain());
        assertBye(many.reader());
        await().atMost(10, SECONDS).until(drained::isComplete);
    }

    @Test
    void readerThatAcceptsALittle_isWaitedFor_andCutOffWhenItAcceptsNothing() {
        Opened slow = openOne();
        tick(() -> IntStream.range(0, 20).forEach(i -> send(slow, LARGE / 4)));
        Future<Void> drained = on(() -> egress.drain());
        long held = budget.held();
        IntStream.range(0, 5).forEach(i -> slow.reader().message());
        await().atMost(10, SECONDS).until(() -> budget.held() < held);
        lookAtLeaving();
        assertThat(drained.isComplete()).isFalse();
        await().atMost(10, SECONDS).until(() -> {
            lookAtLeaving();
            return drained.isComplete();
        });
        assertIsCut(slow.reader());
    }

    /** The time has passed after which a stream that leaves is checked. */
    private void lookAtLeaving() {
        try {
            Handler<Long> look = leavingTimers.poll(10, SECONDS);
            assertThat(look).as("somebody looks").isNotNull();
            tick(() -> look.handle(-1L));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void streamThatEndsBeforeItsPlaceIsKnown_hasItsHeadFirst() {
        Opened early = begin(ONE);
        Future<Void> drained = on(() -> egress.drain());
        EventReader.Event begin = early.reader().next();
        assertThat(begin.name()).as("with it comes the ticket to come again").isEqualTo("alive");
        assertBye(early.reader());
        await().atMost(10, SECONDS).until(drained::isComplete);
    }

    // ---- storage

    @Test
    void storageThatIsBack_isAskedOnceForTheListOfPlaces_whenAllDevicesAreReachedAgain() {
        Opened many = openMany();
        MANY.forEach(device -> ring.announce(device, new Announcement.Unavailable()));
        assertThat(many.reader().message().json().getString("storage")).isEqualTo("away");
        List<DeviceId> allButOne = MANY.subList(1, MANY.size());
        allButOne.forEach(device -> ring.announce(device, new Announcement.Ready(RingState.NONE)));
        tick(() -> {});
        assertThat(places.renewals).isEmpty();
        ring.announce(MANY.get(0), new Announcement.Ready(RingState.NONE));
        assertThat(many.reader().message().json().getString("storage")).isEqualTo("back");
        assertThat(places.renewals).hasSize(1);
    }

    // ---- requests at the same time

    @Test
    void requestThatWaitedForStorageWhileTheBrokerLeft_isRefused() {
        String id = new ResumeId("a".repeat(22), 1).toString();
        try (SseReader reader = new SseReader(port, 4096, OF_MANY, "Last-Event-ID", id)) {
            await().atMost(10, SECONDS).until(() -> places.reads.size() == 1);
            Future<Void> drained = on(() -> egress.drain());
            assertThat(drained.isComplete()).isTrue();
            tick(() -> places.reads.get(0).complete(List.of("d-0:fed-1")));
            assertThat(reader.status()).isEqualTo(503);
            assertThat(streams()).isEmpty();
        }
    }

    @Test
    void webSocketThatOpensWhileTheBrokerLeaves_getsTheFarewell() {
        on(() -> router.get(ONE).order(-1).handler(call -> {
            call.next();
            egress.drain();
        }));
        try (RawSocket reader = RawSocket.webSocket(port, ONE)) {
            String bye = reader.readDataOrClose().text();
            while (!bye.contains("\"bye\"")) {
                bye = reader.readDataOrClose().text();
            }
            assertThat(reader.readDataOrClose().closeCode()).isEqualTo(1001);
        }
    }

    // ---- heartbeats

    @Test
    void heartbeatOfAStreamOfMany_isOneEventWithoutAPlace() {
        Opened many = openMany();
        tick(() -> many.stream().beat());
        EventReader.Event beat = many.reader().next();
        assertThat(beat.name()).isEqualTo("alive");
        assertThat(beat.id()).isNull();
        assertThat(beat.json().getLong("interval"))
                .isEqualTo(Duration.ofHours(1).toMillis());
        assertThat(Math.abs(beat.json().getLong("time") - System.currentTimeMillis()))
                .isLessThan(60_000);
        assertThat(beat.json().containsKey("head")).isFalse();
    }
}
