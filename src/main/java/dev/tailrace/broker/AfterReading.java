package dev.tailrace.broker;

import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/**
 * Makes calls on an event loop once it has read from all its sockets that have something. A task that is added to the
 * loop would run before that: the loop runs its tasks for up to a second before it reads again, but looks only once,
 * before the first of them, which timers are due (Netty 4.2). This class looks below Vert.x, because the timers of
 * Vert.x take a millisecond at least.
 */
public final class AfterReading {

    private final Context context;

    /** @param context of the event loop */
    public AfterReading(Context context) {
        this.context = context;
    }

    /** Called on the event loop. */
    public void call(Runnable call) {
        var unused = ((ContextInternal) context) // nobody cancels it, and it cannot fail
                .nettyEventLoop()
                .schedule(() -> context.runOnContext(nothing -> call.run()), 1, TimeUnit.NANOSECONDS);
    }
}
