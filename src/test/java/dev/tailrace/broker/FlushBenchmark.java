package dev.tailrace.broker;

import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Gap;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.memory.MemoryDirectory;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SampleLines;
import dev.tailrace.testing.ScriptedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** From an announcement to all live subscribers: the cost of one flush, without sockets. */
@State(Scope.Thread)
public class FlushBenchmark {

    /** Flushes per hop to the event loop, so that the hop does not count. */
    private static final int FLUSHES = 200;

    @Param({"1", "1000"})
    int subscribers;

    private final ScriptedRing ring = new ScriptedRing();
    private Vertx vertx;
    private Context loop;
    private Announcement.Stored[] next;
    private long head;
    private long handedOver; // touched on the loop

    @Setup
    public void subscribe() {
        vertx = Vertx.vertx();
        loop = vertx.getOrCreateContext();
        onLoop(() -> {
            var meters = new BrokerMeters(new Metrics(new SimpleMeterRegistry()));
            // A clock that stands still, so that no flush is put off.
            var broker = new Broker(
                    vertx,
                    ring,
                    new MemoryDirectory(vertx, Duration.ofHours(1).toMillis()),
                    new Activity(),
                    meters,
                    new StreamBudget(Long.MAX_VALUE),
                    new FilterShares(vertx, meters),
                    () -> 0);
            for (int i = 0; i < subscribers; i++) {
                broker.subscribe(new DeviceId("d"), new Start.Tail(0), BrokerTestBase.ALL, new Counting());
            }
        });
        onLoop(() -> ring.announce(new Announcement.Ready(ScriptedRing.state("k", 0, 1))));
        next = new Announcement.Stored[FLUSHES];
    }

    @TearDown
    public void close() {
        RunningBroker.await(vertx.close());
    }

    @Benchmark
    @OperationsPerInvocation(FLUSHES)
    public long flush() {
        var entry = SampleLines.entries(1);
        for (int i = 0; i < FLUSHES; i++) {
            next[i] = new Announcement.Stored("k", ++head, entry);
        }
        long before = handedOver;
        Promise<Void> done = Promise.promise();
        loop.runOnContext(nothing -> announce(0, done));
        RunningBroker.await(done.future());
        if (handedOver - before != (long) FLUSHES * subscribers) {
            throw new AssertionError(handedOver - before + " instead of one write per flush and subscriber");
        }
        return handedOver;
    }

    // The flush after an announcement comes in the loop's next tick, and the next announcement in the one after it.
    private void announce(int index, Promise<Void> done) {
        if (index == FLUSHES) {
            done.complete();
            return;
        }
        ring.announce(next[index]);
        loop.runOnContext(nothing -> announce(index + 1, done));
    }

    private void onLoop(Runnable what) {
        Promise<Void> done = Promise.promise();
        loop.runOnContext(nothing -> {
            what.run();
            loop.runOnContext(later -> done.complete());
        });
        RunningBroker.await(done.future());
    }

    /** Takes everything and keeps nothing. */
    private final class Counting implements Subscriber {
        @Override
        public boolean isFull() {
            return false;
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
            return false;
        }

        @Override
        public void opened(Cursor cursor) {}

        @Override
        public void entries(Cursor cursor, ByteBuf encoded) {
            handedOver++;
        }

        @Override
        public void gap(Cursor cursor, Gap gap) {
            throw new AssertionError(gap);
        }

        @Override
        public void cleared(Cursor cursor, long offset) {}

        @Override
        public void failed(Cursor cursor) {}

        @Override
        public void storage(Cursor cursor, boolean away) {}
    }
}
