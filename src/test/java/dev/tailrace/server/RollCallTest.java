package dev.tailrace.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.metrics.Meters;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingUnavailableException;
import dev.tailrace.testing.HandFedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RollCallTest {

    private static final DeviceId CONNECTED = new DeviceId("connected");

    private final Vertx vertx = Vertx.vertx();
    private final Activity activity = new Activity();
    private final RollCall rollCall = new RollCall(vertx, activity);
    private final List<Collection<DeviceId>> told = new ArrayList<>(); // the active devices of each call
    private final List<Promise<Void>> calls = new ArrayList<>();
    private final HandFedRing ring = new HandFedRing() {
        @Override
        public Future<Void> touch(Collection<DeviceId> active, Collection<DeviceId> connected) {
            told.add(active);
            Promise<Void> call = Promise.promise();
            calls.add(call);
            return call.future();
        }
    };

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, SECONDS);
    }

    @Test
    void unanswered_isNotToldAgain() {
        activity.connected(CONNECTED);
        for (int i = 0; i < 5; i++) {
            rollCall.tick(ring);
        }
        assertThat(calls).hasSize(1);
        calls.get(0).complete();
        rollCall.tick(ring);
        assertThat(calls).hasSize(2);
        calls.get(1).fail(new RingUnavailableException("slow"));
        rollCall.tick(ring);
        assertThat(calls).hasSize(3);
    }

    @Test
    void wroteWhileUnanswered_isPartOfTheNextCall() {
        activity.connected(CONNECTED);
        rollCall.tick(ring);
        DeviceId wrote = new DeviceId("wrote");
        var line = new Entries.Builder(64);
        Line.of("a").writeTo(line, 1);
        Future<Ring.Appended> stored = new Broker(
                        vertx, ring, activity, new Meters(new SimpleMeterRegistry()), new StreamBudget(Long.MAX_VALUE))
                .publish(wrote, Batch.of(line.build()));
        ring.nextAppend().stored(1);
        assertThat(stored.succeeded()).isTrue();
        rollCall.tick(ring);
        rollCall.tick(ring);
        assertThat(told).containsExactly(Set.of());
        calls.get(0).complete();
        rollCall.tick(ring);
        assertThat(told).containsExactly(Set.of(), Set.of(wrote));
    }
}
