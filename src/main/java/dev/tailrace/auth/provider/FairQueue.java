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
 * Calls of many askers to a service that takes only so many at a time. Askers take turns, whoever has many calls as well as
 * whoever has one. When all places are taken, the asker with the most calls that wait loses its newest. Used on one event loop.
 */
final class FairQueue<T> {

    private final int atATime;
    private final int mostWaiting;
    private final Map<String, Deque<Waiting<T>>> waiting = new LinkedHashMap<>(); // the next in turn first
    private int waits;
    private int runs;

    private record Waiting<T>(Supplier<Future<T>> call, Promise<T> answer) {}

    /** A call that had to give way, or found no place. */
    static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FullException() {
            super("too many pending calls", null, false, false);
        }
    }

    /**
     * A queue without calls.
     *
     * @param atATime calls without an answer
     * @param mostWaiting calls that wait for one of those to be answered
     */
    FairQueue(int atATime, int mostWaiting) {
        this.atATime = atATime;
        this.mostWaiting = mostWaiting;
    }

    /** Makes the call when it is the asker's turn; fails with {@link FullException} when there is no place for it. */
    Future<T> submit(String asker, Supplier<Future<T>> call) {
        if (runs < atATime) {
            return run(call);
        }
        if (waits >= mostWaiting && !makeRoomFor(asker)) {
            return Future.failedFuture(new FullException());
        }
        Promise<T> answer = Promise.promise();
        waiting.computeIfAbsent(asker, one -> new ArrayDeque<>()).add(new Waiting<>(call, answer));
        waits++;
        return answer.future();
    }

    /** By who has more calls than the asker would have with this one. */
    private boolean makeRoomFor(String asker) {
        Deque<Waiting<T>> own = waiting.get(asker);
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
        if (waiting.isEmpty() || runs >= atATime) {
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
