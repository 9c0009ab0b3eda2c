package dev.tailrace.broker;

import dev.tailrace.metrics.Meters;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Problem;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Applies filters to entries, for one event loop: at once where that is cheap whatever the entries are, else on the few
 * threads that all event loops of a broker share for it. Work there is done in slices of {@link #SLICE_NANOS}, each after
 * those of the others that wait, and ends when nobody wants its result any more. Touched on the event loop only.
 */
public final class FilterWork {

    /**
     * What may be done on the event loop at a time: bytes of entries times the {@linkplain Filter#weight() weight} of the
     * filter. A unit costs at most some 10 ns.
     */
    static final long MAX_COST_ON_LOOP = 128 * 1024;

    /** After this the next one's work goes on; a match that is under way is finished first. */
    static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Pages that subscribers of one event loop may have waiting for their filter; more are not read. */
    static final int CAPACITY = 32;

    private static final String THREADS = "tailrace-filter";

    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final Meters meters;
    private final LongSupplier nanoTime;
    private final Slice slice; // of what is done on the event loop
    private final Map<Shared, List<Promise<BitSet>>> shared = new HashMap<>();

    /** Which entries to select. Called on one thread at a time. */
    @FunctionalInterface
    public interface Test {
        /** Whether entry {@code index} is wanted. */
        boolean shows(int index);
    }

    /** What several subscribers may wait for together; entries are equal only to themselves. */
    private record Shared(Filter filter, Entries entries) {}

    FilterWork(Vertx vertx, Meters meters, LongSupplier nanoTime, Slice slice) {
        // Half of the cores, so that event loops have the other half however much is asked for.
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        this.vertx = vertx;
        this.nanoTime = nanoTime;
        this.slice = slice;
        this.workers = vertx.createSharedWorkerExecutor(THREADS, threads);
        this.meters = meters;
    }

    /** Whether a test of this weight is cheap enough for the event loop, with entries of so many bytes. */
    static boolean isCheap(long weight, int bytes) {
        return weight * bytes <= MAX_COST_ON_LOOP;
    }

    /**
     * Applies a test to all entries.
     *
     * @param weight of the test, as {@link Filter#weight()}
     * @param unwanted asked between slices, on the event loop; once true the work is given up
     * @return the indices of those that pass, or a failure: what the test threw, or a
     *     {@link Problem} when it was given up
     */
    public Future<BitSet> select(Entries entries, long weight, Test test, BooleanSupplier unwanted) {
        Run run = new Run(entries, test, unwanted);
        if (isCheap(weight, entries.byteSize())) {
            return here(run);
        }
        run.goOn();
        return run.done.future();
    }

    /** At once, but when the loop has to do something else before the answer is used. */
    private Future<BitSet> here(Run run) {
        slice.now();
        BitSet selected = run.all();
        if (!slice.isOver()) {
            return Future.succeededFuture(selected);
        }
        Promise<BitSet> later = Promise.promise();
        vertx.setTimer(Slice.PAUSE_MILLIS, id -> later.complete(selected));
        return later.future();
    }

    /** As above for a subscriber; those that ask for the same share the work until none of them wants it. */
    Future<BitSet> select(Filter filter, Entries entries, Cursor asking) {
        Shared key = new Shared(filter, entries);
        Promise<BitSet> answer = Promise.promise();
        List<Promise<BitSet>> others = shared.get(key);
        if (others != null) {
            others.add(answer);
            return answer.future();
        }
        List<Promise<BitSet>> waiting = new ArrayList<>(List.of(answer));
        shared.put(key, waiting);
        byte[] bytes = entries.bytes();
        Test test = i -> Filter.shows(filter, bytes, entries.start(i), entries.end(i));
        // Of several that share it the first one's end does not end it, and a page more is little to do for nobody.
        Run run = new Run(entries, test, () -> waiting.size() == 1 && asking.isClosed());
        run.done.future().onComplete(result -> {
            shared.remove(key);
            waiting.forEach(one -> one.handle(result));
        });
        run.goOn();
        return answer.future();
    }

    /** Whether a subscriber waits for its filter. */
    boolean isBusy() {
        return !shared.isEmpty();
    }

    /** Whether so much waits that a subscriber with a costly filter reads nothing for now. */
    boolean isFull() {
        return shared.size() >= CAPACITY;
    }

    /** One test of some entries. */
    private final class Run {
        private final Entries entries;
        private final Test test;
        private final BooleanSupplier unwanted;
        private final BitSet selected = new BitSet();
        private final Promise<BitSet> done = Promise.promise();
        private int next;

        Run(Entries entries, Test test, BooleanSupplier unwanted) {
            this.entries = entries;
            this.test = test;
            this.unwanted = unwanted;
        }

        BitSet all() {
            while (next < entries.size()) {
                one();
            }
            return selected;
        }

        private void one() {
            selected.set(next, test.shows(next));
            next++;
        }

        void goOn() {
            if (unwanted.getAsBoolean()) {
                done.fail(new Problem(503, "reader-gone", "The reader has left", "ask again to have an answer"));
                return;
            }
            workers.executeBlocking(this::slice, false).onComplete(finished -> {
                if (finished.failed()) {
                    done.fail(finished.cause());
                } else if (finished.result()) {
                    done.complete(selected);
                } else {
                    // As a task of its own, or a slice that is answered at once would come again before those that
                    // wait.
                    vertx.runOnContext(nothing -> goOn());
                }
            });
        }

        /** On a worker thread; the next slice sees what this one did, because it is asked for after this one's answer. */
        private boolean slice() {
            long began = nanoTime.getAsLong();
            long now = began;
            while (next < entries.size() && now - began < SLICE_NANOS) {
                one();
                now = nanoTime.getAsLong();
            }
            meters.filtered(now - began);
            return next == entries.size();
        }
    }
}
