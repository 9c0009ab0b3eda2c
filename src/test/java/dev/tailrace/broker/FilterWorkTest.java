package dev.tailrace.broker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.model.Entries;
import dev.tailrace.testing.ScriptedRing;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On which thread filters are applied, and in which pieces. */
@Tag("unit")
final class FilterWorkTest extends BrokerTestBase {

    private static final Entries TEN =
            ScriptedRing.entries(IntStream.range(0, 10).mapToObj(i -> "m" + i).toArray(String[]::new));

    private static final long COSTLY = FilterWork.MAX_COST_ON_LOOP;

    private static boolean isWorker() {
        return Thread.currentThread().getName().startsWith("tailrace-filter");
    }

    private Future<BitSet> select(long weight, FilterWork.Test test, AtomicBoolean unwanted) {
        return on(() -> broker.filters().select("caller", TEN, weight, test, unwanted::get));
    }

    private static void awaitEnd(Future<?> future) {
        await().atMost(10, SECONDS).until(future::isComplete);
    }

    @Test
    void cheapTest_isDoneAtOnce() {
        Future<BitSet> selected = select(1, i -> i % 3 == 0 && !isWorker(), new AtomicBoolean());
        assertThat(selected.result().stream()).containsExactly(0, 3, 6, 9);
    }

    @Test
    void costlyTest_isDoneOnAnotherThread_inSlices() {
        step = FilterShares.SLICE_NANOS / 2;
        Future<BitSet> selected = select(COSTLY, i -> i % 2 == 1 && isWorker(), new AtomicBoolean());
        awaitEnd(selected);
        assertThat(selected.result().stream()).containsExactly(1, 3, 5, 7, 9);
        assertThat(registry.get("tailrace.filter").timer().count())
                .as("two entries each")
                .isEqualTo(5);
    }

    @Test
    void manyCostlyTests_takeTurns() {
        step = FilterShares.SLICE_NANOS;
        List<Integer> order = new CopyOnWriteArrayList<>();
        CountDownLatch allAsked = new CountDownLatch(1);
        List<Future<BitSet>> all = on(() -> IntStream.range(0, 3)
                .mapToObj(who -> broker.filters()
                        .select(
                                "caller",
                                TEN,
                                COSTLY,
                                i -> {
                                    awaitQuietly(allAsked);
                                    return order.add(who);
                                },
                                () -> false))
                .toList());
        allAsked.countDown();
        all.forEach(FilterWorkTest::awaitEnd);
        int[] done = new int[3];
        for (int who : order) {
            done[who]++;
            int most = IntStream.of(done).max().orElseThrow();
            int least = IntStream.of(done).min().orElseThrow();
            assertThat(most - least).as("%s", order).isLessThanOrEqualTo(3);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(10, SECONDS);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void workOfAReaderThatLeft_isGivenUp() {
        step = FilterShares.SLICE_NANOS;
        AtomicBoolean gone = new AtomicBoolean();
        AtomicInteger tested = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(1);
        Future<BitSet> selected = select(
                COSTLY,
                i -> {
                    gone.set(true);
                    tested.incrementAndGet();
                    awaitQuietly(answered);
                    return true;
                },
                gone);
        awaitEnd(selected);
        answered.countDown();
        assertThat(selected.cause()).isInstanceOf(FilterRefusedException.class);
        await().atMost(10, SECONDS).until(() -> shares.callers() == 0);
        assertThat(tested).as("only what was under way").hasValue(1);
    }

    @Test
    void readerThatLeavesWhileOthersWait_isAnsweredSoon_andItsWorkIsGivenUp() {
        CountDownLatch free = new CountDownLatch(1);
        Future<BitSet> first = select(
                COSTLY,
                i -> {
                    awaitQuietly(free);
                    return true;
                },
                new AtomicBoolean());
        AtomicBoolean gone = new AtomicBoolean();
        AtomicInteger tested = new AtomicInteger();
        Future<BitSet> second = select(COSTLY, i -> tested.incrementAndGet() > 0, gone);
        gone.set(true);
        awaitEnd(second); // while the only thread is busy with the first
        assertThat(second.cause()).isInstanceOf(FilterRefusedException.class);
        free.countDown();
        awaitEnd(first);
        await().atMost(10, SECONDS).until(() -> shares.callers() == 0);
        assertThat(tested).hasValue(0);
    }

    @Test
    void costlyPages_areReadWhenTheirCallerHasRoom_andCheapOnesAtOnce() {
        List<Promise<Integer>> pages = new ArrayList<>();
        List<Future<Integer>> all = on(() -> IntStream.range(0, FilterRoom.PER_CALLER + 2)
                .mapToObj(i -> page("a", COSTLY, pages))
                .toList());
        assertThat(pages).hasSize(FilterRoom.PER_CALLER);
        on(() -> page("b", COSTLY, pages));
        on(() -> page("a", 1, pages));
        assertThat(pages).as("of another caller, and one that is cheap").hasSize(FilterRoom.PER_CALLER + 2);
        on(() -> {
            pages.get(0).complete(7);
            pages.get(1).fail("unreadable");
            return true;
        });
        assertThat(pages).hasSize(FilterRoom.PER_CALLER + 4);
        assertThat(all.get(0).result()).isEqualTo(7);
        assertThat(all.get(1).failed()).isTrue();
    }

    private Future<Integer> page(String caller, long weight, List<Promise<Integer>> pages) {
        return broker.filters().inTurn(caller, weight, TEN.byteSize(), false, () -> false, () -> {
            Promise<Integer> page = Promise.promise();
            pages.add(page);
            return page.future();
        });
    }

    @Test
    void readThatThrows_givesItsRoomBack() {
        for (int i = 0; i <= FilterRoom.PER_CALLER; i++) {
            Future<Integer> refused =
                    on(() -> broker.filters().inTurn("a", COSTLY, TEN.byteSize(), false, () -> false, () -> {
                        throw new IllegalStateException("made to fail");
                    }));
            assertThat(refused.cause()).hasMessage("made to fail");
        }
        assertThat(on(() -> broker.filters().isBusy())).isFalse();
    }

    @Test
    void testThatThrows_isAFailure() {
        Future<BitSet> selected = select(
                COSTLY,
                i -> {
                    throw new IllegalStateException("made to fail");
                },
                new AtomicBoolean());
        awaitEnd(selected);
        assertThat(selected.cause()).hasMessage("made to fail");
        assertThat(on(() -> broker.filters().isBusy())).isFalse();
    }

    @Test
    void cheapTestsWithoutABreak_goOnInALaterTick() {
        step = Slice.NANOS / 4;
        List<Boolean> atOnce = on(() -> IntStream.range(0, 6)
                .mapToObj(i -> broker.filters()
                        .select("caller", TEN, 1, any -> true, () -> false)
                        .isComplete())
                .toList());
        assertThat(atOnce).startsWith(true).contains(false);
    }
}
