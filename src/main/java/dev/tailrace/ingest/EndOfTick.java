package dev.tailrace.ingest;

import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Flushes sinks at the end of the event loop's turn: by then everything has been read that had arrived. One read may bring
 * several frames of a device, and they make one append rather than one and the rest. Touched on its event loop only.
 */
final class EndOfTick {

    private final Context context;
    private final Deque<LineSink> waiting = new ArrayDeque<>(); // each sink once at most
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
        for (int count = waiting.size(); count > 0; count--) { // those that come meanwhile are for the next turn
            waiting.removeFirst().onTurnEnd();
        }
    }
}
