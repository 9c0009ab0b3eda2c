package dev.tailrace.storage.redis;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Takes calls to one event loop, and their outcomes back to the event loop that each came from. */
final class Hop {

    private final Vertx vertx;
    private final Context context;

    /** The event loop's own thread, which it keeps for life. */
    private final Thread thread;

    /** Hops to the calling event loop. */
    Hop(Vertx vertx) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.thread = Thread.currentThread();
    }

    /** Called from any event loop; a call from the target event loop does not hop. */
    <T> Future<T> there(Supplier<Future<T>> call) {
        if (Thread.currentThread() == thread) {
            return outcome(call);
        }
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        try {
            context.runOnContext(
                    there -> outcome(call).onComplete(answer -> caller.runOnContext(back -> promise.handle(answer))));
        } catch (RejectedExecutionException ended) { // the target event loop ended, because the broker stops
            return Future.failedFuture(ended);
        }
        return promise.future();
    }

    /** A call that throws has failed, and its future has to fail too. */
    private static <T> Future<T> outcome(Supplier<Future<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException thrown) {
            return Future.failedFuture(thrown);
        }
    }
}
