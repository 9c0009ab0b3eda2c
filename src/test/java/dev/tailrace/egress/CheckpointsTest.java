package dev.tailrace.egress;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.Outlet;
import dev.tailrace.broker.Start;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.metrics.Meters;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Gap;
import dev.tailrace.ring.PlaceStore;
import dev.tailrace.ring.RingUnavailableException;
import dev.tailrace.testing.HandFedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The order of what is kept in storage and what is reported to the reader; storage answers when the test says so. */
final class CheckpointsTest {

    private static final int DEVICES = Checkpoints.MANY + 1;

    private final Vertx vertx = Vertx.vertx();
    private final FedPlaces store = new FedPlaces();
    private final Reader reader = new Reader();
    private final FollowBudget budget = new FollowBudget(DEVICES);
    private KeptPlaces places;
    private Context loop;
    private Checkpoints checkpoints;

    /** A text that is being kept. */
    private record Append(String list, int length, List<String> texts, Promise<Boolean> answer) {}

    private static final class FedPlaces implements PlaceStore {
        final List<Append> appends = new ArrayList<>();

        @Override
        public Future<Boolean> append(String list, int length, List<String> texts, Duration keep) {
            if (texts.isEmpty()) {
                return Future.succeededFuture(true);
            }
            Append append = new Append(list, length, texts, Promise.promise());
            appends.add(append);
            return append.answer.future();
        }

        @Override
        public Future<List<String>> read(String list, int from, int count) {
            return Future.succeededFuture(List.of());
        }

        @Override
        public Future<Void> remove(String list) {
            return Future.succeededFuture();
        }
    }

    /** Notes the checkpoints that it is sent. */
    private static final class Reader implements Checkpoints.Stream, Outlet {
        final List<Cursor> cursors = new ArrayList<>();
        final List<String> told = new ArrayList<>();
        Runnable head = () -> {}; // comes before what is told first

        @Override
        public Collection<Cursor> cursors() {
            return cursors;
        }

        @Override
        public boolean allOpen() {
            return true;
        }

        @Override
        public boolean isFull() {
            return false;
        }

        @Override
        public void checkpoint(@Nullable Buffer event) {
            head.run();
            told.add(String.valueOf(event));
        }

        @Override
        public String withTicket(String id) {
            return id;
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
        turn(() -> {
            var meters = new Meters(new SimpleMeterRegistry());
            var broker = new Broker(
                    vertx,
                    new HandFedRing(),
                    new Activity(),
                    meters,
                    new StreamBudget(Long.MAX_VALUE),
                    new FilterShares(vertx, meters));
            for (int i = 0; i < DEVICES; i++) {
                var view = EventFormat.SSE.view(new DeviceId("d-" + i), null);
                reader.cursors.add(broker.subscribe(new DeviceId("d-" + i), new Start.Tail(0), view, reader));
            }
            places = new KeptPlaces(store, budget, meters);
            checkpoints = new Checkpoints(vertx, places, EventFormat.SSE, reader);
            checkpoints.beginning(DEVICES);
        });
    }

    @AfterEach
    void end() {
        turn(() -> checkpoints.close());
        vertx.close();
    }

    private void turn(Runnable what) {
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
        turn(() -> {
            checkpoints.passedOver(reader.cursors.get(device));
            checkpoints.now();
        });
    }

    private Append lastAppend() {
        return store.appends.get(store.appends.size() - 1);
    }

    private void kept() {
        turn(() -> lastAppend().answer.complete(true));
    }

    private String lastTold() {
        return reader.told.get(reader.told.size() - 1);
    }

    @Test
    void placesAreKeptBeforeTheirIdIsReported() {
        movedNow(3);
        assertThat(reader.told).isEmpty();
        assertThat(lastAppend().texts.get(0)).as("at first the places of all").contains("d-0:", "d-3:", "d-32:");
        kept();
        assertThat(reader.told).hasSize(1);
        assertThat(lastTold()).contains("id: s." + lastAppend().list + ".1\n");
        movedNow(4);
        assertThat(reader.told).as("not before the second text is kept").hasSize(1);
        kept();
        assertThat(lastTold()).contains("id: s." + lastAppend().list + ".2\n");
    }

    @Test
    void whatMovesWhileStorageIsAsked_isOfTheNextCheckpointAlone() {
        movedNow(3);
        movedNow(5);
        assertThat(store.appends).as("one at a time").hasSize(1);
        kept();
        assertThat(lastTold()).contains("\"d-3\":").doesNotContain("\"d-5\":");
        turn(() -> checkpoints.now());
        assertThat(lastAppend().texts.get(0)).contains("d-5:").doesNotContain("d-3:");
        kept();
        assertThat(lastTold()).contains("\"d-5\":").doesNotContain("\"d-3\":");
    }

    @Test
    void placesThatStorageDidNotTake_areReportedWithTheNextCheckpoint() {
        movedNow(3);
        turn(() -> lastAppend().answer.fail(new RingUnavailableException("the test says so")));
        assertThat(reader.told).isEmpty();
        turn(() -> checkpoints.now());
        kept();
        assertThat(lastTold()).contains("\"d-3\":").contains("id: s." + lastAppend().list + ".1\n");
    }

    @Test
    void listThatIsNotAsItWasWritten_isReplacedByANewOneOfAllPlaces() {
        movedNow(3);
        kept();
        String first = lastAppend().list;
        movedNow(4);
        turn(() -> lastAppend().answer.complete(false));
        assertThat(reader.told).hasSize(1);
        turn(() -> checkpoints.now());
        assertThat(lastAppend().list).isNotEqualTo(first);
        assertThat(lastAppend().length).isZero();
        assertThat(lastAppend().texts.get(0)).contains("d-0:", "d-3:", "d-4:", "d-32:");
        kept();
        assertThat(lastTold()).contains("\"d-4\":").contains("id: s." + lastAppend().list + ".1\n");
    }

    @Test
    void headThatComesWithTheFirstCheckpoint_namesTheSameList_andLeavesNothingBehind() {
        List<String> heads = new ArrayList<>();
        turn(() -> {
            checkpoints.close();
            checkpoints = new Checkpoints(vertx, places, EventFormat.SSE, reader);
            reader.head = () -> heads.add(checkpoints.beginning(DEVICES));
        });
        movedNow(3);
        kept();
        assertThat(heads).containsExactly("s." + lastAppend().list + ".0");
        assertThat(lastTold()).contains("id: s." + lastAppend().list + ".1\n");
        turn(() -> checkpoints.close());
        budget.superfluous(System.currentTimeMillis() + KeptPlaces.KEEP.toMillis() + 1);
        budget.keep((int) FollowBudget.PLACE_BYTES);
        assertThat(budget.hasRoomForPlaces()).as("nothing else is counted").isTrue();
    }
}
