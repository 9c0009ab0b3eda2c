package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.model.DeviceId;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.TestIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The permissions of a stream of very many devices are checked in batches. */
@Timeout(60)
final class LeasesTest {

    private static final int DEVICES = 10_000;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final List<Integer> partsOfTurns = new CopyOnWriteArrayList<>();
    private final AtomicInteger ended = new AtomicInteger();
    private int inThisTick; // touched on the event loop only
    private volatile Future<Boolean> answer = Future.succeededFuture(true);

    @AfterEach
    void stop() {
        RunningBroker.await(vertx.close());
    }

    /** An identity whose permissions are checked each time; counts the checks within one tick of the event loop. */
    private final class Changing extends TestIdentity {
        @Override
        public Future<Boolean> may(Permission permission, DeviceId device) {
            if (inThisTick++ == 0) {
                vertx.runOnContext(later -> {
                    partsOfTurns.add(inThisTick);
                    inThisTick = 0;
                });
            }
            return answer;
        }
    }

    private void hold() {
        List<DeviceId> devices = IntStream.range(0, DEVICES)
                .mapToObj(i -> new DeviceId("d-" + i))
                .toList();
        Promise<Lease> held = Promise.promise();
        loop.runOnContext(
                nothing -> held.complete(new Leases(vertx, name -> false, new StorageClock(), new OpenStreams(10))
                        .hold(new Changing(), Permission.LOGS_READ, devices, end -> ended.incrementAndGet())));
        RunningBroker.await(held.future());
    }

    /** Longer than the next batch would take. */
    private void letTurnsPass() {
        for (int i = 0; i < 5; i++) {
            Promise<Void> turn = Promise.promise();
            loop.runOnContext(nothing -> turn.complete());
            RunningBroker.await(turn.future());
        }
    }

    private int asked() {
        return partsOfTurns.stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    void manyDevices_areAllChecked_inBatches() {
        hold();
        await().atMost(Duration.ofSeconds(20)).until(() -> asked() >= DEVICES);
        assertThat(partsOfTurns).allMatch(part -> part <= Leases.AT_ONCE);
        assertThat(ended).hasValue(0);
    }

    @Test
    void streamThatEnds_isNotCheckedAnyMore() {
        answer = Future.succeededFuture(false);
        hold();
        await().atMost(Duration.ofSeconds(20)).until(() -> ended.get() > 0);
        letTurnsPass();
        assertThat(asked()).isEqualTo(Leases.AT_ONCE);
        assertThat(ended).hasValue(1);
    }

    @Test
    void checkWithoutAnAnswer_isNotFollowedByTheNextBatch() {
        answer = Promise.<Boolean>promise().future();
        hold();
        await().atMost(Duration.ofSeconds(20)).until(() -> asked() > 0);
        letTurnsPass();
        assertThat(asked()).isEqualTo(Leases.AT_ONCE);
    }
}
