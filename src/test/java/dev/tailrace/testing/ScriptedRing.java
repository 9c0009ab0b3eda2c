package dev.tailrace.testing;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A ring that stores nothing: each call waits until the test answers it, and a watch hears only what the test announces. An answer
 * or an announcement reaches its caller on the context of the call: at once when the test is on that context, else in a later tick
 * of its event loop.
 */
public class ScriptedRing implements RingStore {

    private static final long PATIENCE_SECONDS = 10;
    private static final long STORED_AT = 1_763_820_000_000L;

    private final BlockingQueue<Append> appends = new LinkedBlockingQueue<>();
    private final BlockingQueue<Read> reads = new LinkedBlockingQueue<>();
    private final BlockingQueue<StateCall> stateCalls = new LinkedBlockingQueue<>();
    private final List<Watching> watches = new CopyOnWriteArrayList<>();
    private volatile boolean throwing;

    // ---- calls that wait

    /** A call that waits for its answer. */
    private abstract static class Call<T> {
        private final @Nullable Context context = Vertx.currentContext();
        private final Promise<T> promise = Promise.promise();

        final void complete(T answer) {
            on(context, () -> promise.complete(answer));
        }

        /** Answers as a ring does that cannot reach its storage. */
        public final void unavailable() {
            fail(new RingUnavailableException("unavailable, says the test"));
        }

        public final void fail(Throwable cause) {
            on(context, () -> promise.fail(cause));
        }
    }

    /** An append that waits for its answer. */
    public static final class Append extends Call<Appended> {
        private final DeviceId device;
        private final Batch batch;

        private Append(DeviceId device, Batch batch) {
            this.device = device;
            this.batch = batch;
        }

        public DeviceId device() {
            return device;
        }

        public Batch batch() {
            return batch;
        }

        /** Answers that all of it is stored. */
        public void stored() {
            stored(batch.entries().size());
        }

        /** Answers that so many entries are stored and the others were before. */
        public void stored(int entries) {
            complete(new Appended("fed", entries, entries, batch.entries().size() - entries));
        }
    }

    /** A read that waits for its answer. */
    public static final class Read extends Call<Page> {
        private final long from;
        private final int maxEntries;

        private Read(long from, int maxEntries) {
            this.from = from;
            this.maxEntries = maxEntries;
        }

        public long from() {
            return from;
        }

        public int maxEntries() {
            return maxEntries;
        }

        public void answer(Page page) {
            complete(page);
        }

        /** @param first offset of the first message */
        public void answer(RingState state, long first, String... messages) {
            complete(new Page(state, first, entries(messages)));
        }
    }

    /** A question about the state that waits for its answer. */
    public static final class StateCall extends Call<RingState> {
        public void answer(RingState state) {
            complete(state);
        }
    }

    private record Watching(
            DeviceId device,
            Handler<Announcement> handler,
            @Nullable Context context) {}

    // ---- what the test does

    /** The oldest append that waits; fails the test when none comes. */
    public Append nextAppend() {
        return next(appends, "append");
    }

    /** Whether an append waits that the test has not taken. */
    public boolean hasAppend() {
        return !appends.isEmpty();
    }

    /** The oldest read that waits; fails the test when none comes. */
    public Read nextRead() {
        return next(reads, "read");
    }

    /** How many reads wait that the test has not taken. */
    public int openReads() {
        return reads.size();
    }

    /** The oldest question about the state that waits; null when none does. */
    public @Nullable StateCall nextStateCall() {
        return stateCalls.poll();
    }

    /** Lets calls of the broker throw an exception, or answer again. */
    public void throwing(boolean now) {
        throwing = now;
    }

    /** Announces to the watches of all devices. */
    public void announce(Announcement announcement) {
        for (Watching watching : watches) {
            on(watching.context, () -> watching.handler.handle(announcement));
        }
    }

    /** Announces to the watches of one device. */
    public void announce(DeviceId device, Announcement announcement) {
        for (Watching watching : watches) {
            if (watching.device.equals(device)) {
                on(watching.context, () -> watching.handler.handle(announcement));
            }
        }
    }

    /** How many watches are open. */
    public int watchers() {
        return watches.size();
    }

    // ---- values

    public static Entries entries(String... messages) {
        var entries = new Entries.Builder(64);
        for (String message : messages) {
            Line.of(message).writeTo(entries, STORED_AT);
        }
        return messages.length == 0 ? Entries.NONE : entries.build();
    }

    public static Announcement.Stored stored(String epoch, long first, String... messages) {
        return new Announcement.Stored(epoch, first, entries(messages));
    }

    /** The state of a ring that was never cleared. */
    public static RingState state(String epoch, long head, long oldest) {
        return new RingState(epoch, head, oldest, 0, "", 0);
    }

    // ---- calls of the broker

    @Override
    public Future<Appended> append(DeviceId device, Batch batch) {
        return waiting(new Append(device, batch), appends);
    }

    @Override
    public Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        return waiting(new Read(from, maxEntries), reads);
    }

    @Override
    public Future<RingState> state(DeviceId device) {
        return waiting(new StateCall(), stateCalls);
    }

    @Override
    public Future<RingState> clear(DeviceId device) {
        return Future.succeededFuture(RingState.NONE);
    }

    @Override
    public Watch watch(DeviceId device, Handler<Announcement> handler) {
        Watching watching = new Watching(device, handler, Vertx.currentContext());
        watches.add(watching);
        return () -> watches.remove(watching);
    }

    private <T, C extends Call<T>> Future<T> waiting(C call, BlockingQueue<C> calls) {
        if (throwing) {
            throw new IllegalStateException("made to fail");
        }
        calls.add(call);
        return ((Call<T>) call).promise.future();
    }

    private static void on(@Nullable Context context, Runnable what) {
        if (context == null || context == Vertx.currentContext()) {
            what.run();
        } else {
            context.runOnContext(nothing -> what.run());
        }
    }

    /** On an event loop a test does not wait: nothing could come meanwhile. */
    private static <C> C next(BlockingQueue<C> calls, String what) {
        try {
            C call = Context.isOnEventLoopThread() ? calls.poll() : calls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (call == null) {
                throw new AssertionError("no " + what + " came");
            }
            return call;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
