package dev.tailrace.storage;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/** The stores of one broker without the broker: one set for each of two event loops. Its methods wait for ten seconds at most. */
public final class TestStores {

    private final List<Context> loops = new ArrayList<>();
    private final List<Stores> stores = new ArrayList<>();
    private final Runnable close;
    private int nextLoop;

    /** @param open makes the stores of the event loop that it is called on */
    public TestStores(Vertx vertx, Function<Vertx, Future<Stores>> open, Runnable close) {
        this.close = close;
        for (int i = 0; i < 2; i++) {
            Context loop = newLoop(vertx);
            loops.add(loop);
            stores.add(wait(on(loop, () -> open.apply(vertx))));
        }
    }

    /** A new event loop: each verticle gets the next one. */
    private Context newLoop(Vertx vertx) {
        Promise<Context> loop = Promise.promise();
        wait(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                loop.complete(context);
                return loop.future();
            }
        }));
        return loop.future().result();
    }

    public RingStore ring() {
        return stores().ring();
    }

    public Stores stores() {
        return stores.get(0);
    }

    public <T> Future<T> onLoop(int index, Function<RingStore, Future<T>> call) {
        return storesOn(index, there -> call.apply(there.ring()));
    }

    public <T> Future<T> storesOn(int index, Function<Stores, Future<T>> call) {
        return on(loops.get(index), () -> call.apply(stores.get(index)));
    }

    private static <T> Future<T> on(Context loop, Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(there -> call.get().onComplete(promise));
        return promise.future();
    }

    public <T> T wait(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    public RingStore.Appended append(DeviceId device, String... lines) {
        return append(device, Batch.of(entries(lines)));
    }

    public RingStore.Appended append(DeviceId device, Batch batch) {
        return wait(ring().append(device, batch));
    }

    public Page page(DeviceId device, long from, int maxEntries, int maxBytes) {
        return wait(ring().read(device, from, maxEntries, maxBytes));
    }

    public List<String> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        return lines(page(device, from, maxEntries, maxBytes).entries());
    }

    public List<String> readAll(DeviceId device) {
        return read(device, 1, 1_000_000, 1 << 30);
    }

    public RingState state(DeviceId device) {
        return wait(ring().state(device));
    }

    /** Watches on one event loop after the other. */
    public WatchRecorder watch(DeviceId device) {
        WatchRecorder heard = new WatchRecorder();
        int loop = nextLoop++ % loops.size();
        RingStore.Watch watch = wait(onLoop(loop, ring -> Future.succeededFuture(ring.watch(device, heard::add))));
        heard.closeWith(() -> wait(onLoop(loop, ring -> {
            watch.close();
            return Future.succeededFuture();
        })));
        return heard;
    }

    public void close() {
        close.run();
    }

    public static Entries entries(String... lines) {
        Entries.Builder builder = new Entries.Builder(64);
        for (String line : lines) {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            builder.append(bytes, 0, bytes.length).endEntry();
        }
        return builder.build();
    }

    public static List<String> lines(Entries entries) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            int start = entries.start(i);
            lines.add(new String(entries.bytes(), start, entries.end(i) - start, StandardCharsets.UTF_8));
        }
        return lines;
    }
}
