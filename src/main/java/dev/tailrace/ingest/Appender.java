package dev.tailrace.ingest;

import dev.tailrace.broker.Broker;
import dev.tailrace.ingest.LineSink.OnUnavailable;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.RingStore.Appended;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Appends the batches of one sink, one at a time. While storage is unavailable the batch is offered again, for as long
 * as {@link OnUnavailable} says. Touched on the sender's event loop only.
 */
final class Appender {

    private static final int FIRST_RETRY_MILLIS = 50;
    private static final int LAST_RETRY_MILLIS = 1000;

    /** For how long lines of a sender that has left are offered to a storage that is unavailable. */
    private static final long ABANDON_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** How an append ended. No other is in flight when it is called. */
    interface Result {
        void stored(PendingBatch batch, Appended appended);

        /** The device is a new one, and there are too many. */
        void refused(PendingBatch batch);

        /** Storage did not take the batch, and it is given up. */
        void failed(PendingBatch batch, Throwable cause);
    }

    private final Vertx vertx;
    private final Broker broker;
    private final DeviceLimit deviceLimit;
    private final DeviceId device;
    private final OnUnavailable onUnavailable;
    private final long retryNanos;
    private final @Nullable String producer;
    private final Writers writers;
    private final @Nullable Writer writer; // null when there is a producer
    private final Result result;
    private @Nullable PendingBatch inFlight;
    private boolean admitted; // an append succeeded, so the device is known
    private long abandonAt = Long.MAX_VALUE;

    Appender(
            IngestServices ingest,
            DeviceId device,
            OnUnavailable onUnavailable,
            @Nullable String producer,
            Result result) {
        this.vertx = ingest.vertx();
        this.broker = ingest.broker();
        this.deviceLimit = ingest.deviceLimit();
        this.device = device;
        this.onUnavailable = onUnavailable;
        this.retryNanos = ingest.options().retry().toNanos();
        this.producer = producer;
        this.writers = ingest.writers();
        this.writer = producer == null ? writers.take() : null;
        this.result = result;
    }

    /** The batch that storage has not answered yet; only without one may the next be appended. */
    @Nullable
    PendingBatch inFlight() {
        return inFlight;
    }

    void append(PendingBatch pending, Entries entries) {
        inFlight = pending;
        Batch batch = writer == null
                ? new Batch(null, 0, producer, pending.seqs(), entries)
                : new Batch(writer.name(), writer.nextSeq(), null, pending.seqs(), entries);
        attempt(pending, batch, FIRST_RETRY_MILLIS, System.nanoTime());
    }

    private void attempt(PendingBatch pending, Batch batch, int retryMillis, long since) {
        publish(batch).onComplete(answer -> {
            if (answer.failed() && isWorthRetrying(answer.cause(), since)) {
                long delay = retryMillis / 2 + ThreadLocalRandom.current().nextInt(retryMillis);
                int nextMillis = Math.min(LAST_RETRY_MILLIS, retryMillis * 2);
                vertx.setTimer(delay, id -> attempt(pending, batch, nextMillis, since));
                return;
            }
            inFlight = null;
            if (answer.succeeded()) {
                admitted = true;
                result.stored(pending, answer.result());
            } else if (DeviceLimit.isRefusal(answer.cause())) {
                result.refused(pending);
            } else {
                result.failed(pending, answer.cause());
            }
        });
    }

    private Future<Appended> publish(Batch batch) {
        return admitted || deviceLimit.isKnown(device)
                ? broker.publish(device, batch)
                : deviceLimit.admit(broker, device).compose(may -> broker.publish(device, batch));
    }

    private boolean isWorthRetrying(Throwable cause, long since) {
        long now = System.nanoTime();
        return cause instanceof RingUnavailableException
                && now - abandonAt < 0
                && (onUnavailable == OnUnavailable.RETRY || now - since < retryNanos);
    }

    /** The sender has left: from now on there is a limit to how long its lines are offered. */
    void abandonLater() {
        abandonAt = System.nanoTime() + ABANDON_NANOS;
    }

    /** Nothing more is appended. */
    void close() {
        if (writer != null) {
            writers.giveBack(writer);
        }
    }
}
