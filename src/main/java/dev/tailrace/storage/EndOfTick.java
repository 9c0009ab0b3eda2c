package dev.tailrace.storage;

import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks at the end of the event loop's tick, when everything has been read that had arrived: first those of the
 * senders, whose lines of several reads make one append, and after them the one of storage, which sends the appends of
 * all senders together. Touched on its event loop only.
 */
public final class EndOfTick {

    private final Context context;
    private final Deque<Task> waiting = new ArrayDeque<>();
    private @Nullable Task last;
    private boolean scheduled;
    private boolean running; // the tasks before the last one

    /** What waits for the end of the tick. */
    public interface Task {
        void onEndOfTick();
    }

    /** @param context of the event loop */
    public EndOfTick(Context context) {
        this.context = context;
    }

    /** Runs a task at the end of the tick; the caller takes care that it waits once at most. */
    public void call(Task task) {
        waiting.addLast(task);
        schedule();
    }

    /** Runs the task of storage after all others of the same tick. There is one, and it waits once at most. */
    public void callLast(Task storage) {
        last = storage;
        if (!running) {
            schedule();
        }
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            context.runOnContext(nothing -> end());
        }
    }

    private void end() {
        scheduled = false;
        running = true;
        try {
            for (int count = waiting.size(); count > 0; count--) { // tasks that come meanwhile wait for the next tick
                waiting.removeFirst().onEndOfTick();
            }
        } finally {
            running = false;
            if (!waiting.isEmpty()) {
                schedule(); // also for those that a task which threw has left over
            }
            endStorage();
        }
    }

    private void endStorage() {
        Task storage = last;
        last = null;
        if (storage != null) {
            storage.onEndOfTick();
        }
    }
}
