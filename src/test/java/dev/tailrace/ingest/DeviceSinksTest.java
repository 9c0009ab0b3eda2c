package dev.tailrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.Fleets;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.BrokerMeters;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.testing.NamedDevices;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.ScriptedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeviceSinksTest {

    private static final int WINDOW_LINES = 4;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final ScriptedRing ring = new ScriptedRing();
    private final PendingBudget budget = new PendingBudget(1 << 20);
    private final DeviceSinks sinks = onLoop(this::open);

    // Touched on the loop only.
    private int drains;
    private int failures;

    @AfterEach
    void close() {
        RunningBroker.await(vertx.close());
    }

    private DeviceSinks open() {
        var options = new IngestOptions(
                WINDOW_LINES, 1 << 20, 1 << 20, 2 << 20, 4 << 20, 64 << 20, 16 << 20, Duration.ZERO, true);
        Metrics metrics = new Metrics(new SimpleMeterRegistry());
        IngestMeters meters = new IngestMeters(metrics);
        BrokerMeters brokerMeters = new BrokerMeters(metrics);
        Activity activity = new Activity();
        IngestServices ingest = new IngestServices(
                vertx,
                new Broker(
                        vertx,
                        ring,
                        new NamedDevices(),
                        activity,
                        brokerMeters,
                        new StreamBudget(Long.MAX_VALUE),
                        new FilterShares(vertx, brokerMeters)),
                activity,
                meters,
                budget,
                new FairRoom(1 << 20),
                new Rates(new Rates.Share(0, 0), new Rates.Share(0, 0), meters),
                Fleets.NONE,
                new DeviceLimit(0, meters),
                new EndOfTick(vertx.getOrCreateContext()),
                options);
        DeviceSinks opened = new DeviceSinks(
                ingest,
                new Account("a collector", Account.WIDE),
                LineSink.OnUnavailable.BRIEF,
                new LineSink.Listener() {
                    @Override
                    public void rejected(long line, String reason) {}

                    @Override
                    public void failed(Throwable cause) {
                        failures++;
                    }
                });
        opened.onDrain(() -> drains++);
        return opened;
    }

    @Test
    void eachDevice_hasItsOwnAppend_andFinishWaitsForAll() {
        say("a", "b", "a");
        ScriptedRing.Append first = ring.nextAppend();
        ScriptedRing.Append second = ring.nextAppend();
        assertThat(Set.of(first.device().value(), second.device().value())).containsExactlyInAnyOrder("a", "b");

        Future<Void> finished = onLoop(sinks::finish);
        first.stored();
        onLoop(() -> 0);
        assertThat(finished.isComplete()).isFalse();
        second.stored();
        await().until(finished::succeeded);
        assertThat(onLoop(sinks::stored)).isEqualTo(3);
        assertThat(budget.bytes()).isZero();
    }

    @Test
    void oneFullSink_makesAllFull_untilItIsDrained() {
        say("a", "b", "b", "b", "b");
        assertThat(onLoop(sinks::isFull)).isTrue();
        ScriptedRing.Append first = ring.nextAppend();
        ScriptedRing.Append second = ring.nextAppend();
        (first.device().value().equals("a") ? first : second).stored();
        onLoop(() -> 0);
        assertThat(onLoop(() -> drains)).isZero();

        (first.device().value().equals("a") ? second : first).stored();
        onLoop(() -> 0);
        assertThat(onLoop(() -> drains)).isEqualTo(1);
        assertThat(onLoop(sinks::isFull)).isFalse();
    }

    @Test
    void deviceBeyondTheMost_finishesTheOneUsedLongestAgo() {
        int devices = DeviceSinks.MAX_DEVICES + 10;
        String[] names = new String[devices];
        for (int i = 0; i < devices; i++) {
            names[i] = "d" + i;
        }
        say(names);
        Future<Void> finished = onLoop(sinks::finish);
        Set<DeviceId> stored = new HashSet<>();
        for (int i = 0; i < devices; i++) {
            ScriptedRing.Append append = ring.nextAppend();
            stored.add(append.device());
            append.stored();
        }
        await().until(finished::succeeded);
        assertThat(stored).hasSize(devices);
        assertThat(onLoop(sinks::stored)).isEqualTo(devices);
    }

    @Test
    void unavailableStorage_failsFinish() {
        say("a", "b");
        Future<Void> finished = onLoop(sinks::finish);
        ring.nextAppend().unavailable();
        ring.nextAppend().stored();

        await().until(finished::failed);
        assertThat(onLoop(() -> failures)).isEqualTo(1);
        assertThat(onLoop(sinks::stored)).isEqualTo(1);
        assertThat(onLoop(sinks::rejected)).isEqualTo(1);
        assertThat(budget.bytes()).isZero();
    }

    private void say(String... devices) {
        onLoop(() -> {
            for (String device : devices) {
                sinks.of(new DeviceId(device)).accept(Line.of("x"), Batch.NO_SEQ);
            }
            sinks.flush();
            return 0;
        });
    }

    private <T> T onLoop(Supplier<T> what) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(nothing -> {
            try {
                promise.complete(what.get());
            } catch (Throwable thrown) {
                promise.fail(thrown);
            }
        });
        return RunningBroker.await(promise.future());
    }
}
