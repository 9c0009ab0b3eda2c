package dev.tailrace.broker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.metrics.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How callers share the time of one thread. The clock advances only while work is done. */
@Tag("unit")
final class FilterSharesTest {

    private static final long SLICE = FilterShares.SLICE_NANOS;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong clock = new AtomicLong();
    private final FilterShares shares =
            new FilterShares(vertx, new BrokerMeters(new Metrics(new SimpleMeterRegistry())), clock::get, 1);
    private final List<String> turns = new CopyOnWriteArrayList<>(); // the caller of each slice, in order
    private final CountDownLatch begin = new CountDownLatch(1);

    @BeforeEach
    void holdTheThread() {
        shares.add("test", (nanoTime, until) -> {
            awaitQuietly(begin);
            return false;
        });
        await().atMost(10, SECONDS).until(() -> shares.callers() == 1);
    }

    @AfterEach
    void end() {
        begin.countDown();
        vertx.close();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Takes so many slices, each of so much time. */
    private final class Slices implements FilterShares.Work {
        private final String caller;
        private final long nanos;
        private final Runnable whenDone;
        private int left;

        Slices(String caller, int slices, long nanos, Runnable whenDone) {
            this.caller = caller;
            this.left = slices;
            this.nanos = nanos;
            this.whenDone = whenDone;
        }

        @Override
        public boolean goOn(LongSupplier nanoTime, long until) {
            turns.add(caller);
            clock.addAndGet(nanos);
            left--;
            if (left == 0) {
                whenDone.run();
            }
            return left > 0;
        }
    }

    private void add(String caller, int slices, long nanos) {
        shares.add(caller, new Slices(caller, slices, nanos, () -> {}));
    }

    private List<String> allTurns(int count) {
        begin.countDown();
        await().atMost(20, SECONDS).until(() -> turns.size() == count);
        return turns;
    }

    private static int count(List<String> turns, String caller) {
        return Collections.frequency(turns, caller);
    }

    @Test
    void callerThatAsksTenTimes_getsNoMoreThanOneThatAsksOnce() {
        for (int i = 0; i < 10; i++) {
            add("many", 20, SLICE);
        }
        add("one", 20, SLICE);
        List<String> all = allTurns(220);
        List<String> untilOneIsDone = all.subList(0, all.lastIndexOf("one"));
        assertThat(count(untilOneIsDone, "many")).as("%s", untilOneIsDone).isBetween(19, 21);
    }

    @Test
    void sliceThatTookLong_isMadeUpForByTheOthers() {
        add("long", 2, 30 * SLICE);
        add("short", 60, SLICE);
        List<String> all = allTurns(62);
        List<String> between = all.subList(all.indexOf("long"), all.lastIndexOf("long"));
        assertThat(count(between, "short")).as("%s", all).isBetween(29, 31);
    }

    @Test
    void callerThatComesAgainAndAgain_isNotTakenForANewOne() {
        AtomicBoolean there = new AtomicBoolean();
        AtomicInteger left = new AtomicInteger(300);
        shares.add("steady", (nanoTime, until) -> {
            turns.add("steady");
            clock.addAndGet(SLICE);
            if (there.compareAndSet(false, true)) { // it has no work for a while
                shares.add("again", new Slices("again", 1, 10 * SLICE, () -> there.set(false)));
            }
            return left.decrementAndGet() > 0;
        });
        begin.countDown();
        await().atMost(20, SECONDS).until(() -> left.get() == 0);
        assertThat(count(turns, "again")).as("a tenth of the other's turns").isBetween(25, 35);
    }

    @Test
    void callerThatComesLate_hasNoClaimToTheTimeBefore() {
        shares.add("early", new Slices("early", 100, SLICE, () -> {
            add("early", 50, SLICE);
            add("late", 50, SLICE);
        }));
        add("other", 130, SLICE);
        List<String> all = allTurns(330);
        List<String> sinceLateCame = all.subList(all.indexOf("late"), all.indexOf("late") + 60);
        assertThat(count(sinceLateCame, "late")).as("%s", sinceLateCame).isBetween(18, 22);
    }

    @Test
    void whatIsTakenBack_getsNoTurn() {
        var unwanted = new Slices("caller", 3, SLICE, () -> {});
        shares.add("caller", unwanted);
        add("caller", 2, SLICE);
        shares.remove("caller", unwanted);
        assertThat(allTurns(2)).hasSize(2);
        await().atMost(10, SECONDS).until(() -> shares.callers() == 0);
        assertThat(unwanted.left).isEqualTo(3);
    }

    @Test
    void workThatThrows_takesNothingFromTheOthers() {
        shares.add("failing", (nanoTime, until) -> {
            throw new IllegalStateException("made to fail");
        });
        add("other", 3, SLICE);
        allTurns(3);
        await().atMost(10, SECONDS).until(() -> shares.callers() == 0);
    }

    @Test
    void callersThatAreGone_areForgotten() {
        add("steady", 400, SLICE);
        for (int i = 0; i < 300; i++) {
            add("passing " + i, 1, SLICE);
        }
        shares.add("last", new Slices("last", 350, SLICE, () -> turns.add("callers " + shares.callers())));
        List<String> all = allTurns(400 + 300 + 350 + 1);
        assertThat(all.stream().filter(turn -> turn.startsWith("callers ")).findAny())
                .as("two that work, and few that are ahead of them")
                .hasValueSatisfying(
                        turn -> assertThat(Integer.parseInt(turn.substring(8))).isLessThan(10));
        await().atMost(10, SECONDS).until(() -> shares.callers() == 0);
    }
}
