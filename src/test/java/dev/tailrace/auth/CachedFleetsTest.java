package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Lookups in storage and the cache, with a clock that the test sets. */
final class CachedFleetsTest {

    private static final DeviceId PUMP = new DeviceId("pump");
    private static final DeviceId LAMP = new DeviceId("lamp");

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final AtomicLong now = new AtomicLong();
    private final List<Set<DeviceId>> questions = new CopyOnWriteArrayList<>();
    private volatile Future<Map<DeviceId, FleetId>> answer = Future.succeededFuture(Map.of(PUMP, new FleetId("eu")));
    private final CachedFleets fleets = new CachedFleets(vertx, new Asked(), now::get);

    private final class Asked implements FleetStore {
        @Override
        public Future<Map<DeviceId, FleetId>> fleetsOf(Collection<DeviceId> devices) {
            questions.add(Set.copyOf(devices));
            return answer;
        }

        @Override
        public Future<Boolean> assign(DeviceId device, @Nullable FleetId fleet, int most) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<List<DeviceId>> devicesOf(FleetId fleet, @Nullable DeviceId after, int most) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<String> version() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<List<Fleet>> fleets(@Nullable FleetId after, int most) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<List<Fleet>> sizesOf(Collection<FleetId> fleets) {
            throw new UnsupportedOperationException();
        }
    }

    @AfterEach
    void stop() {
        RunningBroker.await(vertx.close());
    }

    private Future<String> ask(DeviceId device) {
        Promise<String> told = Promise.promise();
        loop.runOnContext(nothing -> fleets.of(device).onComplete(told));
        return told.future();
    }

    private String of(DeviceId device) {
        return RunningBroker.await(ask(device));
    }

    @Test
    void answers_areCached_includingNoFleet() {
        assertThat(of(PUMP)).isEqualTo("eu");
        assertThat(of(LAMP)).isNull();
        now.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(of(PUMP)).isEqualTo("eu");
        assertThat(of(LAMP)).isNull();
        assertThat(questions).containsExactly(Set.of(PUMP), Set.of(LAMP));

        answer = Future.succeededFuture(Map.of(PUMP, new FleetId("us")));
        now.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(of(PUMP)).isEqualTo("us");
        assertThat(questions).hasSize(3);
    }

    @Test
    void lookupsOfOneTick_areOneCall() {
        Promise<List<String>> told = Promise.promise();
        loop.runOnContext(nothing -> {
            Future<String> pump = fleets.of(PUMP);
            Future<String> again = fleets.of(PUMP);
            Future<String> lamp = fleets.of(LAMP);
            Future.all(pump, again, lamp).<List<String>>map(all -> all.list()).onComplete(told);
        });
        assertThat(RunningBroker.await(told.future())).containsExactly("eu", "eu", null);
        assertThat(questions).containsExactly(Set.of(PUMP, LAMP));
    }

    @Test
    void pendingLookup_isNotRepeated() {
        Promise<Map<DeviceId, FleetId>> late = Promise.promise();
        answer = late.future();
        Future<String> first = ask(PUMP);
        Future<String> second = ask(PUMP);
        ask(LAMP); // in a later tick than the first
        RunningBroker.await(Future.future(done -> loop.runOnContext(nothing -> done.complete())));
        assertThat(questions.stream().filter(one -> one.contains(PUMP))).hasSize(1);
        loop.runOnContext(nothing -> late.complete(Map.of(PUMP, new FleetId("eu"))));
        assertThat(RunningBroker.await(first)).isEqualTo("eu");
        assertThat(RunningBroker.await(second)).isEqualTo("eu");
    }

    @Test
    void storageUnavailable_lastAnswerIsUsedForTenMinutes() {
        of(PUMP);
        answer = Future.failedFuture(new RingUnavailableException("away"));
        now.addAndGet(Duration.ofMinutes(9).toNanos());
        assertThat(of(PUMP)).isEqualTo("eu");
        now.addAndGet(Duration.ofMinutes(2).toNanos());
        assertThatThrownBy(() -> of(PUMP)).isInstanceOf(RingUnavailableException.class);
        assertThatThrownBy(() -> of(LAMP)).isInstanceOf(RingUnavailableException.class);
    }

    @Test
    void manyDevices_areNotAllCached() {
        of(PUMP);
        Promise<Void> all = Promise.promise();
        loop.runOnContext(nothing -> Future.all(java.util.stream.IntStream.range(0, 10_000)
                        .mapToObj(i -> fleets.of(new DeviceId("d" + i)))
                        .toList())
                .<Void>mapEmpty()
                .onComplete(all));
        RunningBroker.await(all.future());
        of(PUMP);
        assertThat(questions.stream().filter(one -> one.contains(PUMP))).hasSize(2);
    }
}
