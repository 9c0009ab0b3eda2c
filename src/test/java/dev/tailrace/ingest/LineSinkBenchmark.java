package dev.tailrace.ingest;

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
import dev.tailrace.storage.RingStore;
import dev.tailrace.testing.NamedDevices;
import dev.tailrace.testing.ScriptedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Appends lines through a sink to a storage that answers at once. */
@State(Scope.Thread)
public class LineSinkBenchmark {

    @Param({"1", "100"})
    int lines;

    /** Lines per second and device that are allowed; 0: no limit. */
    @Param({"0", "1000000000"})
    long rate;

    @Param({"true", "false"})
    boolean guessLevels;

    private final Vertx vertx = Vertx.vertx();
    private final Line line =
            Line.of("worker 17 has taken job 4711 from the queue and goes on and goes on and goes on");
    private LineSink sink;

    @Setup
    public void open() {
        Metrics metrics = new Metrics(new SimpleMeterRegistry());
        IngestMeters meters = new IngestMeters(metrics);
        BrokerMeters brokerMeters = new BrokerMeters(metrics);
        Activity activity = new Activity();
        var ring = new ScriptedRing() {
            @Override
            public Future<RingStore.Appended> append(DeviceId device, Batch batch) {
                int size = batch.entries().size();
                return Future.succeededFuture(new RingStore.Appended("e", size, size, 0));
            }
        };
        var ingest = new IngestServices(
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
                new PendingBudget(1L << 30),
                new FairRoom(1 << 20),
                new Rates(new Rates.Share(rate, 0), new Rates.Share(0, 0), meters),
                Fleets.NONE,
                new DeviceLimit(0, meters),
                new EndOfTick(vertx.getOrCreateContext()),
                new IngestOptions(
                        10_000,
                        1 << 20,
                        1L << 30,
                        1 << 20,
                        1 << 20,
                        1 << 20,
                        1 << 20,
                        Duration.ofSeconds(1),
                        guessLevels));
        sink = new LineSink(
                ingest,
                new Account("bench", Account.WIDE),
                new DeviceId("bench"),
                LineSink.OnUnavailable.RETRY,
                null,
                (number, reason) -> {
                    throw new AssertionError(reason);
                });
    }

    @TearDown
    public void close() {
        vertx.close();
    }

    @Benchmark
    public long append() {
        for (int i = 0; i < lines && !sink.isFull(); i++) {
            sink.accept(line, Batch.NO_SEQ);
        }
        sink.flush();
        return sink.stored();
    }
}
