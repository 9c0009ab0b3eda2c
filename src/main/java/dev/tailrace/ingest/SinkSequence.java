package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sinks of one device whose lines come from one producer after another. The next sink begins when the previous one
 * has stored all lines, so that they stay in order. Touched on the sender's event loop only.
 */
public final class SinkSequence {

    private final IngestServices ingest;
    private final Account account;
    private final DeviceId device;
    private final LineSink.OnUnavailable onUnavailable;
    private final LineSink.Listener listener;

    private @Nullable LineSink sink;
    private @Nullable String producer;
    private Runnable onDrain = () -> {};
    private boolean finishing;
    private long received;
    private long stored;
    private long deduplicated;
    private long rejected;
    private @Nullable Throwable failure;
    private @Nullable Promise<Void> finish;

    /** @param account whose share of the budget is taken by the lines that wait for storage */
    public SinkSequence(
            IngestServices ingest,
            Account account,
            DeviceId device,
            LineSink.OnUnavailable onUnavailable,
            LineSink.Listener listener) {
        this.ingest = ingest;
        this.account = account;
        this.device = device;
        this.onUnavailable = onUnavailable;
        this.listener = listener;
    }

    /** The sink of a producer; null while the previous one is storing, and {@code onDrain} runs when that is over. */
    @Nullable
    public LineSink of(@Nullable String wanted) {
        if (sink != null && !finishing && !Objects.equals(wanted, producer)) {
            finish(sink);
        }
        if (finishing) {
            return null;
        }
        if (sink == null) {
            sink = new LineSink(ingest, account, device, onUnavailable, wanted, listener);
            sink.onDrain(onDrain);
            producer = wanted;
        }
        return sink;
    }

    /** The sink for a rejected line, whichever producer sent it; null as in {@link #of}. */
    @Nullable
    public LineSink any() {
        return of(sink == null ? null : producer);
    }

    private void finish(LineSink last) {
        finishing = true;
        last.finish().onComplete(done -> {
            finishing = false;
            sink = null;
            received += last.received();
            stored += last.stored();
            deduplicated += last.deduplicated();
            rejected += last.rejected();
            if (done.failed()) {
                failure = done.cause();
            }
            if (finish == null) {
                onDrain.run();
            } else {
                complete(finish);
            }
        });
    }

    /** Ends a piece that arrived; an append of the lines taken starts now, unless one is in flight. */
    public void flush() {
        if (sink != null) {
            sink.flush();
        }
    }

    /** Whether the sender is to be paused; {@code onDrain} runs when that is over. */
    public boolean isFull() {
        return finishing || (sink != null && sink.isFull());
    }

    /** Set before the first line. */
    public void onDrain(Runnable handler) {
        onDrain = handler;
    }

    /** No more lines come; completes when the lines taken are stored, or fails when some are given up. */
    public Future<Void> finish() {
        if (finish == null) {
            finish = Promise.promise();
            if (sink == null) {
                complete(finish);
            } else if (!finishing) {
                finish(sink);
            }
        }
        return finish.future();
    }

    private void complete(Promise<Void> done) {
        if (failure == null) {
            done.complete();
        } else {
            done.fail(failure);
        }
    }

    // ---- counts of all sinks, when finish() has completed

    public long received() {
        return received;
    }

    public long stored() {
        return stored;
    }

    public long deduplicated() {
        return deduplicated;
    }

    public long rejected() {
        return rejected;
    }
}
