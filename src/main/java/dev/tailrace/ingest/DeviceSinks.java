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
 * The sinks of a sender that speaks for many devices, such as a collector: one for each, at most {@link #MAX_DEVICES} at a
 * time, and the one used longest ago is finished first. Full when one of them is. Touched on the sender's event loop only.
 */
public final class DeviceSinks {

    static final int MAX_DEVICES = 256;

    private final IngestServices ingest;
    private final Account account;
    private final PendingShare share;
    private final LineSink.OnUnavailable onUnavailable;
    private final LineSink.Listener sender;

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
     * Sinks of no device yet.
     *
     * @param account whose share is taken by what waits for storage
     * @param sender hears of each rejected line; lines are counted for each device on its own
     */
    public DeviceSinks(
            IngestServices ingest, Account account, LineSink.OnUnavailable onUnavailable, LineSink.Listener sender) {
        this.ingest = ingest;
        this.account = account;
        this.share = ingest.budget().open(account);
        this.onUnavailable = onUnavailable;
        this.sender = sender;
    }

    /** Where lines of a device go; {@link #flush} once those of a piece went there. */
    public LineSink of(DeviceId device) {
        LineSink sink = sinks.get(device);
        if (sink == null) {
            makeRoom();
            sink = new LineSink(ingest, account, device, onUnavailable, null, sender);
            sink.onDrain(this::drained);
            sinks.put(device, sink);
        }
        return sink;
    }

    /** Whether a line of a device may come although its sender cannot be paused. */
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

    /** Ends a piece that arrived; appends of what was taken start now, but for those devices that have one in flight. */
    public void flush() {
        sinks.values().forEach(LineSink::flush);
    }

    /** Whether the sender is to be paused; {@code onDrain} runs when that is over. */
    public boolean isFull() {
        // No way out at the first: each has to be asked, or it would not tell when it is drained.
        boolean overdrawn = share.isOverdrawn();
        boolean full = finishing > MAX_DEVICES || overdrawn;
        if (overdrawn) {
            ingest.waitingSenders().await(share, onRoom); // also where there is no sink yet that would
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

    /** No more lines come; completes when those taken are stored, or fails when some are given up. */
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

    /** Lines stored, now or before; of all devices once {@link #finish} has completed. */
    public long stored() {
        return stored;
    }

    /** Lines rejected or given up; of all devices once {@link #finish} has completed. */
    public long rejected() {
        return rejected;
    }
}
