package dev.tailrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class WheelTest {

    private static final int TICKS = 10;
    private static final long TICK_MILLIS = 1000;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private long nanos = -5; // of a clock that is set by hand

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void membersThatComeTogether_areSpreadOverTheInterval() throws Exception {
        List<Set<Integer>> slots = new ArrayList<>();
        onContext(() -> {
            Wheel<Integer> wheel = new Wheel<>(vertx, 3_600_000, TICKS, member -> {}, WheelTest::failed);
            IntStream.range(0, 100 * TICKS).forEach(i -> slots.add(wheel.join(i)));
        });
        assertThat(slots).allSatisfy(slot -> assertThat(slot).hasSize(100));
    }

    @Test
    void member_isAttendedToUntilItLeaves() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        List<Set<String>> slots = new ArrayList<>();
        onContext(() -> {
            Wheel<String> wheel = new Wheel<>(vertx, TICKS, TICKS, seen::add, WheelTest::failed);
            slots.add(wheel.join("a"));
            slots.add(wheel.join("b"));
        });
        await().until(() -> seen.containsAll(List.of("a", "b")));
        onContext(() -> {
            slots.get(0).remove("a");
            seen.clear();
        });
        await().until(() -> seen.contains("b"));
        assertThat(seen).doesNotContain("a");
    }

    @Test
    void memberThatThrows_isGivenBack_othersAreAttendedTo() {
        List<String> seen = new ArrayList<>();
        Map<String, Throwable> failed = new HashMap<>();
        var wheel = new Wheel<String>(TICK_MILLIS, 1, member -> attend(member, seen), failed::put, this::nanoTime);
        List.of("a", "broken", "b", "c").forEach(wheel::join);
        tickAfter(wheel, TICK_MILLIS);
        assertThat(seen).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(failed).containsOnlyKeys("broken");
        tickAfter(wheel, TICK_MILLIS);
        assertThat(seen).hasSize(6);
    }

    @Test
    void membersThatLeaveWhileTheyAreAttendedTo_hideNoOther() {
        List<String> seen = new ArrayList<>();
        List<Set<String>> slots = new ArrayList<>();
        var wheel = new Wheel<String>(
                TICK_MILLIS,
                1,
                member -> {
                    seen.add(member);
                    slots.get(0).remove(member);
                },
                WheelTest::failed,
                this::nanoTime);
        List.of("a", "b", "c").forEach(member -> slots.add(wheel.join(member)));
        tickAfter(wheel, TICK_MILLIS);
        tickAfter(wheel, TICK_MILLIS);
        assertThat(seen).containsExactlyInAnyOrder("a", "b", "c");
    }

    private static void attend(String member, List<String> seen) {
        if (member.equals("broken")) {
            throw new IllegalStateException();
        }
        seen.add(member);
    }

    @Test
    void ticksThatComeEarlyAndLate_attendToEachOncePerInterval() {
        int[] seen = new int[TICKS];
        Wheel<Integer> wheel = counting(seen);
        for (int i = 0; i < TICKS / 2; i++) {
            tickAfter(wheel, TICK_MILLIS * 14 / 10);
            tickAfter(wheel, TICK_MILLIS * 6 / 10);
        }
        assertThat(seen).containsOnly(1);
        assertThat(wheel.nanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(TICKS * TICK_MILLIS));
    }

    @Test
    void afterAPause_ticksThatWereMissedAreNotMadeUpFor() {
        int[] seen = new int[TICKS];
        Wheel<Integer> wheel = counting(seen);
        tickAfter(wheel, 100 * TICKS * TICK_MILLIS);
        IntStream.range(0, 100 * TICKS).forEach(i -> tickAfter(wheel, 0)); // as a timer makes up for missed ticks
        assertThat(IntStream.of(seen).sum()).isEqualTo(2);
        assertThat(wheel.nanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(2 * TICK_MILLIS));
        for (int i = 0; i < TICKS - 2; i++) {
            tickAfter(wheel, TICK_MILLIS);
        }
        assertThat(seen).containsOnly(1);
    }

    private Wheel<Integer> counting(int[] seen) {
        var wheel = new Wheel<Integer>(TICK_MILLIS, TICKS, member -> seen[member]++, WheelTest::failed, this::nanoTime);
        IntStream.range(0, TICKS).forEach(wheel::join);
        return wheel;
    }

    private void tickAfter(Wheel<?> wheel, long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
        wheel.tick();
    }

    private long nanoTime() {
        return nanos;
    }

    private static void failed(Object member, Throwable failure) {
        throw new AssertionError(member.toString(), failure);
    }

    private void onContext(Runnable task) throws Exception {
        var done = Promise.<Void>promise();
        context.runOnContext(nothing -> {
            task.run();
            done.complete();
        });
        done.future().await(10, TimeUnit.SECONDS);
    }
}
