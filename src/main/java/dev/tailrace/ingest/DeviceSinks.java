package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sinks of a sender of many devices' lines, such as a collector. There is one for each device, at most
 * {@link #MAX_DEVICES} at a time, and the least recently used one is finished first. They are full when one of them is.
 * Touched on the sender's event loop only.
 */
public final class DeviceSinks {

    static final int MAX_DEVICES = 256;

    private final IngestServices ingest;
    private final Account account;
    private final PendingShare share;
    private final LineSink.OnUnavailable onUnavailable;
    private final LineSink.Listener listener;

    /** In the order of their last use. */
    private final Map<DeviceId, LineSink> sinks = new LinkedHashMap<>(16, 0.75f, true);

    private final Runnable onRoom = this::drained;
    private Runnable onDrain = () -> {};
    private int finishing;
    private long stored;
    private long rejected;
    private @Nullable Throwable failure;
    private @Nullable Promise<Void> finish;

    /**
     * @param account whose share of the budget is taken by the lines that wait for storage
     * @param listener is called for each rejected line; lines are counted for each device on its own
     */
    public DeviceSinks(
            IngestServices ingest, Account account, LineSink.OnUnavailable onUnavailable, LineSink.Listener listener) {
        this.ingest = ingest;
        this.account = account;
        this.share = ingest.budget().open(account);
        this.onUnavailable = onUnavailable;
        this.listener = listener;
    }

    /** The sink of a device. Call {@link #flush} when all lines of a piece are in their sinks. */
    public LineSink of(DeviceId device) {
        LineSink sink = sinks.get(device);
        if (sink == null) {
            makeRoom();
            sink = new LineSink(ingest, account, device, onUnavailable, null, listener);
            sink.onDrain(this::drained);
            sinks.put(device, sink);
        }
        return sink;
    }

    /** Whether a line of a device is taken from a sender that cannot be paused. */
    public boolean hasRoomFor(DeviceId device) {
        LineSink sink = sinks.get(device);
        return !share.isOverdrawn() && (sink == null ? finishing < MAX_DEVICES : !sink.isFull());
    }

    private void makeRoom() {
        if (sinks.size() == MAX_DEVICES) {
            Iterator<LineSink> eldest = sinks.values().iterator();
            LineSink sink = eldest.next();
            eldest.remove();
            finish(sink);
        }
    }

    /** Ends a piece that arrived; appends of the lines taken start now, except for devices that have one in flight. */
    public void flush() {
        sinks.values().forEach(LineSink::flush);
    }

    /** Whether the sender is to be paused; {@code onDrain} runs when that is over. */
    public boolean isFull() {
        // Each sink is asked, also after the first full one, because only a sink that was asked runs its drain handler.
        boolean overdrawn = share.isOverdrawn();
        boolean full = finishing > MAX_DEVICES || overdrawn;
        if (overdrawn) {
            ingest.waitingSenders().await(share, onRoom); // also without a sink that would wait
        }
        for (LineSink sink : sinks.values()) {
            full |= sink.isFull();
        }
        return full;
    }

    public void onDrain(Runnable handler) {
        onDrain = handler;
    }

    private void drained() {
        if (finish == null && !isFull()) {
            onDrain.run();
        }
    }

    /** No more lines come; completes when the lines taken are stored, or fails when some are given up. */
    public Future<Void> finish() {
        if (finish == null) {
            finish = Promise.promise();
            ingest.waitingSenders().leave(share, onRoom);
            share.close();
            List<LineSink> last = List.copyOf(sinks.values());
            sinks.clear();
            last.forEach(this::finish);
            completeIfDone();
        }
        return finish.future();
    }

    private void finish(LineSink sink) {
        finishing++;
        sink.finish().onComplete(done -> {
            finishing--;
            stored += sink.stored() + sink.deduplicated();
            rejected += sink.rejected();
            if (done.failed()) {
                failure = done.cause();
            }
            drained();
            completeIfDone();
        });
    }

    private void completeIfDone() {
        if (finish == null || finishing > 0 || finish.future().isComplete()) {
            return;
        }
        if (failure == null) {
            finish.complete();
        } else {
            finish.fail(failure);
        }
    }

    /** Lines stored, by this sender or before; the number is complete when {@link #finish} has completed. */
    public long stored() {
        return stored;
    }

    /** Lines rejected or given up; the number is complete when {@link #finish} has completed. */
    public long rejected() {
        return rejected;
    }
}
