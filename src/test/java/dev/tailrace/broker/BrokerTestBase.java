package dev.tailrace.broker;

import static dev.tailrace.testing.ScriptedRing.stored;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.memory.MemoryDirectory;
import dev.tailrace.testing.ScriptedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * One event loop's broker over a scripted ring; the test calls it in ticks of that loop. Its clock stands still, so
 * that no flush is put off or cut short, unless the test moves it.
 */
abstract class BrokerTestBase {

    static final DeviceId DEVICE = new DeviceId("d");
    static final View ALL = new View(ValveSubscriber.Lines.PLAIN, null);

    /** A chain of tasks that each start the next has ended after so many ticks of the loop. */
    private static final int TURNS = 6;

    final ScriptedRing ring = new ScriptedRing();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Activity activity = new Activity();
    private final AtomicLong clock = new AtomicLong();
    private Vertx vertx;
    private Context loop;
    FilterShares shares;
    Broker broker;

    /** Nanoseconds that the broker's clock advances each time it is read. */
    volatile long step;

    /** A reader and its cursor. */
    record Reader(ValveSubscriber subscriber, Cursor cursor) {}

    @BeforeEach
    void startLoop() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        loop = vertx.getOrCreateContext();
        BrokerMeters meters = new BrokerMeters(new Metrics(registry));
        shares = new FilterShares(vertx, meters, () -> clock.addAndGet(step), 1);
        broker = on(() -> new Broker(
                vertx,
                ring,
                new MemoryDirectory(vertx, Duration.ofHours(1).toMillis()),
                activity,
                meters,
                new StreamBudget(Long.MAX_VALUE),
                shares,
                () -> clock.addAndGet(step)));
    }

    @AfterEach
    void stopLoop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, SECONDS);
    }

    /** Calls on the loop, and waits for the answer. */
    final <T> T on(Callable<T> question) {
        var answer = new CompletableFuture<T>();
        loop.runOnContext(nothing -> {
            try {
                answer.complete(question.call());
            } catch (Throwable wrong) {
                answer.completeExceptionally(wrong);
            }
        });
        try {
            return answer.get(10, SECONDS);
        } catch (Exception wrong) {
            throw new AssertionError(wrong);
        }
    }

    /** Runs in one tick of the loop, and lets everything follow that needs no timer. */
    final void tick(Runnable what) {
        on(() -> {
            what.run();
            return true;
        });
        for (int i = 0; i < TURNS; i++) {
            on(() -> true);
        }
    }

    final void announce(Announcement... announcements) {
        tick(() -> {
            for (Announcement announcement : announcements) {
                ring.announce(announcement);
            }
        });
    }

    final void ready(RingState state) {
        announce(new Announcement.Ready(state));
    }

    final void hear(String epoch, long first, String... messages) {
        announce(stored(epoch, first, messages));
    }

    final Reader watch(Start start) {
        return watch(start, ALL);
    }

    final Reader watch(Start start, View view) {
        ValveSubscriber subscriber = new ValveSubscriber();
        Cursor cursor = on(() -> broker.subscribe(DEVICE, start, view, subscriber));
        tick(() -> {});
        return new Reader(subscriber, cursor);
    }

    final void answer(RingState state, long first, String... messages) {
        tick(() -> ring.nextRead().answer(state, first, messages));
    }

    final void answer(RingState state) {
        answer(state, 0);
    }

    final void open(Reader reader) {
        tick(() -> {
            reader.subscriber.full = false;
            reader.subscriber.room = Integer.MAX_VALUE;
            reader.cursor.drained();
        });
    }

    final void shut(Reader reader) {
        tick(() -> reader.subscriber.full = true);
    }

    static Start.After after(String position) {
        return new Start.After(Position.parse(position));
    }

    static Start.Tail tail(int count) {
        return new Start.Tail(count);
    }

    final double metric(String name, @Nullable String tag, @Nullable String value) {
        var search = registry.get(name);
        if (tag != null && value != null) {
            search = search.tag(tag, value);
        }
        return search.meters().stream()
                .flatMap(meter ->
                        java.util.stream.StreamSupport.stream(meter.measure().spliterator(), false))
                .mapToDouble(measurement -> measurement.getValue())
                .sum();
    }
}
