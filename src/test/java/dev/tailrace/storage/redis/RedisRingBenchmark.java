package dev.tailrace.storage.redis;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.TestStores;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.SampleLines;
import io.vertx.core.Future;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Calls of the ring, pipelined, to a Redis on the same machine. The time is that of both processes; the bytes allocated
 * are those of making a call and of reading its answer, and the better measure.
 */
@State(Scope.Thread)
public class RedisRingBenchmark {

    private static final int CALLS = 100;
    private static final DeviceId FULL = new DeviceId("full");

    @Param({"1", "10", "100"})
    int entries;

    private RedisProcess redis;
    private TestStores broker;
    private DeviceId[] devices;
    private Entries batch;

    @Setup
    public void fill() {
        redis = RedisProcess.start();
        broker = RedisTestStores.open(redis.url());
        devices = IntStream.range(0, CALLS)
                .mapToObj(i -> new DeviceId("device-" + i))
                .toArray(DeviceId[]::new);
        batch = SampleLines.entries(entries);
        broker.append(FULL, Batch.of(SampleLines.entries(1000)));
    }

    @TearDown
    public void close() {
        broker.close();
        redis.close();
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object append() {
        return broker.wait(broker.onLoop(
                0,
                ring -> Future.join(IntStream.range(0, CALLS)
                                .mapToObj(i -> ring.append(devices[i], Batch.of(batch)))
                                .toList())
                        .map(stored -> (RingStore.Appended) stored.resultAt(0))));
    }

    @Benchmark
    public Page read() {
        return broker.page(FULL, 1, entries, Integer.MAX_VALUE);
    }
}
