package dev.tailrace.ingest;

import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Flushes sinks at the end of the event loop's tick, when everything has been read that had arrived. One read may bring
 * several frames of a device, and they make one append rather than two. Touched on its event loop only.
 */
final class EndOfTick {

    private final Context context;
    private final Deque<LineSink> waiting = new ArrayDeque<>(); // each sink at most once
    private boolean scheduled;

    /** @param context of the event loop */
    EndOfTick(Context context) {
        this.context = context;
    }

    void flushAtEnd(LineSink sink) {
        waiting.addLast(sink);
        if (!scheduled) {
            scheduled = true;
            context.runOnContext(nothing -> end());
        }
    }

    private void end() {
        scheduled = false;
        for (int count = waiting.size(); count > 0; count--) { // sinks that come meanwhile wait for the next tick
            waiting.removeFirst().onEndOfTick();
        }
    }
}
