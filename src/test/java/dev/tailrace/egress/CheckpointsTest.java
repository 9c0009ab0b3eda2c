package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.BrokerMeters;
import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.Start;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.broker.Subscriber;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Gap;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.memory.MemoryDirectory;
import dev.tailrace.testing.ScriptedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The order of what is stored and what is sent to the reader, over a scripted storage. */
@Tag("unit")
final class CheckpointsTest {

    private static final int DEVICES = Checkpoints.MANY + 1;

    private final Vertx vertx = Vertx.vertx();
    private final FedPlaces store = new FedPlaces();
    private final Reader reader = new Reader();
    private final FollowBudget budget = new FollowBudget(DEVICES);
    private final AtomicLong nanos = new AtomicLong();
    private KeptPlaces places;
    private Context loop;
    private Checkpoints checkpoints;

    /** Records the checkpoints that it is sent. */
    private static final class Reader implements Checkpoints.Stream, Subscriber {
        final List<Cursor> cursors = new ArrayList<>();
        final List<String> sent = new ArrayList<>();
        boolean allOpen = true;
        boolean full;
        Runnable head = () -> {}; // sent before the first event

        @Override
        public Collection<Cursor> cursors() {
            return cursors;
        }

        @Override
        public boolean allOpen() {
            return allOpen;
        }

        @Override
        public boolean isFull() {
            return full;
        }

        @Override
        public void checkpoint(JsonObject data, @Nullable String id) {
            head.run();
            sent.add(String.valueOf(SseFormat.INSTANCE.event("checkpoint", data, id)));
        }

        @Override
        public void run(Runnable call) {
            call.run();
        }

        @Override
        public Object caller() {
            return this;
        }

        @Override
        public void waits(Cursor cursor) {}

        @Override
        public void missedTurn(Cursor cursor) {}

        @Override
        public boolean isShared() {
            return true;
        }

        @Override
        public void opened(Cursor cursor) {}

        @Override
        public void entries(Cursor cursor, ByteBuf encoded) {}

        @Override
        public void gap(Cursor cursor, Gap gap) {}

        @Override
        public void cleared(Cursor cursor, long offset) {}

        @Override
        public void failed(Cursor cursor) {}

        @Override
        public void storage(Cursor cursor, boolean away) {}
    }

    @BeforeEach
    void begin() {
        loop = vertx.getOrCreateContext();
        tick(() -> {
            var metrics = new Metrics(new SimpleMeterRegistry());
            var meters = new BrokerMeters(metrics);
            var broker = new Broker(
                    vertx,
                    new ScriptedRing(),
                    new MemoryDirectory(vertx, Duration.ofHours(1).toMillis()),
                    new Activity(),
                    meters,
                    new StreamBudget(Long.MAX_VALUE),
                    new FilterShares(vertx, meters));
            for (int i = 0; i < DEVICES; i++) {
                var view = SseFormat.INSTANCE.view(new DeviceId("d-" + i), null);
                reader.cursors.add(broker.subscribe(new DeviceId("d-" + i), new Start.Tail(0), view, reader));
            }
            places = new KeptPlaces(store, budget, new EgressMeters(metrics), nanos::get);
            checkpoints = new Checkpoints(vertx, places, SseFormat.INSTANCE, reader);
            checkpoints.beginning(DEVICES);
        });
    }

    @AfterEach
    void end() {
        tick(() -> checkpoints.close());
        vertx.close();
    }

    private void tick(Runnable what) {
        var done = new CompletableFuture<Void>();
        loop.runOnContext(nothing -> {
            try {
                what.run();
                done.complete(null);
            } catch (Throwable failure) {
                done.completeExceptionally(failure);
            }
        });
        done.orTimeout(10, SECONDS).join();
    }

    private void movedNow(int device) {
        tick(() -> {
            checkpoints.passedOver(reader.cursors.get(device));
            checkpoints.now();
        });
    }

    private FedPlaces.Append lastAppend() {
        return store.lastAppend();
    }

    private void kept() {
        tick(() -> lastAppend().answer().complete(true));
    }

    /** A first list of all positions is stored, and its id sent. */
    private String keptFirst() {
        movedNow(3);
        kept();
        return lastAppend().list();
    }

    private void assertNewListOfAllPlaces(String former) {
        tick(() -> checkpoints.now());
        assertThat(lastAppend().list()).isNotEqualTo(former);
        assertThat(lastAppend().length()).isZero();
        assertThat(lastAppend().texts().get(0)).contains("d-0:", "d-3:", "d-32:");
        kept();
        assertThat(lastTold()).contains("id: s." + lastAppend().list() + ".1\n");
    }

    private int toldSoFar() {
        AtomicInteger sent = new AtomicInteger();
        tick(() -> sent.set(reader.sent.size()));
        return sent.get();
    }

    private String lastTold() {
        return reader.sent.get(reader.sent.size() - 1);
    }

    @Test
    void placesAreKeptBeforeTheirIdIsReported() {
        movedNow(3);
        assertThat(reader.sent).isEmpty();
        assertThat(lastAppend().texts().get(0)).as("at first the places of all").contains("d-0:", "d-3:", "d-32:");
        kept();
        assertThat(reader.sent).hasSize(1);
        assertThat(lastTold()).contains("id: s." + lastAppend().list() + ".1\n");
        movedNow(4);
        assertThat(reader.sent).as("not before the second text is kept").hasSize(1);
        kept();
        assertThat(lastTold()).contains("id: s." + lastAppend().list() + ".2\n");
    }

    @Test
    void whatMovesWhileStorageIsAsked_isOfTheNextCheckpointAlone() {
        movedNow(3);
        movedNow(5);
        assertThat(store.appends).as("one at a time").hasSize(1);
        kept();
        assertThat(lastTold()).contains("\"d-3\":").doesNotContain("\"d-5\":");
        tick(() -> checkpoints.now());
        assertThat(lastAppend().texts().get(0)).contains("d-5:").doesNotContain("d-3:");
        kept();
        assertThat(lastTold()).contains("\"d-5\":").doesNotContain("\"d-3\":");
    }

    @Test
    void placesThatStorageDidNotTake_areReportedWithTheNextCheckpoint() {
        movedNow(3);
        tick(() -> lastAppend().answer().fail(new RingUnavailableException("the test says so")));
        assertThat(reader.sent).isEmpty();
        tick(() -> checkpoints.now());
        kept();
        assertThat(lastTold())
                .contains("\"d-3\":")
                .contains("id: s." + lastAppend().list() + ".1\n");
    }

    @Test
    void listThatIsNotAsItWasWritten_isReplacedByANewOneOfAllPlaces() {
        movedNow(3);
        kept();
        String first = lastAppend().list();
        movedNow(4);
        tick(() -> lastAppend().answer().complete(false));
        assertThat(reader.sent).hasSize(1);
        tick(() -> checkpoints.now());
        assertThat(lastAppend().list()).isNotEqualTo(first);
        assertThat(lastAppend().length()).isZero();
        assertThat(lastAppend().texts().get(0)).contains("d-0:", "d-3:", "d-4:", "d-32:");
        kept();
        assertThat(lastTold())
                .contains("\"d-4\":")
                .contains("id: s." + lastAppend().list() + ".1\n");
    }

    @Test
    void headThatComesWithTheFirstCheckpoint_namesTheSameList_andLeavesNothingBehind() {
        List<String> heads = new ArrayList<>();
        tick(() -> {
            checkpoints.close();
            checkpoints = new Checkpoints(vertx, places, SseFormat.INSTANCE, reader);
            reader.head = () -> heads.add(checkpoints.beginning(DEVICES));
        });
        movedNow(3);
        kept();
        assertThat(heads).containsExactly("s." + lastAppend().list() + ".0");
        assertThat(lastTold()).contains("id: s." + lastAppend().list() + ".1\n");
        tick(() -> checkpoints.close());
        budget.superfluous(System.currentTimeMillis() + KeptPlaces.KEEP.toMillis() + 1);
        budget.keep((int) FollowBudget.PLACE_BYTES);
        assertThat(budget.hasRoomForPlaces()).as("nothing else is counted").isTrue();
    }

    // ---- when nothing is reported

    @Test
    void placeThatIsNotKnownYet_holdsBackTheCheckpoint() {
        reader.allOpen = false;
        movedNow(3);
        assertThat(store.appends).isEmpty();
        reader.allOpen = true;
        tick(() -> checkpoints.now());
        kept();
        assertThat(lastTold()).contains("\"d-3\":");
    }

    @Test
    void readerThatIsFull_isSentItsCheckpointLater_alsoOneThatIsKeptAlready() {
        reader.full = true;
        movedNow(3);
        assertThat(store.appends)
                .as("or storage would keep an id that no reader knows")
                .isEmpty();
        reader.full = false;
        tick(() -> checkpoints.now());
        reader.full = true;
        kept();
        assertThat(reader.sent).isEmpty();
        tick(() -> reader.full = false);
        await().atMost(10, SECONDS).until(() -> toldSoFar() == 1);
        assertThat(lastTold()).contains("\"d-3\":").contains(".1\n");
    }

    @Test
    void streamThatEndsWhileStorageIsAsked_isReportedNothing_andNothingWaitsForStorage() {
        movedNow(3);
        List<Future<Void>> last = new ArrayList<>();
        tick(() -> last.add(checkpoints.last()));
        assertThat(last.get(0).isComplete()).isFalse();
        tick(() -> checkpoints.close());
        assertThat(last.get(0).succeeded()).isTrue();
        kept();
        assertThat(reader.sent).isEmpty();
    }

    @Test
    void deviceThatHasLeft_isReportedWithTheNextCheckpointOfThoseThatFit() {
        tick(() -> {
            reader.cursors.subList(2, DEVICES).clear();
            checkpoints.left(reader.cursors.remove(1));
            checkpoints.now();
        });
        assertThat(store.appends).isEmpty();
        assertThat(lastTold()).contains("id: d-0:0-0\n").contains("\"positions\":{}");
    }

    // ---- lists that storage lost, or that are renewed

    @Test
    void storageThatIsBackAndLostTheList_getsANewOneOfAllPlaces() {
        String first = keptFirst();
        tick(() -> checkpoints.storageIsBack());
        assertThat(store.renewals).hasSize(1);
        assertThat(store.renewals.get(0).list()).isEqualTo(first);
        assertThat(store.renewals.get(0).length()).isEqualTo(1);
        tick(() -> store.renewals.get(0).answer().complete(false));
        assertNewListOfAllPlaces(first);
    }

    @Test
    void storageThatIsBackAndHasTheList_isAskedForNoMore() {
        keptFirst();
        tick(() -> checkpoints.storageIsBack());
        tick(() -> store.renewals.get(0).answer().complete(true));
        tick(() -> checkpoints.now());
        assertThat(store.appends).hasSize(1);
    }

    @Test
    void storageThatIsBackWhileItIsAsked_isAskedOnce() {
        movedNow(3);
        tick(() -> checkpoints.storageIsBack());
        kept();
        movedNow(4);
        tick(() -> checkpoints.storageIsBack());
        assertThat(store.renewals)
                .as("the text that is added finds out as well")
                .isEmpty();
    }

    @Test
    void answerOfAListThatWasReplaced_changesNothing() {
        String first = keptFirst();
        tick(() -> checkpoints.storageIsBack());
        movedNow(4);
        tick(() -> lastAppend().answer().complete(false));
        assertNewListOfAllPlaces(first);
        String second = lastAppend().list();
        tick(() -> store.renewals.get(0).answer().complete(false));
        movedNow(5);
        assertThat(lastAppend().list()).isEqualTo(second);
        assertThat(lastAppend().length()).isEqualTo(1);
    }

    @Test
    void silentStream_renewsItsListEachHour() {
        keptFirst();
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(60));
        tick(() -> checkpoints.beat());
        assertThat(store.renewals).isEmpty();
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
        tick(() -> checkpoints.beat());
        tick(() -> checkpoints.beat());
        assertThat(store.renewals).hasSize(1);
        assertThat(store.renewals.get(0).keep()).isEqualTo(KeptPlaces.KEEP);
        tick(() -> store.renewals.get(0).answer().complete(true));
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(61));
        tick(() -> checkpoints.beat());
        assertThat(store.renewals).hasSize(2);
    }

    @Test
    void listThatIsGoneWhenItIsRenewed_isBegunAnew() {
        String first = keptFirst();
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(61));
        tick(() -> checkpoints.beat());
        tick(() -> store.renewals.get(0).answer().complete(false));
        assertNewListOfAllPlaces(first);
    }

    // ---- lists that have become long

    /** Grows the list until the next checkpoint begins another one. */
    private String growLong() {
        for (int i = 0; i < 1000; i++) {
            movedNow(i % DEVICES);
            kept();
        }
        return lastAppend().list();
    }

    @Test
    void listThatHasGrownLong_isReplaced_andEndsOnlyWhenTheReaderHasTheNewId() {
        String former = growLong();
        movedNow(3);
        assertThat(lastAppend().list()).isNotEqualTo(former);
        assertThat(lastAppend().length()).isZero();
        assertThat(lastAppend().texts().get(0)).contains("d-0:", "d-3:", "d-32:");
        assertThat(store.renewals)
                .as("the reader may still come back with its id")
                .isEmpty();
        kept();
        assertThat(lastTold()).contains("id: s." + lastAppend().list() + ".1\n");
        assertThat(store.renewals).hasSize(1);
        assertThat(store.renewals.get(0).list()).isEqualTo(former);
        assertThat(store.renewals.get(0).keep()).isEqualTo(KeptPlaces.KEEP_REPLACED);
    }

    @Test
    void streamThatEndsWhileItsListIsReplaced_leavesTheOneWhoseIdTheReaderHas() {
        growLong();
        movedNow(3);
        tick(() -> checkpoints.close());
        assertThat(store.renewals).as("neither ends before its time").isEmpty();
        assertNothingIsCountedAfter(KeptPlaces.KEEP);
    }

    private void assertNothingIsCountedAfter(Duration time) {
        long later = System.currentTimeMillis() + time.toMillis() + 1000;
        assertThat(budget.superfluous(later)).isNull();
        budget.keep((int) FollowBudget.PLACE_BYTES);
        assertThat(budget.hasRoomForPlaces()).as("nothing else is counted").isTrue();
    }

    // ---- the size of what is kept

    @Test
    void noRoomForMorePlaces_noIdIsReported_untilThereIsRoom() {
        String first = keptFirst();
        budget.keep((int) FollowBudget.PLACE_BYTES);
        movedNow(4);
        assertThat(store.appends).hasSize(1);
        assertThat(reader.sent).as("an id of places that are not stored").hasSize(1);
        budget.keep((int) -FollowBudget.PLACE_BYTES);
        assertNewListOfAllPlaces(first);
        assertThat(lastTold()).contains("\"d-4\":");
    }

    @Test
    void placesThatStorageDoesNotTakeForLong_countOnce() {
        movedNow(3);
        for (int i = 0; i < 100; i++) {
            tick(() -> lastAppend().answer().fail(new RingUnavailableException("the test says so")));
            tick(() -> checkpoints.now());
        }
        assertThat(store.appends).hasSize(101).allMatch(append -> append.length() == 0);
        kept();
        int text = lastAppend().texts().get(0).length();
        budget.keep((int) FollowBudget.PLACE_BYTES - text - KeptPlaces.LIST_BYTES);
        assertThat(budget.hasRoomForPlaces()).as("nothing else is counted").isTrue();
        budget.keep(1);
        assertThat(budget.hasRoomForPlaces()).as("that it is counted").isFalse();
    }
}
