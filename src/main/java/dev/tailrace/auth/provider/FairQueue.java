package dev.tailrace.auth.provider;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Queues the calls of many callers to a service with a limit of concurrent calls. Callers are served round-robin, however many calls each
 * of them has. When the queue is full, the caller with the most waiting calls loses its newest one. Used on one event loop.
 */
final class FairQueue<T> {

    private final int concurrent;
    private final int maxWaiting;
    private final Map<String, Deque<Waiting<T>>> waiting = new LinkedHashMap<>(); // the next caller first
    private int waits;
    private int runs;

    private record Waiting<T>(Supplier<Future<T>> call, Promise<T> answer) {}

    /** A call was dropped because the queue was full. */
    static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FullException() {
            super("too many pending calls", null, false, false);
        }
    }

    /**
     * An empty queue.
     *
     * @param concurrent calls at the same time
     * @param maxWaiting calls that wait
     */
    FairQueue(int concurrent, int maxWaiting) {
        this.concurrent = concurrent;
        this.maxWaiting = maxWaiting;
    }

    /** Makes the call when it is the caller's turn; fails with {@link FullException} when the queue is full. */
    Future<T> submit(String caller, Supplier<Future<T>> call) {
        if (runs < concurrent) {
            return run(call);
        }
        if (waits >= maxWaiting && !makeRoomFor(caller)) {
            return Future.failedFuture(new FullException());
        }
        Promise<T> answer = Promise.promise();
        waiting.computeIfAbsent(caller, one -> new ArrayDeque<>()).add(new Waiting<>(call, answer));
        waits++;
        return answer.future();
    }

    /** Drops a call of the caller with the most calls, if it has more than this caller would have. */
    private boolean makeRoomFor(String caller) {
        Deque<Waiting<T>> own = waiting.get(caller);
        Map.Entry<String, Deque<Waiting<T>>> longest = waiting.entrySet().stream()
                .max(Comparator.comparingInt(each -> each.getValue().size()))
                .orElse(null);
        if (longest == null || longest.getValue().size() <= (own == null ? 0 : own.size()) + 1) {
            return false;
        }
        Waiting<T> newest = Objects.requireNonNull(longest.getValue().pollLast());
        waits--;
        newest.answer.fail(new FullException());
        return true;
    }

    private Future<T> run(Supplier<Future<T>> call) {
        runs++;
        return call.get().onComplete(done -> {
            runs--;
            next();
        });
    }

    private void next() {
        if (waiting.isEmpty() || runs >= concurrent) {
            return;
        }
        Map.Entry<String, Deque<Waiting<T>>> turn =
                waiting.entrySet().iterator().next();
        waiting.remove(turn.getKey());
        Waiting<T> one = Objects.requireNonNull(turn.getValue().poll());
        if (!turn.getValue().isEmpty()) {
            waiting.put(turn.getKey(), turn.getValue()); // after all others
        }
        waits--;
        run(one.call).onComplete(one.answer);
    }
}
