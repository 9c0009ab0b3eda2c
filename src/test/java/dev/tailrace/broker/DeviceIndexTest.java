package dev.tailrace.broker;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.FleetStore;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.memory.MemoryFleets;
import dev.tailrace.testing.FleetsOf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The index of all devices in a broker, over a scripted storage. */
@Tag("unit")
final class DeviceIndexTest {

    private static final long NOW = 1_763_820_000_000L;

    private final Storage storage = new Storage();
    private final MemoryFleets memberships = new MemoryFleets();
    private final AtomicLong nanos = new AtomicLong();
    private Vertx vertx;
    private Context loop;
    private DeviceIndex index;

    /** Answers with pages that the test prepares, and then with empty ones. */
    private static final class Storage implements DeviceDirectory {
        final List<Changes> pages = new ArrayList<>();
        final List<@Nullable Mark> asked = new ArrayList<>();
        long now = NOW;
        boolean isAway;
        Future<Void> answers = Future.succeededFuture(); // completes before an answer

        private record Place(int number) implements Mark {}

        void page(boolean restarted, boolean last, KnownDevice... devices) {
            pages.add(new Changes(now, now - 60_000, restarted, List.of(devices), last, new Place(pages.size())));
        }

        @Override
        public Future<Changes> changes(@Nullable Mark after, int most) {
            if (isAway) {
                return Future.failedFuture(new RingUnavailableException("away"));
            }
            asked.add(after);
            return answers.map(now -> pages.isEmpty()
                    ? new Changes(this.now, this.now - 60_000, false, List.of(), true, new Place(-1))
                    : pages.remove(0));
        }

        @Override
        public Future<Void> report(Sightings sightings) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<@Nullable KnownDevice> device(DeviceId device) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Integer> count() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> purge() {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        loop = vertx.getOrCreateContext();
        index = on(() -> Future.succeededFuture(newIndex()));
    }

    private DeviceIndex newIndex() {
        return new DeviceIndex(vertx, storage, memberships, nanos::get);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, SECONDS);
    }

    private <T> T on(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(nothing -> call.get().onComplete(promise));
        try {
            return promise.future().toCompletionStage().toCompletableFuture().get(10, SECONDS);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private void refresh() {
        nanos.addAndGet(SECONDS.toNanos(1));
        on(index::fresh);
    }

    private static KnownDevice device(String name, long seen, boolean online) {
        return new KnownDevice(new DeviceId(name), seen, online);
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        index.after(null).forEachRemaining(listed -> names.add(listed.device().value()));
        return names;
    }

    private static List<String> namesOf(List<ListedDevice> devices) {
        return devices.stream().map(listed -> listed.device().value()).toList();
    }

    private DeviceIndex.Since since(String version) {
        return requireNonNull(index.since(version, 1000));
    }

    @Test
    void pages_areReadToTheEnd_andThenOnlyWhatCameSince() {
        storage.page(false, false, device("b", NOW, true));
        storage.page(false, true, device("a", NOW, false));
        refresh();
        assertThat(names()).containsExactly("a", "b");
        storage.page(false, true, device("c", NOW, false));
        refresh();
        assertThat(names()).containsExactly("a", "b", "c");
        assertThat(storage.asked).hasSize(3).startsWith((DeviceDirectory.Mark) null);
        assertThat(storage.asked.subList(1, 3)).doesNotContainNull();
    }

    @Test
    void manyQuestionsWithinASecond_areOneToStorage() {
        refresh();
        for (int i = 0; i < 50; i++) {
            on(index::fresh);
        }
        assertThat(storage.asked).hasSize(1);
    }

    @Test
    void questionsWhileStorageIsAsked_waitForTheSameAnswer() throws Exception {
        nanos.addAndGet(SECONDS.toNanos(1));
        Promise<Void> answers = Promise.promise();
        storage.answers = answers.future();
        List<Future<Void>> asking =
                on(() -> Future.succeededFuture(List.of(index.fresh(), index.fresh(), index.fresh())));
        on(Future::succeededFuture);
        assertThat(storage.asked).hasSize(1);
        assertThat(asking).noneMatch(Future::isComplete);
        storage.page(false, true, device("a", NOW, true));
        answers.complete();
        Future.all(asking).toCompletionStage().toCompletableFuture().get(10, SECONDS);
        assertThat(names()).containsExactly("a");
        assertThat(storage.asked).hasSize(1);
    }

    @Test
    void afterALongTime_allIsReadAgain_inCaseThatAChangeWasMissed() {
        storage.page(false, true, device("a", NOW, true), device("b", NOW, true));
        refresh();
        String version = index.version();
        nanos.addAndGet(MINUTES.toNanos(10));
        storage.page(false, true, device("b", NOW, true));
        refresh();
        assertThat(storage.asked).containsExactly(null, null);
        assertThat(names()).containsExactly("b");
        assertThat(namesOf(since(version).removed())).containsExactly("a");
    }

    @Test
    void since_isWhatCameOnlineOrWentOffline_andNotWhatWasMerelySeenAgain() {
        storage.page(false, true, device("a", NOW, false), device("b", NOW, true), device("c", NOW, false));
        refresh();
        String version = index.version();
        storage.page(
                false,
                true,
                device("a", NOW + 1000, true),
                device("b", NOW + 1000, true),
                device("c", NOW + 1000, false));
        refresh();
        DeviceIndex.Since since = since(version);
        assertThat(namesOf(since.changed())).containsExactly("a");
        assertThat(namesOf(since(since.version()).changed())).isEmpty();
        storage.page(false, true, device("c", NOW + 400_000, false));
        refresh();
        assertThat(namesOf(since(since.version()).changed()))
                .as("seen minutes later")
                .containsExactly("c");
    }

    @Test
    void since_inParts_missesNothing() {
        storage.page(false, true);
        refresh();
        String version = index.version();
        storage.page(false, true, device("c", NOW, true), device("a", NOW, true), device("b", NOW, true));
        refresh();
        List<String> heard = new ArrayList<>();
        DeviceIndex.Since part;
        do {
            part = requireNonNull(index.since(version, 1));
            heard.addAll(namesOf(part.changed()));
            version = part.version();
        } while (part.more());
        assertThat(heard).contains("a", "b", "c");
    }

    @Test
    void readAgain_removesWhatDoesNotComeAgain_andReportsIt() {
        storage.page(false, true, device("a", NOW, true), device("b", NOW, true));
        refresh();
        String version = index.version();
        storage.page(true, false, device("b", NOW, true));
        storage.page(false, true);
        refresh();
        assertThat(names()).containsExactly("b");
        assertThat(namesOf(since(version).removed())).containsExactly("a");
        storage.page(false, true, device("a", NOW, true));
        refresh();
        assertThat(since(version).removed()).isEmpty();
        assertThat(namesOf(since(version).changed())).containsExactly("a");
    }

    @Test
    void offlineForTheTimeToLive_isNotListed_andOnlineIs() {
        storage.page(false, true, device("a", NOW, false), device("b", NOW, true));
        refresh();
        storage.now = NOW + 60_000;
        refresh();
        assertThat(names()).containsExactly("b");
        assertThat(index.get(new DeviceId("a"))).isNull();
    }

    /** A caller that may assign devices can invent any number of them, and the list may never be requested. */
    @Test
    void veryManyMoves_areNotRemembered_andAreReadWithAllOthers() {
        storage.page(false, true, device("a", NOW, false));
        refresh();
        for (int i = 0; i < 2 * DeviceIndex.MOST_MOVED; i++) {
            index.moved(new DeviceId("invented-" + i));
        }
        assertThat(index.moves()).isEqualTo(DeviceIndex.MOST_MOVED);
        memberships.assign(new DeviceId("a"), new FleetId("eu"), 10);
        index.moved(new DeviceId("a"));
        nanos.addAndGet(SECONDS.toNanos(5));
        refresh();
        assertThat(index.moves()).isZero();
        assertThat(requireNonNull(index.get(new DeviceId("a"))).fleet()).isEqualTo(new FleetId("eu"));
    }

    @Test
    void fleetThatChanged_isAChange_atOnceWhenThisBrokerChangedIt() {
        storage.page(false, true, device("a", NOW, true), device("b", NOW, true));
        refresh();
        nanos.addAndGet(SECONDS.toNanos(5));
        refresh();
        String version = index.version();
        DeviceId a = new DeviceId("a");
        DeviceId b = new DeviceId("b");
        memberships.assign(a, new FleetId("north"), 10);
        memberships.assign(b, new FleetId("north"), 10);
        index.moved(a);
        on(index::fresh);
        assertThat(requireNonNull(index.get(a)).fleet()).isEqualTo(new FleetId("north"));
        nanos.addAndGet(SECONDS.toNanos(5));
        refresh();
        assertThat(requireNonNull(index.get(b)).fleet()).as("changed elsewhere").isEqualTo(new FleetId("north"));
        assertThat(namesOf(since(version).changed())).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void versionOfAnotherBroker_isUnderstood_unlessItIsFromBeforeThisOneBegan() {
        storage.page(false, true, device("a", NOW, true));
        refresh();
        String early = index.version();
        storage.now = NOW + 40_000;
        storage.page(false, true, device("b", NOW + 40_000, true));
        refresh();
        String late = index.version();

        storage.now = NOW;
        DeviceIndex first = index;
        index = on(() -> Future.succeededFuture(newIndex()));
        storage.page(false, true, device("a", NOW, true));
        refresh();
        assertThat(index.since(late, 10))
                .as("of a future that this broker has not read")
                .isNull();
        storage.now = NOW + 41_000;
        storage.page(false, true, device("b", NOW + 40_000, true));
        refresh();
        assertThat(index.since(early, 10))
                .as("what changed before is not known")
                .isNull();
        assertThat(namesOf(since(late).changed())).as("thirty seconds back").contains("b");
        assertThat(namesOf(requireNonNull(first.since(late, 10)).changed())).isEmpty();
        assertThat(Arrays.asList("", "x", "a.b.c", "1.2", "x.1.2.3")).allMatch(text -> index.since(text, 10) == null);
    }

    @Test
    void versionOfALongSilence_isUnderstoodByABrokerThatBeganMeanwhile() {
        storage.page(false, true, device("a", NOW, true));
        refresh();
        DeviceIndex silent = index;
        index = on(() -> Future.succeededFuture(newIndex()));
        storage.now = NOW + 600_000;
        storage.page(false, true, device("a", NOW, true));
        refresh();
        storage.now = NOW + 700_000;
        refresh();
        on(silent::fresh);
        assertThat(since(silent.version()).changed()).isEmpty();
        assertThat(requireNonNull(silent.since(index.version(), 10)).changed()).isEmpty();
    }

    @Test
    void storageThatFails_failsTheQuestion_andIsAskedAgain() {
        storage.isAway = true;
        nanos.addAndGet(SECONDS.toNanos(1));
        assertThat(on(() -> index.fresh().map(false).otherwise(true))).isTrue();
        storage.isAway = false;
        storage.page(false, true, device("a", NOW, true));
        refresh();
        assertThat(names()).containsExactly("a");
    }

    /**
     * Each walk over all devices: all are read again, all that do not appear are removed, and then those that are
     * not known any more.
     */
    @Test
    void veryManyDevices_areLookedAtInSlices() {
        KnownDevice[] many = IntStream.range(0, 5000)
                .mapToObj(i -> device("d-" + i, NOW, false))
                .toArray(KnownDevice[]::new);
        storage.page(false, true, many);
        refresh();
        nanos.addAndGet(MINUTES.toNanos(10));
        storage.page(false, true, many);
        assertThat(turnsOfARefresh()).as("all are read again").isGreaterThanOrEqualTo(10);
        nanos.addAndGet(MINUTES.toNanos(1));
        storage.now = NOW + 60_000;
        assertThat(turnsOfARefresh()).as("none is known any more").isGreaterThanOrEqualTo(10);
        assertThat(names()).isEmpty();
        storage.page(false, true, many);
        storage.now = NOW;
        refresh();
        storage.page(true, false);
        storage.page(false, true);
        assertThat(turnsOfARefresh()).as("none comes again").isGreaterThanOrEqualTo(20);
        assertThat(names()).isEmpty();
    }

    /** How often the loop read from its sockets meanwhile. */
    private int turnsOfARefresh() {
        nanos.addAndGet(SECONDS.toNanos(1));
        AtomicInteger turns = new AtomicInteger();
        on(() -> {
            Future<Void> fresh = index.fresh();
            countTurns(fresh, turns);
            return fresh;
        });
        return turns.get();
    }

    private void countTurns(Future<Void> until, AtomicInteger turns) {
        if (!until.isComplete()) {
            turns.incrementAndGet();
            new AfterReading(loop).call(() -> countTurns(until, turns));
        }
    }

    @Test
    void veryManyNewDevices_haveTheirFleetsReadInParts() {
        List<Integer> parts = new ArrayList<>();
        FleetStore counted = new FleetsOf(memberships) {
            @Override
            public Future<Map<DeviceId, FleetId>> fleetsOf(Collection<DeviceId> devices) {
                parts.add(devices.size());
                return super.fleetsOf(devices);
            }
        };
        memberships.assign(new DeviceId("d-4999"), new FleetId("eu"), 10);
        DeviceIndex large = on(() -> Future.succeededFuture(new DeviceIndex(vertx, storage, counted, nanos::get)));
        on(large::fresh);
        nanos.addAndGet(SECONDS.toNanos(2));
        storage.page(
                false,
                true,
                IntStream.range(0, 5000)
                        .mapToObj(i -> new KnownDevice(new DeviceId("d-" + i), NOW, true))
                        .toArray(KnownDevice[]::new));
        on(large::fresh);
        assertThat(parts).hasSize(10).allMatch(part -> part == 500);
        assertThat(large.get(new DeviceId("d-4999")).fleet()).isEqualTo(new FleetId("eu"));
        List<String> ofFleet = new ArrayList<>();
        large.after(null, List.of(new DeviceId("d-1"), new DeviceId("none")), List.of(new FleetId("eu")))
                .forEachRemaining(one -> ofFleet.add(one.device().value()));
        assertThat(ofFleet).containsExactly("d-1", "d-4999");
    }

    @Test
    void since_deviceThatChangedTwice_isThereOnce_asItIsNow() {
        storage.page(false, true, device("a", NOW, true), device("b", NOW, true));
        refresh();
        String version = index.version();
        for (boolean online : new boolean[] {false, true, false}) {
            storage.page(false, true, device("a", NOW, online));
            refresh();
        }
        assertThat(since(version).changed()).hasSize(1).noneMatch(ListedDevice::online);
        assertThat(namesOf(since(version).changed())).containsExactly("a");
    }

    @Test
    void clockOfStorageThatGoesBack_hidesNoChange() {
        storage.page(false, true, device("a", NOW, false));
        refresh();
        String version = index.version();
        storage.now = NOW - 30_000;
        storage.page(false, true, device("a", NOW - 30_000, true));
        refresh();
        DeviceIndex.Since since = since(version);
        assertThat(namesOf(since.changed())).containsExactly("a");
        assertThat(since(since.version()).changed()).isEmpty();
    }

    @Test
    void moreRemovedThanAreRemembered_isAnsweredWithAll() {
        KnownDevice[] many = IntStream.rangeClosed(0, 10_000)
                .mapToObj(i -> device("d-" + i, NOW, true))
                .toArray(KnownDevice[]::new);
        storage.page(false, true, many);
        refresh();
        String version = index.version();
        storage.page(true, true, Arrays.copyOf(many, 1));
        refresh();
        assertThat(since(version).removed()).as("all are remembered").hasSize(10_000);
        storage.page(true, true);
        refresh();
        assertThat(index.since(version, 1000)).as("one is not remembered").isNull();
        storage.now = NOW + 1;
        refresh();
        assertThat(since(index.version()).removed()).isEmpty();
    }

    @Test
    void fleetsThatCannotBeRead_areReadWithTheNextQuestion() {
        AtomicBoolean isAway = new AtomicBoolean();
        FleetStore sometimes = new FleetsOf(memberships) {
            @Override
            public Future<Map<DeviceId, FleetId>> fleetsOf(Collection<DeviceId> devices) {
                return isAway.get()
                        ? Future.failedFuture(new RingUnavailableException("away"))
                        : super.fleetsOf(devices);
            }
        };
        memberships.assign(new DeviceId("a"), new FleetId("eu"), 10);
        index = on(() -> Future.succeededFuture(new DeviceIndex(vertx, storage, sometimes, nanos::get)));
        refresh();
        isAway.set(true);
        nanos.addAndGet(SECONDS.toNanos(1));
        storage.page(false, true, device("a", NOW, true));
        assertThat(on(() -> index.fresh().map(false).otherwise(true))).isTrue();
        isAway.set(false);
        refresh();
        assertThat(requireNonNull(index.get(new DeviceId("a"))).fleet()).isEqualTo(new FleetId("eu"));
    }
}
