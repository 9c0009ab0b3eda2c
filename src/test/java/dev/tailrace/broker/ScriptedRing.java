package dev.tailrace.broker;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Line;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A ring that answers and announces only what the test says, when the test says it. */
final class ScriptedRing implements RingStore {

    /** A read that waits for the test's answer. */
    record Read(long from, int maxEntries, int maxBytes, Promise<Page> promise) {

        void answer(RingState state, long first, String... messages) {
            promise.complete(new Page(state, first, entries(messages)));
        }

        void fail() {
            promise.fail(new RingUnavailableException("away"));
        }
    }

    /** Whether calls throw instead of answering; on the broker's event loop. */
    boolean throwing;

    private final List<Handler<Announcement>> watchers = new CopyOnWriteArrayList<>();
    private final Queue<Read> reads = new ConcurrentLinkedDeque<>();
    private final Queue<Promise<RingState>> stateCalls = new ArrayDeque<>();

    // ---- what the test does

    /** On the broker's event loop. */
    void announce(Announcement announcement) {
        watchers.forEach(watcher -> watcher.handle(announcement));
    }

    int watchers() {
        return watchers.size();
    }

    int openReads() {
        return reads.size();
    }

    /** The oldest read that waits. */
    Read nextRead() {
        Read read = reads.poll();
        if (read == null) {
            throw new AssertionError("nothing is being read");
        }
        return read;
    }

    @Nullable
    Promise<RingState> nextStateCall() {
        return stateCalls.poll();
    }

    static Entries entries(String... messages) {
        var entries = new Entries.Builder(64);
        for (String message : messages) {
            Line.of(message).writeTo(entries, 1_763_820_000_000L);
        }
        return messages.length == 0 ? Entries.NONE : entries.build();
    }

    static Announcement.Stored stored(String epoch, long first, String... messages) {
        return new Announcement.Stored(epoch, first, entries(messages));
    }

    /** A ring that was never cleared. */
    static RingState state(String epoch, long head, long oldest) {
        return new RingState(epoch, head, oldest, 0, "", 0);
    }

    // ---- calls of the broker

    @Override
    public Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        throwIfAsked();
        Read read = new Read(from, maxEntries, maxBytes, Promise.promise());
        reads.add(read);
        return read.promise.future();
    }

    @Override
    public Future<RingState> state(DeviceId device) {
        throwIfAsked();
        Promise<RingState> call = Promise.promise();
        stateCalls.add(call);
        return call.future();
    }

    private void throwIfAsked() {
        if (throwing) {
            throw new IllegalStateException("made to fail");
        }
    }

    @Override
    public Watch watch(DeviceId device, Handler<Announcement> handler) {
        watchers.add(handler);
        return () -> watchers.remove(handler);
    }

    @Override
    public Future<Appended> append(DeviceId device, Batch batch) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<RingState> clear(DeviceId device) {
        throw new UnsupportedOperationException();
    }
}
