package dev.tailrace.broker;

import dev.tailrace.metrics.Limit;
import dev.tailrace.model.Entries;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Applies filters to entries, for one event loop: at once where that is cheap for any entries, otherwise on the few
 * threads that {@link FilterShares} shares among all callers. Work there ends soon after nobody wants its result any
 * more. Touched on the event loop only.
 */
public final class FilterWork {

    /**
     * What may be done on the event loop at a time: bytes of entries times the {@linkplain Filter#weight() weight} of
     * the filter. A unit costs some 10 ns at most.
     */
    static final long MAX_COST_ON_LOOP = 128 * 1024;

    /** The interval at which it is checked whether waiting work is still wanted. */
    private static final long LOOK_MILLIS = 50;

    private final Vertx vertx;
    private final Context context;
    private final FilterShares shares;
    private final Slice slice; // of the work on the event loop
    private final FilterRoom room;
    private final Map<Shared, List<Asking>> shared = new HashMap<>();
    private final Set<Run> runs = new LinkedHashSet<>();
    private boolean looking;

    /** Selects entries. Called on one thread at a time. */
    @FunctionalInterface
    public interface Test {
        /** Whether entry {@code index} is wanted. */
        boolean shows(int index);
    }

    /**
     * A filter and entries that several subscribers of one caller may wait for together. Entries are equal only to
     * themselves.
     */
    private record Shared(Object caller, Filter filter, Entries entries) {}

    private record Asking(Cursor cursor, Promise<BitSet> answer) {}

    /** Made on the event loop that it serves. */
    FilterWork(Vertx vertx, FilterShares shares, BrokerMeters meters, Slice slice) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.shares = shares;
        this.slice = slice;
        this.room = new FilterRoom(() -> meters.refused(Limit.COSTLY_FILTERS));
    }

    /** Whether a test of this weight is cheap enough for the event loop, with entries of so many bytes. */
    static boolean isCheap(long weight, int bytes) {
        return weight * bytes <= MAX_COST_ON_LOOP;
    }

    static FilterRefusedException readerGone() {
        return new FilterRefusedException(FilterRefusedException.Reason.READER_LEFT);
    }

    /**
     * Reads a page and applies a test to it, once the caller may hold another page for that; at once when the test is
     * cheap.
     *
     * @param caller whose room and time it takes; equal objects are one caller
     * @param weight of the test, as {@link Filter#weight()}
     * @param bytes of the page at most
     * @param begun whether the request had a page before; then it is not refused
     * @param unwanted whether the request has ended
     * @return what the work returns, or a {@link FilterRefusedException} when too many requests of the caller wait
     *     already
     */
    public <T> Future<T> inTurn(
            Object caller, long weight, int bytes, boolean begun, BooleanSupplier unwanted, Supplier<Future<T>> work) {
        if (isCheap(weight, bytes)) {
            return work.get();
        }
        return room.enter(caller, begun, unwanted).compose(entered -> {
            try {
                return work.get().onComplete(done -> room.leave(caller));
            } catch (RuntimeException failure) {
                room.leave(caller);
                throw failure;
            }
        });
    }

    /**
     * Applies a test to all entries.
     *
     * @param caller who pays the time, as in {@link #inTurn}
     * @param weight of the test, as {@link Filter#weight()}
     * @param unwanted called now and then, on the event loop; once it returns true the work is given up
     * @return the indices of the entries that pass; fails with what the test threw, or with a {@link
     *     FilterRefusedException} when the work was given up
     */
    public Future<BitSet> select(Object caller, Entries entries, long weight, Test test, BooleanSupplier unwanted) {
        Run run = new Run(caller, entries, test, unwanted);
        return isCheap(weight, entries.byteSize()) ? here(run) : elsewhere(run);
    }

    /** Applies the test at once, unless the loop has to do something else before the result is used. */
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

    private Future<BitSet> elsewhere(Run run) {
        runs.add(run);
        shares.add(run.caller, run);
        lookSoon();
        return run.done.future().onComplete(done -> runs.remove(run));
    }

    private void lookSoon() {
        if (!looking && !runs.isEmpty()) {
            looking = true;
            vertx.setTimer(LOOK_MILLIS, id -> {
                looking = false;
                List.copyOf(runs).forEach(Run::endIfUnwanted);
                lookSoon();
            });
        }
    }

    /**
     * As above for a subscriber. Subscribers of one caller with the same filter and entries share the work until none
     * of them wants it.
     */
    Future<BitSet> select(Object caller, Filter filter, Entries entries, Cursor cursor) {
        Shared key = new Shared(caller, filter, entries);
        Asking asking = new Asking(cursor, Promise.promise());
        List<Asking> others = shared.get(key);
        if (others != null) {
            others.add(asking);
            return asking.answer.future();
        }
        List<Asking> all = new ArrayList<>(List.of(asking));
        shared.put(key, all);
        room.take(caller);
        byte[] bytes = entries.bytes();
        Test test = i -> Filter.shows(filter, bytes, entries.start(i), entries.end(i));
        BooleanSupplier unwanted = () -> all.stream().allMatch(one -> one.cursor.isClosed());
        elsewhere(new Run(caller, entries, test, unwanted)).onComplete(result -> {
            shared.remove(key);
            room.leave(caller);
            all.forEach(one -> one.answer.handle(result));
        });
        return asking.answer.future();
    }

    /** Whether any work waits. */
    boolean isBusy() {
        return !runs.isEmpty() || !room.isEmpty();
    }

    /** Whether so much work of a caller waits that its subscribers with a costly filter read nothing for now. */
    boolean isFull(Object caller) {
        return room.isFull(caller);
    }

    /** One test of some entries. Its progress is touched by one thread at a time. */
    private final class Run implements FilterShares.Work {
        private final Object caller;
        private final Entries entries;
        private final Test test;
        private final BooleanSupplier unwanted;
        private final BitSet selected = new BitSet();
        private final Promise<BitSet> done = Promise.promise();
        private int next;
        private volatile boolean over; // its result is not wanted any more

        Run(Object caller, Entries entries, Test test, BooleanSupplier unwanted) {
            this.caller = caller;
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

        void endIfUnwanted() {
            if (unwanted.getAsBoolean()) {
                over = true;
                shares.remove(caller, this);
                done.tryFail(readerGone());
            }
        }

        /** Runs on another thread. */
        @Override
        public boolean goOn(LongSupplier nanoTime, long until) {
            try {
                while (next < entries.size()) {
                    if (over) {
                        return false;
                    }
                    one();
                    if (nanoTime.getAsLong() - until >= 0 && next < entries.size()) {
                        return !over;
                    }
                }
                context.runOnContext(nothing -> done.tryComplete(selected));
            } catch (Throwable failure) {
                context.runOnContext(nothing -> done.tryFail(failure));
            }
            return false;
        }
    }
}
